/** Change events of a shard, as callers know them. */
import { type Account, type ChangeEvent, ChangeEventType, type Transfer, TransferFlags } from '../model/index.ts';

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

/** The event of a transfer to another shard, with the account there in the bridge's place. */
export function changeOf(event: ChangeEvent, transfer: Transfer, credit: Account | undefined): ChangeEvent {
  return {
    ...event,
    transfer_flags: transfer.flags,
    type: event.type === ChangeEventType.two_phase_expired ? event.type : typeOf(transfer.flags),
    credit_account_id: transfer.credit_account_id,
    credit_account_debits_pending: credit?.debits_pending ?? 0n,
    credit_account_debits_posted: credit?.debits_posted ?? 0n,
    credit_account_credits_pending: credit?.credits_pending ?? 0n,
    credit_account_credits_posted: credit?.credits_posted ?? 0n,
    credit_account_user_data_128: credit?.user_data_128 ?? 0n,
    credit_account_user_data_64: credit?.user_data_64 ?? 0n,
    credit_account_user_data_32: credit?.user_data_32 ?? 0,
    credit_account_code: credit?.code ?? 0,
    credit_account_flags: credit?.flags ?? 0,
    credit_account_timestamp: credit?.timestamp ?? 0n,
  };
}

function typeOf(flags: number): ChangeEventType {
  if ((flags & TransferFlags.pending) !== 0) return ChangeEventType.two_phase_pending;
  if ((flags & TransferFlags.post_pending_transfer) !== 0) return ChangeEventType.two_phase_posted;
  if ((flags & TransferFlags.void_pending_transfer) !== 0) return ChangeEventType.two_phase_voided;
  return ChangeEventType.single_phase;
}
