import { CREATED, op } from '../../testing/model/names.ts';
import { decode, decodeIds, resultLayout } from '../../testing/model/records.ts';
import { Broken } from '../failure.ts';
import type { Opened, World } from '../world.ts';
import { agreement } from './agreement.ts';

const EVENT_SIZE = 128;

/** Sending again everything that was created changes nothing: no event of it is created twice. */
export async function idempotence(world: World, ledger: Opened): Promise<void> {
  let timestamp = ledger.engine.sequencer.timestamp;
  if (world.model.now > timestamp) timestamp = world.model.now;
  for (const { operation, events } of world.created) {
    const known = operation === op.create_accounts ? world.model.accounts : world.model.transfers;
    // A failed event may succeed another time; a created one may not.
    const again: Uint8Array[] = [];
    for (let at = 0; at < events.length; at += EVENT_SIZE) {
      const event = events.subarray(at, at + EVENT_SIZE);
      if (known.has(decodeIds(event.subarray(0, 16))[0]!)) again.push(event);
    }
    if (again.length === 0) continue;
    const bytes = Buffer.concat(again);
    timestamp += BigInt(again.length);
    const reply = await ledger.port.request(operation, bytes, timestamp);
    world.note(reply);
    for (const [index, { status }] of decode(resultLayout, reply).entries()) {
      if (Number(status) !== CREATED) continue;
      throw new Broken('idempotence', `event ${index} of ${again.length}, which was there, was created again`);
    }
  }
  await agreement(world, ledger, 'after sending everything again');
}
