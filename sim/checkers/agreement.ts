import { differences } from '../../test/support/versus.ts';
import { Broken } from '../failure.ts';
import { inventory } from '../inventory.ts';
import type { Opened, World } from '../world.ts';

/** Whatever can be read of the ledger is what the model says. `when`: for the message. */
export async function agreement(world: World, ledger: Opened, when: string): Promise<void> {
  const pages = inventory();
  for (let page = pages.next(); page.done !== true; ) {
    const { operation, events } = page.value;
    const want = world.model.apply(operation, events, world.model.now);
    const got = await ledger.port.request(operation, events, world.model.now);
    const step = { kind: 'request', operation, events, timestamp: world.model.now } as const;
    const lines = differences(step, world.step, want, got);
    if (lines.length > 0) throw new Broken('agreement', `${when}:\n${lines.join('\n')}`);
    page = pages.next(want);
  }
}
