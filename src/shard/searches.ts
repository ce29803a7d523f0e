/**
 * Reads that TigerBeetle does not have, over all shards: transfers are looked through as callers know them, page by
 * page, since a shard knows a transfer to another shard under its bridge's name.
 */
import {
  type Account,
  AccountFilterFlags,
  type AccountLookup,
  EVENTS_MAX,
  type PendingLookup,
  PendingState,
  type PendingTransfer,
  QueryFilterFlags,
  TallystickError,
  type Transfer,
  type TransferFilter,
  TransferFilterFlags,
  TransferFlags,
  type TransferSum,
  type TransferSumFilter,
  U128_MAX,
} from '../model/index.ts';
import { isReserved } from './ids.ts';
import type { Reads } from './reads.ts';
import type { Shard } from './shard.ts';
import { summed } from './stripes.ts';
import type { Town } from './town.ts';

type Filter = Omit<TransferFilter, 'limit'> | TransferSumFilter;

const { debits, credits, reversed, open, posted, voided, expired } = TransferFilterFlags;
const BOTH = debits | credits;
/** Nanoseconds from before an account's last chain on a shard to that chain's record: each event takes one. */
const LEAVING = 5n;
const STATES: ReadonlyMap<PendingState, number> = new Map([
  [PendingState.open, open],
  [PendingState.posted, posted],
  [PendingState.voided, voided],
  [PendingState.expired, expired],
]);
const ANY_STATE = open | posted | voided | expired;
const EQUAL = ['pending_id', 'user_data_128', 'user_data_64', 'user_data_32', 'ledger', 'code'] as const;

export class Searches {
  readonly #town: Town;
  readonly #reads: Reads;

  constructor(town: Town, reads: Reads) {
    this.#town = town;
    this.#reads = reads;
  }

  /** A pending transfer ends on the shard of its debit account, which says how. */
  async lookupPendings(lookups: readonly PendingLookup[]): Promise<PendingTransfer[]> {
    refuseSnapshots(lookups);
    return this.#pendings(lookups.map(({ id }) => id));
  }

  async #pendings(ids: readonly bigint[]): Promise<PendingTransfer[]> {
    const transfers = await this.#reads.findTransfers(ids);
    const asked = new Map<Shard, bigint[]>();
    const known = new Map<bigint, PendingTransfer>();
    for (const { shard, transfer } of transfers.values()) {
      const { id, amount, timestamp, ledger, flags } = transfer;
      known.set(id, { ...NO_PENDING, id, amount, timestamp, ledger, state: PendingState.not_pending });
      // A leg of a chain is pending on its shards, and never was to its caller.
      if ((flags & TransferFlags.pending) === 0) continue;
      asked.set(shard, [...(asked.get(shard) ?? []), id]);
    }
    const found = await Promise.all([...asked].map(([shard, some]) => shard.ask((one) => one.lookupPendings(some))));
    for (const pending of found.flat()) known.set(pending.id, pending);
    return ids.map((id) => known.get(id) ?? { ...NO_PENDING, id });
  }

  async searchTransfers(filter: TransferFilter): Promise<Transfer[]> {
    const all: Transfer[] = [];
    for await (const page of this.#pages(filter)) {
      for (const transfer of page) all.push(transfer);
      if (all.length >= filter.limit) break;
    }
    return all.slice(0, filter.limit);
  }

  async sumTransfers(filter: TransferSumFilter): Promise<TransferSum> {
    const { account_id } = filter;
    const sums = { debits_posted: 0n, debits_pending: 0n, credits_posted: 0n, credits_pending: 0n };
    let count = 0n;
    let [timestamp_first, timestamp_last] = [0n, 0n];
    for await (const page of this.#pages(filter)) {
      for (const { flags, amount, timestamp, debit_account_id, credit_account_id } of page) {
        if (timestamp_first === 0n || timestamp < timestamp_first) timestamp_first = timestamp;
        if (timestamp > timestamp_last) timestamp_last = timestamp;
        count += 1n;
        if ((flags & TransferFlags.void_pending_transfer) !== 0) continue;
        const kind = (flags & TransferFlags.pending) === 0 ? 'posted' : 'pending';
        if (account_id === 0n || account_id === debit_account_id) sums[`debits_${kind}`] += amount;
        if (account_id === 0n || account_id === credit_account_id) sums[`credits_${kind}`] += amount;
      }
    }
    if (Object.values(sums).some((sum) => sum > U128_MAX)) {
      throw new TallystickError('too_much_data', 'the sum needs more than 128 bits');
    }
    return { ...sums, count, timestamp_first, timestamp_last };
  }

  async lookupAccountsAt(lookups: readonly AccountLookup[]): Promise<Account[]> {
    refuseSnapshots(lookups);
    const asked = new Map<string, { readonly shard: Shard; readonly timestamp: bigint; readonly ids: bigint[] }>();
    const keys = lookups.map((lookup) =>
      this.#placesAt(lookup).map(({ shard, id, timestamp }) => {
        const key = `${shard.index}/${timestamp}`;
        const there = asked.get(key) ?? { shard, timestamp, ids: [] };
        if (!isReserved(id)) there.ids.push(id);
        asked.set(key, there);
        return `${key}/${id}`;
      }),
    );
    const found = new Map<string, Account>();
    const asking = [...asked].map(async ([key, { shard, timestamp, ids }]) => {
      const accounts = await shard.ask((one) =>
        timestamp === 0n ? one.lookupAccounts(ids) : one.lookupAccountsAt(ids, timestamp),
      );
      for (const account of accounts) found.set(`${key}/${account.id}`, account);
    });
    await Promise.all(asking);
    return keys.flatMap((parts) => summed(parts.map((key) => found.get(key))) ?? []);
  }

  /** Where the account was at that time. Before it left a shard, that shard knows. */
  #placesAt({
    id,
    timestamp,
  }: AccountLookup): { readonly shard: Shard; readonly id: bigint; readonly timestamp: bigint }[] {
    const steps = timestamp === 0n ? [] : this.#town.map.steps(id);
    let until = timestamp;
    for (const { to, from, left, arrived } of steps.toReversed()) {
      if (until >= arrived) return [{ shard: this.#town.shards[to]!, id, timestamp: until }];
      if (until > left - LEAVING) until = left - LEAVING;
      if (from === steps[0]!.from) return [{ shard: this.#town.shards[from]!, id, timestamp: until }];
    }
    return this.#town.shardsFor(id).map((shard) => ({ shard, id, timestamp }));
  }

  /** Those that fit, in pages of what was looked through. */
  async *#pages(filter: Filter): AsyncGenerator<Transfer[], void> {
    refuseSnapshots([filter]);
    const isReversed = (filter.flags & reversed) !== 0;
    let { timestamp_min, timestamp_max } = filter;
    for (;;) {
      const page = await this.#candidates({ ...filter, timestamp_min, timestamp_max });
      yield await this.#fitting(filter, page);
      const last = page.at(-1);
      if (last === undefined || page.length < EVENTS_MAX) return;
      if (isReversed) timestamp_max = last.timestamp - 1n;
      else timestamp_min = last.timestamp + 1n;
      if (timestamp_max !== 0n && timestamp_min > timestamp_max) return;
    }
  }

  #candidates(filter: Filter): Promise<Transfer[]> {
    const { account_id, user_data_128, user_data_64, user_data_32, ledger, code, timestamp_min, timestamp_max } =
      filter;
    const same = { user_data_128, user_data_64, user_data_32, code, timestamp_min, timestamp_max, limit: EVENTS_MAX };
    if (account_id === 0n) {
      const flags = (filter.flags & reversed) === 0 ? 0 : QueryFilterFlags.reversed;
      return this.#reads.queryTransfers({ ...same, ledger, flags });
    }
    if (isReserved(account_id)) return Promise.resolve([]);
    const sides = sidesOf(filter);
    let flags = (sides & debits) === 0 ? 0 : AccountFilterFlags.debits;
    if ((sides & credits) !== 0) flags |= AccountFilterFlags.credits;
    if ((filter.flags & reversed) !== 0) flags |= AccountFilterFlags.reversed;
    return this.#reads.accountTransfers({ ...same, account_id, flags });
  }

  async #fitting(filter: Filter, page: readonly Transfer[]): Promise<Transfer[]> {
    const some = page.filter((transfer) => fits(filter, transfer));
    const states = filter.flags & ANY_STATE;
    if (states === 0 || some.length === 0) return some;
    const pendings = await this.#pendings(some.map(({ id }) => id));
    return some.filter((_, index) => ((STATES.get(pendings[index]!.state) ?? 0) & states) !== 0);
  }
}

const NO_PENDING: PendingTransfer = {
  id: 0n,
  amount: 0n,
  amount_posted: 0n,
  ended_by: 0n,
  timestamp: 0n,
  expires_at: 0n,
  ended_at: 0n,
  ledger: 0,
  state: PendingState.not_found,
};

const sidesOf = ({ flags }: Filter): number => ((flags & BOTH) === 0 ? BOTH : flags & BOTH);

function fits(filter: Filter, transfer: Transfer): boolean {
  const { account_id, counterparty_id, amount_min, amount_max, transfer_flags } = filter;
  const { debit_account_id: debit, credit_account_id: credit, amount, flags } = transfer;
  const is = (wanted: bigint | number, value: bigint | number): boolean =>
    wanted === 0n || wanted === 0 || wanted === value;
  const sides = sidesOf(filter);
  const onSide =
    ((sides & debits) !== 0 && is(account_id, debit) && is(counterparty_id, credit)) ||
    ((sides & credits) !== 0 && is(account_id, credit) && is(counterparty_id, debit));
  if (!onSide || amount < amount_min || (amount_max !== 0n && amount > amount_max)) return false;
  if ((flags & transfer_flags) !== transfer_flags) return false;
  return EQUAL.every((field) => is(filter[field], transfer[field]));
}

/** A snapshot is a moment of one ledger; shards have a clock and an order each. */
function refuseSnapshots(asked: readonly { readonly as_of: bigint }[]): void {
  if (asked.every(({ as_of }) => as_of === 0n)) return;
  throw noSnapshots();
}

export function noSnapshots(): TallystickError {
  return new TallystickError('invalid_argument', 'shards have no snapshots: each has an order of its own');
}
