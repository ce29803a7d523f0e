/** Lookups and queries over all shards: each shard is asked what one ledger would be, and what they find is merged. */
import {
  type Account,
  type AccountBalance,
  type AccountFilter,
  AccountFilterFlags,
  type ChangeEvent,
  type ChangeEventsFilter,
  type Ledger,
  type QueryFilter,
  QueryFilterFlags,
  type Transfer,
} from '../model/index.ts';
import { changeOf, transferOf } from './changes.ts';
import { isReserved } from './ids.ts';
import type { Shard } from './shard.ts';
import type { Town } from './town.ts';
import { View } from './view.ts';

interface Timed {
  readonly timestamp: bigint;
}

/** The part of a filter by which a query goes on. */
interface Window {
  readonly timestamp_min: bigint;
  readonly timestamp_max: bigint;
  readonly limit: number;
}

export class Reads {
  readonly #town: Town;
  readonly #view: View;

  constructor(town: Town) {
    this.#town = town;
    this.#view = new View(town);
  }

  /** Asks at once, so that the lookup keeps its place among calls. */
  async lookupAccounts(ids: readonly bigint[]): Promise<Account[]> {
    const asked = new Map<Shard, bigint[]>();
    for (const id of ids) {
      if (isReserved(id)) continue;
      const shard = this.#town.home(id);
      const there = asked.get(shard);
      if (there === undefined) asked.set(shard, [id]);
      else there.push(id);
    }
    const found = await Promise.all([...asked].map(([shard, some]) => shard.ask((one) => one.lookupAccounts(some))));
    const byId = new Map(found.flat().map((account) => [account.id, account]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /** The same, of every shard: a transfer lies where its debit account does. */
  async lookupTransfers(ids: readonly bigint[]): Promise<Transfer[]> {
    const found = await Promise.all(
      this.#town.shards.map(async (shard) => {
        const all = await shard.ask((ledger) => ledger.lookupTransfers(ids));
        return seen(all, (transfer) => this.#view.transfer(shard, transfer));
      }),
    );
    const byId = new Map(found.flat().map((transfer) => [transfer.id, transfer]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  accountTransfers(filter: AccountFilter): Promise<Transfer[]> {
    const shard = this.#town.home(filter.account_id);
    const reversed = (filter.flags & AccountFilterFlags.reversed) !== 0;
    const ask = (window: Window) => shard.ask((ledger) => ledger.getAccountTransfers({ ...filter, ...window }));
    return visible(filter, reversed, ask, (rows) => seen(rows, (row) => this.#view.row(shard, row)));
  }

  /** Balances have the times of the transfers that the same filter finds, and are hidden with them. */
  async accountBalances(filter: AccountFilter): Promise<AccountBalance[]> {
    const shard = this.#town.home(filter.account_id);
    const reversed = (filter.flags & AccountFilterFlags.reversed) !== 0;
    const ask = async (window: Window): Promise<(Transfer & { balance: AccountBalance })[]> => {
      const asked = { ...filter, ...window };
      const [rows, balances] = await Promise.all([
        shard.ask((ledger) => ledger.getAccountTransfers(asked)),
        shard.ask((ledger) => ledger.getAccountBalances(asked)),
      ]);
      const byTime = new Map(balances.map((balance) => [balance.timestamp, balance]));
      return rows.flatMap((row) => {
        const balance = byTime.get(row.timestamp);
        return balance === undefined ? [] : [{ ...row, balance }];
      });
    };
    return visible(filter, reversed, ask, (rows) =>
      seen(rows, async (row) => ((await this.#view.row(shard, row)) === undefined ? undefined : row.balance)),
    );
  }

  queryAccounts(filter: QueryFilter): Promise<Account[]> {
    return this.#all(
      filter,
      (ledger, window) => ledger.queryAccounts({ ...filter, ...window }),
      async (_, account) => (isReserved(account.id) ? undefined : account),
    );
  }

  queryTransfers(filter: QueryFilter): Promise<Transfer[]> {
    return this.#all(
      filter,
      (ledger, window) => ledger.queryTransfers({ ...filter, ...window }),
      (shard, transfer) => this.#view.transfer(shard, transfer),
    );
  }

  /**
   * A transfer between two shards is one event, when its debit account changed. The account on the other shard is shown
   * as it is when the feed is read.
   */
  changeEvents(filter: ChangeEventsFilter): Promise<ChangeEvent[]> {
    return this.#all(
      { ...filter, flags: 0 },
      (ledger, window) => ledger.getChangeEvents(window),
      async (shard, event) => {
        const transfer = await this.#view.transfer(shard, transferOf(event));
        if (transfer === undefined || !isReserved(event.credit_account_id)) return transfer && event;
        const { credit_account_id: credit } = transfer;
        return changeOf(event, transfer, await this.#town.home(credit).account(credit));
      },
    );
  }

  async #all<Found extends Timed>(
    filter: Window & { readonly flags: number },
    ask: (ledger: Ledger, window: Window) => Promise<Found[]>,
    view: (shard: Shard, found: Found) => Promise<Found | undefined>,
  ): Promise<Found[]> {
    const reversed = (filter.flags & QueryFilterFlags.reversed) !== 0;
    const found = await Promise.all(
      this.#town.shards.map((shard) =>
        visible(
          filter,
          reversed,
          (window) => shard.ask((ledger) => ask(ledger, window)),
          (rows) => seen(rows, (row) => view(shard, row)),
        ),
      ),
    );
    const merged = found.flat().toSorted((a, b) => Number(a.timestamp - b.timestamp) * (reversed ? -1 : 1));
    return merged.slice(0, filter.limit);
  }
}

/**
 * As many rows as the filter wants, where some of those that a shard finds are hidden: it is asked on until there are.
 */
async function visible<Row extends Timed, Seen extends Timed>(
  filter: Window,
  reversed: boolean,
  ask: (window: Window) => Promise<Row[]>,
  view: (rows: readonly Row[]) => Promise<Seen[]>,
): Promise<Seen[]> {
  const { limit } = filter;
  let { timestamp_min, timestamp_max } = filter;
  const all: Seen[] = [];
  for (;;) {
    const rows = await ask({ timestamp_min, timestamp_max, limit });
    for (const row of await view(rows)) all.push(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit || all.length >= limit) return all.slice(0, limit);
    if (reversed) timestamp_max = last.timestamp - 1n;
    else timestamp_min = last.timestamp + 1n;
    if (timestamp_max !== 0n && timestamp_min > timestamp_max) return all;
  }
}

async function seen<Row, Seen>(rows: readonly Row[], view: (row: Row) => Promise<Seen | undefined>): Promise<Seen[]> {
  const all = await Promise.all(rows.map(view));
  return all.filter((row) => row !== undefined);
}
