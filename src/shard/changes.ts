/** Change events of a shard, as callers know them. */
import { type ChangeEvent, ChangeEventType, type Transfer, TransferFlags } from '../model/index.ts';
import { isReserved } from './ids.ts';

/** The transfer that an event is about. */
export function transferOf(event: ChangeEvent): Transfer {
  return {
    id: event.transfer_id,
    debit_account_id: event.debit_account_id,
    credit_account_id: event.credit_account_id,
    amount: event.transfer_amount,
    pending_id: event.transfer_pending_id,
    user_data_128: event.transfer_user_data_128,
    user_data_64: event.transfer_user_data_64,
    user_data_32: event.transfer_user_data_32,
    timeout: event.transfer_timeout,
    ledger: event.ledger,
    code: event.transfer_code,
    flags: event.transfer_flags,
    timestamp: event.timestamp,
  };
}

/**
 * The event with the transfer that callers know. The account on the other shard is named; its balances are told by the
 * event of its own side, and are zero here.
 */
export function changeOf(event: ChangeEvent, transfer: Transfer): ChangeEvent {
  const { debit_account_id, credit_account_id } = event;
  if (!isReserved(debit_account_id) && !isReserved(credit_account_id)) return event;
  const side = isReserved(debit_account_id) ? 'debit_account' : 'credit_account';
  const hidden: [string, unknown][] = Object.entries(event).map(([name, value]) => {
    if (!name.startsWith(side)) return [name, value];
    return [name, typeof value === 'bigint' ? 0n : 0];
  });
  return {
    ...(Object.fromEntries(hidden) as unknown as ChangeEvent),
    transfer_id: transfer.id,
    transfer_amount: transfer.amount,
    transfer_pending_id: transfer.pending_id,
    transfer_user_data_128: transfer.user_data_128,
    transfer_user_data_64: transfer.user_data_64,
    transfer_user_data_32: transfer.user_data_32,
    transfer_timeout: transfer.timeout,
    transfer_flags: transfer.flags,
    type: event.type === ChangeEventType.two_phase_expired ? event.type : typeOf(transfer.flags),
    debit_account_id: transfer.debit_account_id,
    credit_account_id: transfer.credit_account_id,
  };
}

function typeOf(flags: number): ChangeEventType {
  if ((flags & TransferFlags.pending) !== 0) return ChangeEventType.two_phase_pending;
  if ((flags & TransferFlags.post_pending_transfer) !== 0) return ChangeEventType.two_phase_posted;
  if ((flags & TransferFlags.void_pending_transfer) !== 0) return ChangeEventType.two_phase_voided;
  return ChangeEventType.single_phase;
}
