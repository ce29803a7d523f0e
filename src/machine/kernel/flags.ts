/** Flags of transfers, and those that are asked about together. */
import * as g from "./gen";
import { Transfer } from "./gen";

export const ENDS_PENDING: u32 = g.TRANSFER_FLAG_POST_PENDING_TRANSFER | g.TRANSFER_FLAG_VOID_PENDING_TRANSFER;
export const BALANCING: u32 = g.TRANSFER_FLAG_BALANCING_DEBIT | g.TRANSFER_FLAG_BALANCING_CREDIT;
export const CLOSING: u32 = g.TRANSFER_FLAG_CLOSING_DEBIT | g.TRANSFER_FLAG_CLOSING_CREDIT;

/** Whether the transfer has one of these flags. */
@inline export function has(t: Transfer, flags: u32): bool {
  return ((t.flags as u32) & flags) != 0;
}
