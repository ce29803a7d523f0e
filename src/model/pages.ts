/**
 * All of a ledger's records, by timestamp, a page at a time: as much memory as two pages take, whatever the ledger
 * holds.
 *
 *   for await (const page of transfersOf(ledger)) for (const transfer of page) …
 */

import { QueryFilterFlags } from './gen/enums.ts';
import { CHANGE_EVENTS_MAX, EVENTS_MAX } from './gen/layout.ts';
import type { Account, ChangeEvent, Transfer } from './gen/types.ts';
import type { Ledger } from './ledger.ts';

/** The timestamp of the newest account or transfer, in nanoseconds; 0 when there is none. */
export async function newestTimestamp(ledger: Ledger): Promise<bigint> {
  const filter = { flags: QueryFilterFlags.reversed, limit: 1 };
  const [[account], [transfer]] = await Promise.all([ledger.queryAccounts(filter), ledger.queryTransfers(filter)]);
  const timestamps = [account?.timestamp ?? 0n, transfer?.timestamp ?? 0n];
  return timestamps[0]! > timestamps[1]! ? timestamps[0]! : timestamps[1]!;
}

/** Up to the timestamp `until`, inclusive; 0: to the end. Rejects as the ledger does. */
export function accountsOf(ledger: Ledger, until: bigint = 0n): AsyncGenerator<Account[], void> {
  return pages((from) => ledger.queryAccounts({ timestamp_min: from, timestamp_max: until }), EVENTS_MAX);
}

/** Up to the timestamp `until`, inclusive; 0: to the end. Rejects as the ledger does. */
export function transfersOf(ledger: Ledger, until: bigint = 0n): AsyncGenerator<Transfer[], void> {
  return pages((from) => ledger.queryTransfers({ timestamp_min: from, timestamp_max: until }), EVENTS_MAX);
}

/**
 * Up to the timestamp `until`, inclusive; 0: to the end. Rejects as the ledger does. A transfer that was imported may
 * bear the timestamp of an expiry: a page begins where the last one ended, and leaves out what that had.
 */
export async function* changeEventsOf(ledger: Ledger, until: bigint = 0n): AsyncGenerator<ChangeEvent[], void> {
  let seen: ChangeEvent[] = [];
  const ask = (from: bigint) => ledger.getChangeEvents({ timestamp_min: from, timestamp_max: until });
  for (let next = ask(0n); ; ) {
    const page = await next;
    const last = page.at(-1);
    if (last !== undefined && page.length === CHANGE_EVENTS_MAX) next = ask(last.timestamp);
    const fresh = page.filter((event) => !seen.some((old) => isSame(old, event)));
    if (fresh.length > 0) yield fresh;
    if (last === undefined || page.length < CHANGE_EVENTS_MAX) return;
    seen = page.filter(({ timestamp }) => timestamp === last.timestamp);
  }
}

function isSame(a: ChangeEvent, b: ChangeEvent): boolean {
  return a.timestamp === b.timestamp && a.type === b.type && a.transfer_id === b.transfer_id;
}

/** The next page is on its way while one is looked at. */
async function* pages<T extends { readonly timestamp: bigint }>(
  ask: (from: bigint) => Promise<T[]>,
  size: number,
): AsyncGenerator<T[], void> {
  for (let next = ask(0n); ; ) {
    const page = await next;
    if (page.length === size) next = ask(page.at(-1)!.timestamp + 1n);
    if (page.length > 0) yield page;
    if (page.length < size) return;
  }
}
