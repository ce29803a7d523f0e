/**
 * What a ledger must answer to reads of the past, of pending transfers and by more fields, told from its change feed
 * and all its transfers: looked through in plain sight.
 */
import {
  type Account,
  AccountFlags,
  type ChangeEvent,
  ChangeEventType,
  changeEventsOf,
  type Ledger,
  PendingState,
  type PendingTransfer,
  type Transfer,
  TransferFilterFlags,
  type TransferFilterInput,
  TransferFlags,
  type TransferSum,
  transfersOf,
} from '../../src/model/index.ts';

const SECOND = 1_000_000_000n;
const { pending, void_pending_transfer } = TransferFlags;

/** The feed and all transfers: what everything else is compared with. */
export interface Told {
  readonly events: readonly ChangeEvent[];
  readonly transfers: readonly Transfer[];
}

export async function told(ledger: Ledger): Promise<Told> {
  const events: ChangeEvent[] = [];
  const transfers: Transfer[] = [];
  for await (const page of changeEventsOf(ledger)) events.push(...page);
  for await (const page of transfersOf(ledger)) transfers.push(...page);
  return { events, transfers };
}

/** The account after the last event by `time`. */
export function accountAt({ events }: Told, account: Account, time: bigint): Account {
  const last = events.findLast(
    ({ timestamp, debit_account_id, credit_account_id }) =>
      timestamp <= time && (debit_account_id === account.id || credit_account_id === account.id),
  );
  const { id, flags, ledger, code, timestamp, user_data_128, user_data_64, user_data_32, reserved } = account;
  const touched = events.some((each) => each.debit_account_id === id || each.credit_account_id === id);
  const side = last?.debit_account_id === id ? 'debit' : 'credit';
  const of = (name: 'debits_pending' | 'debits_posted' | 'credits_pending' | 'credits_posted'): bigint =>
    last?.[`${side}_account_${name}`] ?? 0n;
  return {
    ...{ id, ledger, code, timestamp, user_data_128, user_data_64, user_data_32, reserved },
    debits_pending: of('debits_pending'),
    debits_posted: of('debits_posted'),
    credits_pending: of('credits_pending'),
    credits_posted: of('credits_posted'),
    flags: last?.[`${side}_account_flags`] ?? (touched ? flags & ~AccountFlags.closed : flags),
  };
}

const ENDS: ReadonlyMap<number, PendingState> = new Map([
  [ChangeEventType.two_phase_posted, PendingState.posted],
  [ChangeEventType.two_phase_voided, PendingState.voided],
  [ChangeEventType.two_phase_expired, PendingState.expired],
]);

/** What became of a transfer by an event, that one included. */
export function pendingAt({ events, transfers }: Told, id: bigint, until: number = events.length): PendingTransfer {
  const before = events.slice(0, until);
  const created = before.find((each) => each.transfer_id === id && each.type !== ChangeEventType.two_phase_expired);
  const nothing = { id, amount: 0n, amount_posted: 0n, ended_by: 0n, timestamp: 0n, expires_at: 0n, ended_at: 0n };
  if (created === undefined) return { ...nothing, ledger: 0, state: PendingState.not_found };
  const { amount, timestamp, timeout } = transfers.find((each) => each.id === id)!;
  const found = { ...nothing, amount, timestamp, ledger: 1 };
  if (created.type !== ChangeEventType.two_phase_pending) return { ...found, state: PendingState.not_pending };
  const end = before.find(({ type, transfer_id, transfer_pending_id }) =>
    type === ChangeEventType.two_phase_expired ? transfer_id === id : ENDS.has(type) && transfer_pending_id === id,
  );
  const expired = end?.type === ChangeEventType.two_phase_expired;
  return {
    ...found,
    expires_at: timeout === 0 ? 0n : timestamp + BigInt(timeout) * SECOND,
    amount_posted: end?.type === ChangeEventType.two_phase_posted ? end.transfer_amount : 0n,
    ended_by: end === undefined || expired ? 0n : end.transfer_id,
    ended_at: end?.timestamp ?? 0n,
    state: end === undefined ? PendingState.open : ENDS.get(end.type)!,
  };
}

const STATE_FLAGS: readonly [PendingState, number][] = [
  [PendingState.open, TransferFilterFlags.open],
  [PendingState.posted, TransferFilterFlags.posted],
  [PendingState.voided, TransferFilterFlags.voided],
  [PendingState.expired, TransferFilterFlags.expired],
];

export function fits(all: Told, filter: TransferFilterInput, transfer: Transfer): boolean {
  const { debits, credits } = TransferFilterFlags;
  const { account_id, counterparty_id, pending_id, amount_min = 0n, amount_max, code, transfer_flags = 0 } = filter;
  const flags = filter.flags ?? 0;
  const sides = (flags & (debits | credits)) === 0 ? debits | credits : flags;
  const isOn = (account: unknown, other: unknown, debit: bigint, credit: bigint): boolean =>
    ((sides & debits) !== 0 && (account ?? debit) === debit && (other ?? credit) === credit) ||
    ((sides & credits) !== 0 && (account ?? credit) === credit && (other ?? debit) === debit);
  const { debit_account_id, credit_account_id, amount, timestamp } = transfer;
  if (!isOn(account_id, counterparty_id, debit_account_id, credit_account_id)) return false;
  if (pending_id !== undefined && transfer.pending_id !== pending_id) return false;
  if (amount < amount_min || (amount_max !== undefined && amount > amount_max)) return false;
  if (code !== undefined && transfer.code !== code) return false;
  if ((transfer.flags & transfer_flags) !== transfer_flags) return false;
  if (timestamp < (filter.timestamp_min ?? 0n)) return false;
  const states = STATE_FLAGS.filter(([, flag]) => (flags & flag) !== 0).map(([state]) => state);
  return states.length === 0 || states.includes(pendingAt(all, transfer.id).state);
}

export function summed(found: readonly Transfer[], account: unknown): TransferSum {
  const sum = { debits_posted: 0n, debits_pending: 0n, credits_posted: 0n, credits_pending: 0n };
  for (const { flags, amount, debit_account_id, credit_account_id } of found) {
    if ((flags & void_pending_transfer) !== 0) continue;
    const kind = (flags & pending) === 0 ? 'posted' : 'pending';
    if (account === undefined || account === debit_account_id) sum[`debits_${kind}`] += amount;
    if (account === undefined || account === credit_account_id) sum[`credits_${kind}`] += amount;
  }
  const count = BigInt(found.length);
  const [first, last] = [found[0]?.timestamp ?? 0n, found.at(-1)?.timestamp ?? 0n];
  return { ...sum, count, timestamp_first: first, timestamp_last: last };
}
