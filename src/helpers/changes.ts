/** The change feed without an end: what has happened, and then whatever happens. */
import { CHANGE_EVENTS_MAX, type ChangeEvent, invalid, type Ledger } from '../model/index.ts';

/** From where the feed is followed, and how often it is asked. */
export interface FollowOptions {
  /** Goes on behind this timestamp, which was seen; 0, the default: from the first change. */
  readonly after?: bigint;
  /**
   * Called where nothing new is there; the ledger is asked again when its promise has resolved. It says how often is
   * asked: `() => setTimeout(500)` of `node:timers/promises`. What it rejects with ends the feed.
   */
  readonly idle: () => Promise<unknown>;
}

/**
 * Every change of balances, oldest first, without an end; a loop over it is left with `break` or `return`.
 *
 *   for await (const event of followChanges(ledger, { after: seen, idle: () => setTimeout(500) })) {
 *     await handle(event);
 *     seen = await keep(event.timestamp);
 *   }
 *
 * Whoever keeps the timestamp of what it has handled goes on from there after a restart, and sees nothing twice but
 * what it had not kept. A transfer that is imported with a timestamp before that is not seen. Rejects as the ledger
 * does, and throws `invalid_argument` for an `after` that is not a BigInt from 0 up.
 */
export async function* followChanges(
  ledger: Pick<Ledger, 'getChangeEvents'>,
  { after = 0n, idle }: FollowOptions,
): AsyncGenerator<ChangeEvent, void> {
  if (typeof after !== 'bigint' || after < 0n) throw invalid('after is a BigInt of nanoseconds from 0 up');
  if (typeof idle !== 'function') throw invalid('idle must be a function that returns a promise');
  let timestamp_min = after + 1n;
  // An imported transfer may bear the timestamp of an expiry: a page begins where the last one ended.
  let seen: ChangeEvent[] = [];
  for (;;) {
    const page = await ledger.getChangeEvents({ timestamp_min, timestamp_max: 0n, limit: CHANGE_EVENTS_MAX });
    const fresh = page.filter((event) => !seen.some((old) => isSame(old, event)));
    yield* fresh;
    const last = page.at(-1);
    if (last !== undefined) {
      timestamp_min = last.timestamp;
      seen = page.filter(({ timestamp }) => timestamp === last.timestamp);
    }
    if (page.length < CHANGE_EVENTS_MAX) await idle();
  }
}

function isSame(a: ChangeEvent, b: ChangeEvent): boolean {
  return a.timestamp === b.timestamp && a.type === b.type && a.transfer_id === b.transfer_id;
}
