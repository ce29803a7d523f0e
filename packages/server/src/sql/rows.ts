/** Accounts and change events to rows. Pure: what a step holds follows from what the ledger has answered. */
import { type Account, AccountFlags, type ChangeEvent, ChangeEventType } from 'tallystick/internal/model';
import type { Row, Step } from './tables.ts';

const NANOSECONDS = 1_000_000_000n;

/** UTC, to the microsecond, as all databases read it. */
export function timeText(timestamp: bigint): string {
  const whole = new Date(Number(timestamp / NANOSECONDS) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${whole}.${String((timestamp % NANOSECONDS) / 1000n).padStart(6, '0')}`;
}

const kinds = ['single_phase', 'two_phase_pending', 'two_phase_posted', 'two_phase_voided', 'two_phase_expired'];

export function stepOf(accounts: readonly Account[], events: readonly ChangeEvent[]): Step {
  const accountsChanged = new Map<bigint, Row>();
  const transfers: Row[] = [];
  const balances: Row[] = [];
  const holds: Row[] = [];
  const holdsEnded: Row[] = [];
  for (const event of events) {
    for (const side of ['debit', 'credit'] as const) {
      accountsChanged.set(event[`${side}_account_id`], accountAfter(event, side));
      balances.push(balanceAfter(event, side));
    }
    if (event.type !== ChangeEventType.two_phase_expired) transfers.push(transferOf(event));
    if (event.type === ChangeEventType.two_phase_pending) holds.push(holdOf(event));
    const end = endOf(event);
    if (end !== undefined) holdsEnded.push(end);
  }
  const accountsNew = accounts.map(accountNew);
  return { accountsNew, accountsChanged: [...accountsChanged.values()], transfers, balances, holds, holdsEnded };
}

function accountNew(account: Account): Row {
  return {
    id: String(account.id),
    ledger: account.ledger,
    code: account.code,
    flags: account.flags,
    closed: (account.flags & AccountFlags.closed) !== 0,
    user_data_128: String(account.user_data_128),
    user_data_64: String(account.user_data_64),
    user_data_32: account.user_data_32,
    ...{ debits_pending: '0', debits_posted: '0', credits_pending: '0', credits_posted: '0' },
    created: String(account.timestamp),
    created_at: timeText(account.timestamp),
    changed: String(account.timestamp),
    changed_at: timeText(account.timestamp),
  };
}

type Side = 'debit' | 'credit';

function sumsAfter(event: ChangeEvent, side: Side): Row {
  return {
    debits_pending: String(event[`${side}_account_debits_pending`]),
    debits_posted: String(event[`${side}_account_debits_posted`]),
    credits_pending: String(event[`${side}_account_credits_pending`]),
    credits_posted: String(event[`${side}_account_credits_posted`]),
  };
}

function accountAfter(event: ChangeEvent, side: Side): Row {
  const created = event[`${side}_account_timestamp`];
  return {
    id: String(event[`${side}_account_id`]),
    ledger: event.ledger,
    code: event[`${side}_account_code`],
    flags: event[`${side}_account_flags`],
    closed: (event[`${side}_account_flags`] & AccountFlags.closed) !== 0,
    user_data_128: String(event[`${side}_account_user_data_128`]),
    user_data_64: String(event[`${side}_account_user_data_64`]),
    user_data_32: event[`${side}_account_user_data_32`],
    ...sumsAfter(event, side),
    created: String(created),
    created_at: timeText(created),
    changed: String(event.timestamp),
    changed_at: timeText(event.timestamp),
  };
}

function balanceAfter(event: ChangeEvent, side: Side): Row {
  return {
    changed: String(event.timestamp),
    changed_at: timeText(event.timestamp),
    account_id: String(event[`${side}_account_id`]),
    side,
    transfer_id: String(event.transfer_id),
    kind: kinds[event.type]!,
    ledger: event.ledger,
    ...sumsAfter(event, side),
  };
}

function transferOf(event: ChangeEvent): Row {
  return {
    id: String(event.transfer_id),
    debit_account_id: String(event.debit_account_id),
    credit_account_id: String(event.credit_account_id),
    amount: String(event.transfer_amount),
    pending_id: event.transfer_pending_id === 0n ? null : String(event.transfer_pending_id),
    ledger: event.ledger,
    code: event.transfer_code,
    flags: event.transfer_flags,
    kind: kinds[event.type]!,
    timeout: event.transfer_timeout,
    user_data_128: String(event.transfer_user_data_128),
    user_data_64: String(event.transfer_user_data_64),
    user_data_32: event.transfer_user_data_32,
    created: String(event.timestamp),
    created_at: timeText(event.timestamp),
  };
}

function holdOf(event: ChangeEvent): Row {
  const { transfer_timeout: timeout, timestamp } = event;
  return {
    id: String(event.transfer_id),
    debit_account_id: String(event.debit_account_id),
    credit_account_id: String(event.credit_account_id),
    amount: String(event.transfer_amount),
    amount_posted: '0',
    ledger: event.ledger,
    code: event.transfer_code,
    state: 'open',
    created: String(timestamp),
    created_at: timeText(timestamp),
    expires_at: timeout === 0 ? null : timeText(timestamp + BigInt(timeout) * NANOSECONDS),
    ...{ ended: null, ended_at: null, ended_by: null },
  };
}

/** Undefined where the event ends no pending transfer. */
function endOf(event: ChangeEvent): Row | undefined {
  const at = { ended: String(event.timestamp), ended_at: timeText(event.timestamp) };
  switch (event.type) {
    case ChangeEventType.two_phase_posted:
    case ChangeEventType.two_phase_voided: {
      const isPosted = event.type === ChangeEventType.two_phase_posted;
      const id = String(event.transfer_pending_id);
      const amount_posted = isPosted ? String(event.transfer_amount) : '0';
      return { id, state: isPosted ? 'posted' : 'voided', amount_posted, ...at, ended_by: String(event.transfer_id) };
    }
    case ChangeEventType.two_phase_expired:
      return { id: String(event.transfer_id), state: 'expired', amount_posted: '0', ...at, ended_by: null };
    default:
      return undefined;
  }
}
