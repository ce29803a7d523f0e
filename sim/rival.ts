/** Two processes on one folder. */
import type { Step } from '../testing/model/workload.ts';
import { durability } from './checkers/durability.ts';
import { fencing } from './checkers/fencing.ts';
import { buryWriters } from './disk.ts';
import { FOLDER, type World } from './world.ts';

/**
 * The process that has the ledger stands still, is taken for dead, and wakes up behind another writer, which has been
 * told a few more steps.
 */
export async function rival(world: World, next: () => Step): Promise<void> {
  const sleeper = world.ledger;
  buryWriters(world.storage, FOLDER);
  world.count('rival');
  world.ledger = await world.open(world.storage, false);
  for (let talk = world.random.below(5); talk > 0; talk--) await world.say(next());
  await fencing(world, sleeper);
  const { op } = world.ledger.engine.sequencer;
  await world.ledger.port.close();
  world.ledger = await world.open();
  durability({ before: op, heard: 0, sent: 0, after: world.ledger.engine.sequencer.op });
}
