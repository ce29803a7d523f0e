/** A small ledger with every kind of record in journal, snapshots and runs, and what it answers; for those who damage it. */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { takeInventory } from '../sim/inventory.ts';
import { type EngineOptions, EngineReplayPort, openFolder } from '../src/engine/index.ts';
import type { ReplayPort } from '../src/index.ts';
import { everyKind } from '../test/format/kinds.ts';
import { FORGETFUL_SIZES } from '../test/support/ports.ts';
import { plainTransfers } from '../test/support/simple.ts';

const OPTIONS: EngineOptions = { mode: 'inline', expires: false, sizes: FORGETFUL_SIZES };

export interface Specimen {
  readonly folder: string;
  /** What may be answered: {@link answersOf} of the whole ledger, and where the last batch may be missing, of that without it. */
  readonly answers: readonly string[];
}

export async function openSpecimen(folder: string, more: EngineOptions = {}): Promise<EngineReplayPort> {
  return new EngineReplayPort((await openFolder(folder, { ...OPTIONS, ...more })).engine);
}

/** Everything that can be read of it, as text. */
export async function answersOf(port: ReplayPort): Promise<string> {
  const texts: string[] = [];
  await takeInventory(async ({ operation, events }) => {
    const reply = await port.request(operation, events);
    texts.push(Buffer.from(reply).toString('base64'));
    return reply;
  });
  return texts.join('\n');
}

/**
 * One that was closed in order, and one that was killed: nothing vouches for its last batch, which damage may take for torn.
 */
export async function specimens(home: string): Promise<{ readonly closed: Specimen; readonly killed: Specimen }> {
  const closed = join(home, 'closed');
  const killed = join(home, 'killed');
  const port = await openSpecimen(closed);
  await everyKind(port);
  await port.request(147, plainTransfers(1000n, 4));
  await port.request(147, plainTransfers(2000n, 3));
  const before = await answersOf(port);
  await port.request(147, plainTransfers(3000n, 2));
  const whole = await answersOf(port);
  cpSync(closed, killed, { recursive: true });
  await port.close();
  // The lock names this process, which lives.
  for (const folder of [closed, killed]) {
    for (const name of readdirSync(folder)) if (name.startsWith('writer-')) rmSync(join(folder, name));
  }
  return { closed: { folder: closed, answers: [whole] }, killed: { folder: killed, answers: [whole, before] } };
}
