/** What settlement has left on each shard, read up to one time of that shard while others may create. */
import { type Account, EVENTS_MAX, type Ledger, QueryFilterFlags, type Transfer } from '../model/index.ts';
import { isEnding } from './checks.ts';
import { bridgeOf } from './ids.ts';

interface Left {
  readonly transfers: Map<bigint, Transfer>;
  /** By the leg that it ended. */
  readonly ends: Map<bigint, Transfer>;
}

/** One shard. */
export interface Side extends Left {
  readonly index: number;
  /** As they were at `until`. */
  readonly accounts: readonly Account[];
  readonly until: bigint;
  /** Everything up to a time after that at which every other side had been read. */
  readonly later: Left;
}

/** Reads a shard as it is now. */
export async function readSide(ledger: Ledger, index: number): Promise<Side> {
  const until = await newest(ledger);
  const all = await pages((timestamp_min) => ledger.queryAccounts({ timestamp_min, timestamp_max: until }));
  const left: Left = { transfers: new Map(), ends: new Map() };
  await readBridges(ledger, all, { timestamp_max: until }, left);
  // Balances are those of now; where now is later than that, they are asked for as they were.
  const accounts = (await newest(ledger)) === until ? all : await asThen(ledger, all, until);
  const later = { transfers: new Map(left.transfers), ends: new Map(left.ends) };
  return { index, accounts, until, ...left, later };
}

/** Adds what has come since. */
export async function readOn({ until, later }: Side, ledger: Ledger): Promise<void> {
  if ((await newest(ledger)) === until) return;
  const accounts = await pages((timestamp_min) => ledger.queryAccounts({ timestamp_min }));
  await readBridges(ledger, accounts, { timestamp_min: until + 1n }, later);
}

/** The time of the last that was created; 1: nothing was. */
async function newest(ledger: Ledger): Promise<bigint> {
  const last = { flags: QueryFilterFlags.reversed, limit: 1 };
  const [[account], [transfer]] = await Promise.all([ledger.queryAccounts(last), ledger.queryTransfers(last)]);
  const [a, b] = [account?.timestamp ?? 1n, transfer?.timestamp ?? 1n];
  return a > b ? a : b;
}

async function asThen(ledger: Ledger, accounts: readonly Account[], at: bigint): Promise<Account[]> {
  const then: Account[] = [];
  for (let from = 0; from < accounts.length; from += EVENTS_MAX) {
    const ids = accounts.slice(from, from + EVENTS_MAX).map(({ id }) => id);
    for (const account of await ledger.lookupAccountsAt(ids, at)) then.push(account);
  }
  return then;
}

async function readBridges(
  ledger: Ledger,
  accounts: readonly Account[],
  window: { readonly timestamp_min?: bigint; readonly timestamp_max?: bigint },
  { transfers, ends }: Left,
): Promise<void> {
  for (const { id } of accounts) {
    if (bridgeOf(id) === undefined) continue;
    const least = window.timestamp_min ?? 0n;
    const all = await pages((from) => {
      const timestamp_min = from > least ? from : least;
      return ledger.getAccountTransfers({ account_id: id, ...window, timestamp_min });
    });
    for (const transfer of all) {
      transfers.set(transfer.id, transfer);
      if (isEnding(transfer)) ends.set(transfer.pending_id, transfer);
    }
  }
}

async function pages<T extends { readonly timestamp: bigint }>(ask: (from: bigint) => Promise<T[]>): Promise<T[]> {
  const all: T[] = [];
  for (let from = 0n; ; ) {
    const page = await ask(from);
    for (const one of page) all.push(one);
    if (page.length < EVENTS_MAX) return all;
    from = page.at(-1)!.timestamp + 1n;
  }
}
