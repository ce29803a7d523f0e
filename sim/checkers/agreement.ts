import { differences } from '../../testing/model/versus.ts';
import { Broken } from '../failure.ts';
import { inventory, takeInventory } from '../inventory.ts';
import type { Opened, World } from '../world.ts';

/**
 * Reads everything and looks at nothing: what is read leaves traces in caches and in the ring of replies, and belongs
 * to what happens.
 */
export async function readAll(world: World, ledger: Opened, sample?: number): Promise<void> {
  world.model.ask();
  await takeInventory(({ operation, events }) => ledger.port.request(operation, events, world.model.now), sample);
}

/**
 * Whatever can be read of the ledger is what the model says. `when`: for the message. `mayRefuse`: throws for an error
 * that is no answer either. `sample`: as {@link inventory}'s.
 */
export async function agreement(
  world: World,
  ledger: Opened,
  when: string,
  mayRefuse?: (error: unknown) => boolean,
  sample?: number,
): Promise<void> {
  // Each goes on behind its own last page: the model ends a pending transfer a nanosecond later than a pulse does.
  const pages = inventory(sample);
  const others = inventory(sample);
  for (let page = pages.next(), other = others.next(); page.done !== true && other.done !== true; ) {
    const { operation, events } = page.value;
    const want = world.model.apply(operation, events, world.model.now);
    const got = await ledger.port.request(operation, other.value.events, world.model.now).catch((error: unknown) => {
      if (mayRefuse?.(error) === true) return undefined;
      throw error;
    });
    const step = { kind: 'request', operation, events, timestamp: world.model.now } as const;
    const lines = got === undefined ? [] : differences(step, world.step, want, got);
    if (lines.length > 0) throw new Broken('agreement', `${when}:\n${lines.join('\n')}`);
    page = pages.next(want);
    other = others.next(got ?? want);
  }
}
