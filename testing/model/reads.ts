/**
 * What the model answers to reads that TigerBeetle does not have: by looking through everything that ever moved money.
 * A snapshot is the number of such changes, one more than it, since zero is now.
 */
import { changeType, op, readFlag, SECOND, TIMESTAMP_MAX, transferFlag, U128_MAX } from './names.ts';
import {
  accountLookupLayout,
  type Pending,
  pendingLayout,
  pendingLookupLayout,
  type Snapshot,
  type Sum,
  snapshotLayout,
  sumLayout,
  type TransferFilter,
  transferFilterLayout,
} from './read-records.ts';
import { type Account, accountLayout, decode, encode, type Transfer, transferLayout } from './records.ts';
import type { Scoped } from './scoped.ts';

/** What of the model is looked at. */
interface Model {
  readonly now: bigint;
  readonly accounts: Scoped<Account>;
  readonly transfers: Scoped<Transfer>;
  readonly changes: Changes;
}

type Changes = readonly {
  readonly timestamp: bigint;
  readonly type: bigint;
  readonly transfer: Transfer;
  readonly debit: Account;
  readonly credit: Account;
}[];

const RESULTS_MAX = 8189;
/** PendingState: of what is not there, and of what is no pending transfer. */
const NOT_FOUND = 0n;
const NOT_PENDING = 1n;
const OPEN = 2n;
const ends: ReadonlyMap<bigint, bigint> = new Map([
  [changeType.two_phase_posted, 3n],
  [changeType.two_phase_voided, 4n],
  [changeType.two_phase_expired, 5n],
]);

/** Undefined: it is no such operation. */
export function answerRead(model: Model, operation: number, events: Uint8Array): Uint8Array | undefined {
  switch (operation) {
    case op.lookup_pendings:
      return encode(
        pendingLayout,
        decode(pendingLookupLayout, events).map(({ id, as_of }) => pending(before(model, as_of), id)),
      );
    case op.search_transfers:
      return encode(transferLayout, found(model, events).slice(0, RESULTS_MAX));
    case op.sum_transfers:
      return encode(sumLayout, [sum(found(model, events), decode(transferFilterLayout, events)[0]!)]);
    case op.lookup_accounts_at:
      return accountsAt(model, events);
    case op.get_snapshot:
      return encode(snapshotLayout, [snapshot(model)]);
    default:
      return undefined;
  }
}

function before(model: Model, asOf: bigint): Changes {
  return asOf === 0n ? model.changes : model.changes.slice(0, Number(asOf - 1n));
}

/** The change that ended a pending transfer. */
function endOf(changes: Changes, id: bigint): Changes[number] | undefined {
  return changes.find(({ type, transfer }) =>
    type === changeType.two_phase_expired ? transfer.id === id : ends.has(type) && transfer.pending_id === id,
  );
}

const created = (changes: Changes): Transfer[] =>
  changes.filter(({ type }) => type !== changeType.two_phase_expired).map(({ transfer }) => transfer);

function pending(changes: Changes, id: bigint): Pending {
  const transfer = created(changes).find((each) => each.id === id);
  if (transfer === undefined) return { id, state: NOT_FOUND };
  const { amount, timestamp, timeout, ledger, flags } = transfer;
  if (!(flags & transferFlag.pending)) return { id, amount, timestamp, ledger, state: NOT_PENDING };
  const end = endOf(changes, id);
  return {
    ...{ id, amount, timestamp, ledger },
    expires_at: timeout === 0n ? 0n : timestamp + timeout * SECOND,
    amount_posted: end?.type === changeType.two_phase_posted ? end.transfer.amount : 0n,
    ended_by: end === undefined || end.type === changeType.two_phase_expired ? 0n : end.transfer.id,
    ended_at: end?.timestamp ?? 0n,
    state: end === undefined ? OPEN : ends.get(end.type)!,
  };
}

function found(model: Model, events: Uint8Array): Transfer[] {
  const filter = decode(transferFilterLayout, events)[0]!;
  const changes = before(model, filter.as_of);
  const hits = created(changes).filter((transfer) => fits(changes, filter, transfer));
  if (filter.flags & readFlag.reversed) hits.reverse();
  return filter.limit === 0n ? hits : hits.slice(0, Number(filter.limit));
}

function fits(changes: Changes, filter: TransferFilter, transfer: Transfer): boolean {
  const { account_id, counterparty_id, transfer_flags, amount_max, timestamp_max, flags } = filter;
  const is = (wanted: bigint, value: bigint): boolean => wanted === 0n || wanted === value;
  const sides = flags & (readFlag.debits | readFlag.credits) || readFlag.debits | readFlag.credits;
  const { debit_account_id: debit, credit_account_id: credit, amount, timestamp } = transfer;
  const onSide =
    (sides & readFlag.debits && is(account_id, debit) && is(counterparty_id, credit)) ||
    (sides & readFlag.credits && is(account_id, credit) && is(counterparty_id, debit));
  if (!onSide || amount < filter.amount_min || amount > (amount_max || U128_MAX)) return false;
  if (timestamp < filter.timestamp_min || timestamp > (timestamp_max || TIMESTAMP_MAX)) return false;
  const fields = ['pending_id', 'user_data_128', 'user_data_64', 'user_data_32', 'ledger', 'code'] as const;
  if (!fields.every((field) => is(filter[field], transfer[field]))) return false;
  if ((transfer.flags & transfer_flags) !== transfer_flags) return false;
  const states = flags & (readFlag.open | readFlag.posted | readFlag.voided | readFlag.expired);
  if (states === 0n) return true;
  const { state } = pending(changes, transfer.id);
  // The flag of a state is 8 for the first, and twice as much for each that follows.
  return state !== undefined && state >= OPEN && (states & (readFlag.open << (state - OPEN))) !== 0n;
}

function sum(hits: readonly Transfer[], { account_id }: TransferFilter): Sum {
  const sums = { debits_posted: 0n, debits_pending: 0n, credits_posted: 0n, credits_pending: 0n };
  for (const { flags, amount, debit_account_id, credit_account_id } of hits) {
    if (flags & transferFlag.void_pending_transfer) continue;
    const kind = flags & transferFlag.pending ? 'pending' : 'posted';
    if (account_id === 0n || account_id === debit_account_id) sums[`debits_${kind}`] += amount;
    if (account_id === 0n || account_id === credit_account_id) sums[`credits_${kind}`] += amount;
  }
  const times = hits.map(({ timestamp }) => timestamp).sort((a, b) => (a < b ? -1 : 1));
  return {
    ...sums,
    count: BigInt(hits.length),
    timestamp_first: times[0] ?? 0n,
    timestamp_last: times.at(-1) ?? 0n,
  };
}

function accountsAt(model: Model, events: Uint8Array): Uint8Array {
  const accounts = decode(accountLookupLayout, events).flatMap(({ id, timestamp, as_of }) => {
    const until = timestamp || TIMESTAMP_MAX;
    const account = model.accounts.get(id);
    if (account === undefined || account.timestamp > until) return [];
    const touches = ({ debit, credit }: Changes[number]): boolean => debit.id === id || credit.id === id;
    const last = before(model, as_of).findLast((change) => change.timestamp <= until && touches(change));
    if (last !== undefined) return [last.debit.id === id ? last.debit : last.credit];
    const none = { debits_pending: 0n, debits_posted: 0n, credits_pending: 0n, credits_posted: 0n };
    // One that has moved money later was not created closed.
    const open = model.changes.some(touches) ? account.flags & ~32n : account.flags;
    return [{ ...account, ...none, flags: open }];
  });
  return encode(accountLayout, accounts);
}

function snapshot(model: Model): Snapshot {
  const newest = (records: Iterable<{ readonly timestamp: bigint }>): bigint =>
    [...records].reduce((most, { timestamp }) => (timestamp > most ? timestamp : most), 0n);
  return {
    as_of: BigInt(model.changes.length + 1),
    timestamp: model.now,
    transfers_timestamp: newest(model.transfers.values()),
    accounts_timestamp: newest(model.accounts.values()),
    op: 0n,
  };
}
