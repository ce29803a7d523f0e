/** The second phase of a pending transfer: it is posted, in part or in whole, or voided. */
import * as batch from "./batch";
import { keepUndone, regresses } from "./before";
import { copy128, copy32 } from "./copy";
import { appendTransfer, rowAt } from "./entries";
import { has } from "./flags";
import * as g from "./gen";
import { Account, CreateTransferStatus as Status, Pending, Transfer } from "./gen";
import { resolutionOf } from "./host";
import { foundBurnt, locate } from "./ids";
import * as m from "./memory";
import { findPending, resolve } from "./pendings";
import { account, pending } from "./rows";
import { addTo, equal, greater, isMax, isZero, takeFrom } from "./u128";
import * as undo from "./undo";

/** With which a transfer cannot end a pending one. */
const FIRST_PHASE: u32 =
  g.TRANSFER_FLAG_PENDING |
  g.TRANSFER_FLAG_BALANCING_DEBIT |
  g.TRANSFER_FLAG_BALANCING_CREDIT |
  g.TRANSFER_FLAG_CLOSING_DEBIT |
  g.TRANSFER_FLAG_CLOSING_CREDIT;

let endedLo: u64 = 0;
let endedHi: u64 = 0;

export function endPending(t: Transfer, index: u32, at: u64, slotTimestamp: u64): Status {
  const isPost = has(t, g.TRANSFER_FLAG_POST_PENDING_TRANSFER);
  const fields = checkFields(t, isPost);
  if (fields != Status.created) return fields;
  const place = findPending(t.pending_id_lo, t.pending_id_hi);
  const p = place != 0 ? pending(place) : changetype<Pending>(locate(t.pending_id_lo, t.pending_id_hi, m.COLD));
  if (place == 0) {
    if (changetype<usize>(p) == 0 || foundBurnt) return Status.pending_transfer_not_found;
    if (!has(p, g.TRANSFER_FLAG_PENDING)) return Status.pending_transfer_not_pending;
  }
  const same = checkSame(t, p);
  if (same != Status.created) return same;
  const amount = checkAmount(t, p, isPost);
  if (amount != Status.created) return amount;
  const ended = checkOpen(t, place, slotTimestamp);
  if (ended != Status.created) return ended;
  if (has(t, g.TRANSFER_FLAG_IMPORTED) && regresses(at)) {
    return Status.imported_event_timestamp_must_not_regress;
  }
  if (isPost) {
    if (isClosed(p.debit)) return Status.debit_account_already_closed;
    if (isClosed(p.credit)) return Status.credit_account_already_closed;
  }
  storeEnd(t, index, at, place, isPost, endedLo, endedHi);
  return Status.created;
}

@inline function isClosed(place: u32): bool {
  return ((changetype<Account>(account(place)).flags as u32) & g.ACCOUNT_FLAG_CLOSED) != 0;
}

/** Checks the event by itself. */
@inline function checkFields(t: Transfer, isPost: bool): Status {
  const both = isPost && has(t, g.TRANSFER_FLAG_VOID_PENDING_TRANSFER);
  if (both || has(t, FIRST_PHASE)) return Status.flags_are_mutually_exclusive;
  if (isZero(t.pending_id_lo, t.pending_id_hi)) return Status.pending_id_must_not_be_zero;
  if (isMax(t.pending_id_lo, t.pending_id_hi)) return Status.pending_id_must_not_be_int_max;
  if (equal(t.pending_id_lo, t.pending_id_hi, t.id_lo, t.id_hi)) return Status.pending_id_must_be_different;
  if (t.timeout != 0) return Status.timeout_reserved_for_pending_transfer;
  return Status.created;
}

/**
 * Fields that the event repeats must equal those of the pending transfer `p`; fields that it leaves out come from `p`.
 */
@inline function checkSame(t: Transfer, p: Transfer): Status {
  const drLo = t.debit_account_id_lo, drHi = t.debit_account_id_hi;
  const crLo = t.credit_account_id_lo, crHi = t.credit_account_id_hi;
  if (!isZero(drLo, drHi) && !equal(drLo, drHi, p.debit_account_id_lo, p.debit_account_id_hi)) {
    return Status.pending_transfer_has_different_debit_account_id;
  }
  if (!isZero(crLo, crHi) && !equal(crLo, crHi, p.credit_account_id_lo, p.credit_account_id_hi)) {
    return Status.pending_transfer_has_different_credit_account_id;
  }
  if (t.ledger != 0 && t.ledger != p.ledger) return Status.pending_transfer_has_different_ledger;
  if (t.code != 0 && t.code != p.code) return Status.pending_transfer_has_different_code;
  return Status.created;
}

/** Leaves what is posted or voided in `ended`: all of it for a post of the maximum and a void of nothing. */
@inline function checkAmount(t: Transfer, p: Transfer, isPost: bool): Status {
  const whole = isPost ? isMax(t.amount_lo, t.amount_hi) : isZero(t.amount_lo, t.amount_hi);
  endedLo = whole ? p.amount_lo : t.amount_lo;
  endedHi = whole ? p.amount_hi : t.amount_hi;
  if (greater(endedLo, endedHi, p.amount_lo, p.amount_hi)) return Status.exceeds_pending_transfer_amount;
  if (!isPost && greater(p.amount_lo, p.amount_hi, endedLo, endedHi)) {
    return Status.pending_transfer_has_different_amount;
  }
  return Status.created;
}

/** Whether the pending transfer, whose record is at `place` if that is not 0, can still be ended. */
@inline function checkOpen(t: Transfer, place: u32, slotTimestamp: u64): Status {
  switch (place != 0 ? pending(place).state : resolutionOf(t.pending_id_lo, t.pending_id_hi)) {
    case g.KIND_POSTED:
      return Status.pending_transfer_already_posted;
    case g.KIND_VOIDED:
      return Status.pending_transfer_already_voided;
    case g.KIND_EXPIRED:
      return Status.pending_transfer_expired;
    default:
      assert(place != 0); // Every open pending transfer is in the slab.
  }
  const expires = pending(place).expires;
  return expires != 0 && expires <= slotTimestamp ? Status.pending_transfer_expired : Status.created;
}

/** Everything was checked: what was reserved is given back, and what is posted moves. */
@inline function storeEnd(t: Transfer, index: u32, at: u64, place: u32, isPost: bool, lo: u64, hi: u64): void {
  const p = pending(place);
  const dr = account(p.debit), cr = account(p.credit);
  assert(p.state == g.KIND_PENDING && at > p.timestamp);
  assert(!greater(lo, hi, p.amount_lo, p.amount_hi));
  const entry = keepUndone(p.debit, p.credit);
  if (undo.open) undo.keepResolved(place);
  const row = rowAt(entry);
  copy128(row, changetype<usize>(t));
  copy32(row + g.TRANSFER_DEBIT_ACCOUNT_ID, changetype<usize>(p) + g.TRANSFER_DEBIT_ACCOUNT_ID);
  const stored = changetype<Transfer>(row);
  stored.amount_lo = lo;
  stored.amount_hi = hi;
  inherit(stored, p);
  stored.timestamp = at;
  m.state.transfers_timestamp_max = at;
  batch.answerWith(at);
  takeFrom(dr + g.ACCOUNT_DEBITS_PENDING, p.amount_lo, p.amount_hi);
  takeFrom(cr + g.ACCOUNT_CREDITS_PENDING, p.amount_lo, p.amount_hi);
  if (isPost) {
    addTo(dr + g.ACCOUNT_DEBITS_POSTED, lo, hi);
    addTo(cr + g.ACCOUNT_CREDITS_POSTED, lo, hi);
  } else reopen(p, dr, cr);
  resolve(place, isPost ? g.KIND_POSTED : g.KIND_VOIDED);
  appendTransfer(isPost ? g.KIND_POSTED : g.KIND_VOIDED, index, dr, cr, true, p.entry);
}

/** Fields that a post or void leaves out come from its pending transfer. */
@inline function inherit(stored: Transfer, p: Transfer): void {
  if (isZero(stored.user_data_128_lo, stored.user_data_128_hi)) {
    stored.user_data_128_lo = p.user_data_128_lo;
    stored.user_data_128_hi = p.user_data_128_hi;
  }
  if (stored.user_data_64 == 0) stored.user_data_64 = p.user_data_64;
  if (stored.user_data_32 == 0) stored.user_data_32 = p.user_data_32;
  stored.ledger = p.ledger;
  stored.code = p.code;
}

/** A closing transfer that ends without being posted opens its accounts again. */
@inline export function reopen(p: Transfer, dr: usize, cr: usize): void {
  if (has(p, g.TRANSFER_FLAG_CLOSING_DEBIT)) open(changetype<Account>(dr));
  if (has(p, g.TRANSFER_FLAG_CLOSING_CREDIT)) open(changetype<Account>(cr));
}

@inline function open(a: Account): void {
  a.flags = ((a.flags as u32) & ~g.ACCOUNT_FLAG_CLOSED) as u16;
}
