/** How much may move: the amount of a balancing transfer, and what balances and accounts allow. */
import { has } from "./flags";
import * as g from "./gen";
import { Account, CreateTransferStatus as Status, Transfer } from "./gen";
import { borrowOf, carryOf, greater, sumOverflows } from "./u128";

const NANOSECONDS: u64 = 1_000_000_000;

export let balancedLo: u64 = 0;
export let balancedHi: u64 = 0;

/** The amount of a balancing transfer: no more than what the account asked for has left. */
export function balance(t: Transfer, dr: Account, cr: Account): void {
  balancedLo = t.amount_lo;
  balancedHi = t.amount_hi;
  if (has(t, g.TRANSFER_FLAG_BALANCING_DEBIT)) {
    const usedLo = dr.debits_pending_lo + dr.debits_posted_lo;
    const usedHi = dr.debits_pending_hi + dr.debits_posted_hi + carryOf(dr.debits_pending_lo, dr.debits_posted_lo);
    atMostRest(dr.credits_posted_lo, dr.credits_posted_hi, usedLo, usedHi);
  }
  if (has(t, g.TRANSFER_FLAG_BALANCING_CREDIT)) {
    const usedLo = cr.credits_pending_lo + cr.credits_posted_lo;
    const usedHi = cr.credits_pending_hi + cr.credits_posted_hi + carryOf(cr.credits_pending_lo, cr.credits_posted_lo);
    atMostRest(cr.debits_posted_lo, cr.debits_posted_hi, usedLo, usedHi);
  }
  assert(!greater(balancedLo, balancedHi, t.amount_lo, t.amount_hi));
}

/** Lowers the balanced amount to what `used` leaves of `all`; to nothing where it is more. */
@inline function atMostRest(allLo: u64, allHi: u64, usedLo: u64, usedHi: u64): void {
  const some = greater(allLo, allHi, usedLo, usedHi);
  const restLo = some ? allLo - usedLo : 0;
  const restHi = some ? allHi - usedHi - borrowOf(allLo, usedLo) : 0;
  if (!greater(balancedLo, balancedHi, restLo, restHi)) return;
  balancedLo = restLo;
  balancedHi = restHi;
}

/** Whether the amount fits the balances, and what the accounts allow. */
@inline export function checkLimits(t: Transfer, dr: Account, cr: Account, lo: u64, hi: u64, at: u64): Status {
  const drPendingLo = dr.debits_pending_lo, drPendingHi = dr.debits_pending_hi;
  const drPostedLo = dr.debits_posted_lo, drPostedHi = dr.debits_posted_hi;
  const crPendingLo = cr.credits_pending_lo, crPendingHi = cr.credits_pending_hi;
  const crPostedLo = cr.credits_posted_lo, crPostedHi = cr.credits_posted_hi;
  // The sums cannot overflow: overflows_debits and overflows_credits keep them below 2^128.
  const drLo = drPendingLo + drPostedLo, drHi = drPendingHi + drPostedHi + carryOf(drPendingLo, drPostedLo);
  const crLo = crPendingLo + crPostedLo, crHi = crPendingHi + crPostedHi + carryOf(crPendingLo, crPostedLo);
  if (has(t, g.TRANSFER_FLAG_PENDING)) {
    if (sumOverflows(lo, hi, drPendingLo, drPendingHi)) return Status.overflows_debits_pending;
    if (sumOverflows(lo, hi, crPendingLo, crPendingHi)) return Status.overflows_credits_pending;
  }
  if (sumOverflows(lo, hi, drPostedLo, drPostedHi)) return Status.overflows_debits_posted;
  if (sumOverflows(lo, hi, crPostedLo, crPostedHi)) return Status.overflows_credits_posted;
  if (sumOverflows(lo, hi, drLo, drHi)) return Status.overflows_debits;
  if (sumOverflows(lo, hi, crLo, crHi)) return Status.overflows_credits;
  if (t.timeout != 0 && at + (t.timeout as u64) * NANOSECONDS > g.TIMESTAMP_MAX) return Status.overflows_timeout;
  if (((dr.flags as u32) & g.ACCOUNT_FLAG_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0) {
    const sumHi = drHi + hi + carryOf(lo, drLo);
    if (greater(drLo + lo, sumHi, dr.credits_posted_lo, dr.credits_posted_hi)) return Status.exceeds_credits;
  }
  if (((cr.flags as u32) & g.ACCOUNT_FLAG_CREDITS_MUST_NOT_EXCEED_DEBITS) != 0) {
    const sumHi = crHi + hi + carryOf(lo, crLo);
    if (greater(crLo + lo, sumHi, cr.debits_posted_lo, cr.debits_posted_hi)) return Status.exceeds_debits;
  }
  return Status.created;
}
