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
import { isReserved, isStriped } from './ids.ts';
import type { Learning } from './learning.ts';
import type { Shard } from './shard.ts';
import { creditOf, debitOf, summed, total } from './stripes.ts';
import type { Town } from './town.ts';
import { View } from './view.ts';

/** A transfer as callers see it, and where it lies. */
interface Placed {
  readonly shard: Shard;
  readonly transfer: Transfer;
}

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
  readonly #learning: Learning;
  readonly #view: View;

  constructor(town: Town, learning: Learning) {
    this.#town = town;
    this.#learning = learning;
    this.#view = new View(town);
  }

  /** Asks at once, so that the lookup keeps its place among calls. */
  async lookupAccounts(ids: readonly bigint[]): Promise<Account[]> {
    const parts = new Map(ids.map((id) => [id, this.#town.shardsFor(id)]));
    const asked = new Map<Shard, bigint[]>();
    for (const id of ids) {
      if (isReserved(id)) continue;
      for (const shard of parts.get(id)!) {
        const there = asked.get(shard);
        if (there === undefined) asked.set(shard, [id]);
        else there.push(id);
      }
    }
    const found = new Map<Shard, ReadonlyMap<bigint, Account>>();
    await Promise.all(
      [...asked].map(async ([shard, some]) => {
        const accounts = await shard.ask((one) => one.lookupAccounts(some));
        found.set(shard, new Map(accounts.map((account) => [account.id, account])));
      }),
    );
    return ids.flatMap((id) => summed(parts.get(id)!.map((shard) => found.get(shard)?.get(id))) ?? []);
  }

  async lookupTransfers(ids: readonly bigint[]): Promise<Transfer[]> {
    const found = await this.findTransfers(ids);
    return ids.flatMap((id) => found.get(id)?.transfer ?? []);
  }

  /** The same, of every shard: a transfer lies where its debit account does. */
  async findTransfers(ids: readonly bigint[]): Promise<ReadonlyMap<bigint, Placed>> {
    const found = new Map<bigint, Placed>();
    await Promise.all(
      this.#town.shards.map(async (shard) => {
        const all = await shard.ask((ledger) => ledger.lookupTransfers(ids));
        const shown = await seen(all, (transfer) => this.#view.transfer(shard, transfer));
        for (const transfer of shown) found.set(transfer.id, { shard, transfer });
      }),
    );
    return found;
  }

  accountTransfers(filter: AccountFilter): Promise<Transfer[]> {
    return this.#ofAccount(filter, (shard) => {
      const ask = (one: Window) => shard.ask((ledger) => ledger.getAccountTransfers({ ...filter, ...one }));
      return visible(filter, isReversed(filter), ask, (rows) => seen(rows, (row) => this.#view.row(shard, row)));
    });
  }

  /** Balances have the times of the transfers that the same filter finds, and are hidden with them. */
  accountBalances(filter: AccountFilter): Promise<AccountBalance[]> {
    return this.#ofAccount(filter, async (shard) => {
      const balances = await this.#balancesOn(shard, filter);
      if (!isStriped(filter.account_id)) return balances;
      return Promise.all(balances.map((balance) => this.#withOthers(filter.account_id, shard, balance)));
    });
  }

  /** A striped account's balance on one shard, and what the others had at that time. */
  async #withOthers(account: bigint, shard: Shard, balance: AccountBalance): Promise<AccountBalance> {
    const others = this.#town.shards.filter((other) => other !== shard);
    const parts = await Promise.all(
      others.map((other) => other.ask((ledger) => ledger.lookupAccountsAt([account], balance.timestamp))),
    );
    return { ...balance, ...total([balance, ...parts.flat()]) };
  }

  #balancesOn(shard: Shard, filter: AccountFilter): Promise<AccountBalance[]> {
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
    return visible(filter, isReversed(filter), ask, (rows) =>
      seen(rows, async (row) => ((await this.#view.row(shard, row)) === undefined ? undefined : row.balance)),
    );
  }

  /** A page of what an account's shards know of it. */
  async #ofAccount<Row extends Timed>(filter: AccountFilter, ask: (shard: Shard) => Promise<Row[]>): Promise<Row[]> {
    const found = await Promise.all(this.#town.everFor(filter.account_id).map(ask));
    return merged(found, filter.limit, isReversed(filter));
  }

  queryAccounts(filter: QueryFilter): Promise<Account[]> {
    return this.#all(
      filter,
      (ledger, window) => ledger.queryAccounts({ ...filter, ...window }),
      async (shard, account) => {
        const { id } = account;
        if (isReserved(id)) return undefined;
        await this.#learning.learn([id]);
        if (shard !== this.#town.home(id)) return undefined;
        return isStriped(id) ? this.#striped(id) : account;
      },
    );
  }

  /** A striped account as it is. */
  async #striped(id: bigint): Promise<Account | undefined> {
    return summed(await Promise.all(this.#town.shards.map((shard) => shard.account(id))));
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
   * as it is when the feed is read, and so is a striped account.
   */
  changeEvents(filter: ChangeEventsFilter): Promise<ChangeEvent[]> {
    return this.#all(
      { ...filter, flags: 0 },
      (ledger, window) => ledger.getChangeEvents(window),
      async (shard, event) => {
        const transfer = await this.#view.transfer(shard, transferOf(event));
        if (transfer === undefined) return undefined;
        if (!isReserved(event.credit_account_id)) return this.#withStripes(event);
        const { credit_account_id: credit } = transfer;
        await this.#learning.learn([credit]);
        return changeOf(event, transfer, await this.#town.home(credit).account(credit));
      },
    );
  }

  async #withStripes(event: ChangeEvent): Promise<ChangeEvent> {
    const { debit_account_id, credit_account_id } = event;
    const [debit, credit] = await Promise.all([
      isStriped(debit_account_id) ? this.#striped(debit_account_id) : undefined,
      isStriped(credit_account_id) ? this.#striped(credit_account_id) : undefined,
    ]);
    return { ...event, ...(debit && debitOf(debit)), ...(credit && creditOf(credit)) };
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
    return merged(found, filter.limit, reversed);
  }
}

function isReversed({ flags }: AccountFilter): boolean {
  return (flags & AccountFilterFlags.reversed) !== 0;
}

/** One page of what several shards have found. */
function merged<Row extends Timed>(found: readonly Row[][], limit: number, reversed: boolean): Row[] {
  if (found.length === 1) return found[0]!;
  const all = found.flat().toSorted((a, b) => Number(a.timestamp - b.timestamp) * (reversed ? -1 : 1));
  return all.slice(0, limit);
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
