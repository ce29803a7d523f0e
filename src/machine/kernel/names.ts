/** Names that the record schema lacks: the header cell and the kinds of entries (docs/internals/formats.md). */

import { CreateTransferStatus } from "./gen";

// Header cell
export const H_OP: usize = 8;
export const H_TIMESTAMP: usize = 16;
export const H_CELL: usize = 24;
export const H_COUNT: usize = 52;
export const H_CELLS: usize = 56;
export const H_OPERATION: usize = 60;

export const TIMESTAMP_MAX: u64 = 0x7fffffffffffffff;

// Kinds of entries
export const KIND_SINGLE: u32 = 0;
export const KIND_PENDING: u32 = 1;
export const KIND_POSTED: u32 = 2;
export const KIND_VOIDED: u32 = 3;
export const KIND_EXPIRED: u32 = 4;
export const KIND_FAILED: u32 = 5;

/** Statuses that depend on the moment, not on the event: they burn the transfer's id. */
@inline export function isTransient(status: CreateTransferStatus): bool {
  switch (status) {
    case CreateTransferStatus.debit_account_not_found:
    case CreateTransferStatus.credit_account_not_found:
    case CreateTransferStatus.pending_transfer_not_found:
    case CreateTransferStatus.exceeds_credits:
    case CreateTransferStatus.exceeds_debits:
    case CreateTransferStatus.debit_account_already_closed:
    case CreateTransferStatus.credit_account_already_closed:
      return true;
    default:
      return false;
  }
}
