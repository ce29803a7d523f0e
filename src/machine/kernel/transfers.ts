/**
 * create_transfers. One pass loads every cache line that the batch will need, so that the misses overlap; the second executes the events in
 * order. Checks come in the fixed order of docs/reference/statuses.md: the first that fails names the status.
 */
import { copy128, copy32 } from "./copy";
import * as g from "./gen";
import { account, accountAt, findAccount } from "./accounts";
import { appendBurnt, appendTransfer, beginBatch, breakSpan, entryCount, rowAt } from "./entries";
import { resolutionOf } from "./host";
import { currentTable, foundBurnt, insert, locate, previousTable, touchId } from "./ids";
import { beforeAccount } from "./image";
import * as m from "./memory";
import * as n from "./names";
import { findPending, makePending, P_CREDIT, P_DEBIT, P_ENTRY, P_EXPIRES, P_STATE, pending, resolve, touchPending } from "./pendings";
import * as undo from "./undo";

/** The timestamp that goes with the status just returned: the stored one for created and exists. */
let resultTimestamp: u64 = 0;
/** The batch's first event decides. */
let batchImported: bool = false;
let batchTimestamp: u64 = 0;

@inline function isMax(lo: u64, hi: u64): bool {
  return (lo & hi) == m.U64_MAX;
}

/** a + b > 2^128 - 1 */
@inline function sumOverflows(aLo: u64, aHi: u64, bLo: u64, bHi: u64): bool {
  const hi = aHi + bHi;
  const carry: u64 = aLo + bLo < aLo ? 1 : 0;
  return hi < aHi || hi + carry < hi;
}

@inline function greater(aLo: u64, aHi: u64, bLo: u64, bHi: u64): bool {
  return aHi > bHi || (aHi == bHi && aLo > bLo);
}

@inline function addTo(at: usize, lo: u64, hi: u64): void {
  const before = load<u64>(at);
  const sum = before + lo;
  store<u64>(at, sum);
  store<u64>(at, load<u64>(at, 8) + hi + (sum < before ? 1 : 0), 8);
}

@inline function takeFrom(at: usize, lo: u64, hi: u64): void {
  const before = load<u64>(at);
  store<u64>(at, before - lo);
  store<u64>(at, load<u64>(at, 8) - hi - (before < lo ? 1 : 0), 8);
}

@inline function differs128(a: usize, b: usize): bool {
  return load<u64>(a) != load<u64>(b) || load<u64>(a, 8) != load<u64>(b, 8);
}

@inline function isZero128(at: usize): bool {
  return (load<u64>(at) | load<u64>(at, 8)) == 0;
}

/** Returns the reply's size. */
export function createTransfers(header: usize, reply: usize): u32 {
  const count = load<u32>(header, n.H_COUNT);
  const body = header + m.CELL;
  batchTimestamp = load<u64>(header, n.H_TIMESTAMP);
  beginBatch(load<u64>(header, n.H_CELL) + 1);
  touch(body, count);
  batchImported = count > 0 && ((load<u16>(body, g.TRANSFER_FLAGS) as u32) & g.TRANSFER_FLAG_IMPORTED) != 0;
  let chainStart: i32 = -1;
  let chainBroken = false;
  for (let i: u32 = 0; i < count; i++) {
    const event = body + ((i as usize) << 7);
    const flags = load<u16>(event, g.TRANSFER_FLAGS) as u32;
    const timestamp = batchTimestamp - (count as u64) + (i as u64) + 1;
    const linked = (flags & g.FLAG_LINKED) != 0;
    resultTimestamp = timestamp;
    let status: u32;
    if (linked && chainStart < 0) {
      chainStart = i;
      chainBroken = false;
      undo.begin();
    }
    if (linked && i == count - 1) status = g.TRANSFER_STATUS_LINKED_EVENT_CHAIN_OPEN;
    else if (chainBroken) status = g.TRANSFER_STATUS_LINKED_EVENT_FAILED;
    else status = createTransfer(event, i, flags, timestamp);
    const result = reply + ((i as usize) << 4);
    store<u64>(result, resultTimestamp);
    store<u64>(result, status as u64, 8);
    if (status != g.TRANSFER_STATUS_CREATED) {
      if (chainStart >= 0 && !chainBroken) {
        chainBroken = true;
        undo.rollback();
        breakSpan();
        for (let k = chainStart as u32; k < i; k++) store<u32>(reply + ((k as usize) << 4), g.TRANSFER_STATUS_LINKED_EVENT_FAILED, 8);
      }
      if (n.isTransient(status)) burn(event, i, timestamp, status);
    }
    if (chainStart >= 0 && (!linked || i == count - 1)) {
      undo.end();
      chainStart = -1;
      chainBroken = false;
    }
  }
  return count << 4;
}

/** Sums what it loads so that the loads are not optimised away; keeps both accounts' places, which no transfer can change. */
function touch(body: usize, count: u32): void {
  let sum: u64 = 0;
  const current = currentTable(), previous = previousTable();
  for (let i: u32 = 0; i < count; i++) {
    const event = body + ((i as usize) << 7);
    sum += touchId(current, load<u64>(event), load<u64>(event, 8)) + touchId(previous, load<u64>(event), load<u64>(event, 8));
    const slots = m.SLOTS + ((i as usize) << 3);
    const debit = findAccount(load<u64>(event, g.TRANSFER_DEBIT_ACCOUNT_ID), load<u64>(event, g.TRANSFER_DEBIT_ACCOUNT_ID + 8));
    const credit = findAccount(load<u64>(event, g.TRANSFER_CREDIT_ACCOUNT_ID), load<u64>(event, g.TRANSFER_CREDIT_ACCOUNT_ID + 8));
    store<u32>(slots, debit);
    store<u32>(slots, credit, 4);
    // A row is two cache lines: ids and most balances, the last balance and the rest.
    const dr = account(debit), cr = account(credit);
    sum += load<u64>(dr) + load<u64>(dr, g.ACCOUNT_TIMESTAMP) + load<u64>(cr) + load<u64>(cr, g.ACCOUNT_TIMESTAMP);
    if (((load<u16>(event, g.TRANSFER_FLAGS) as u32) & (g.TRANSFER_FLAG_POST_PENDING_TRANSFER | g.TRANSFER_FLAG_VOID_PENDING_TRANSFER)) != 0) sum += touchPending(load<u64>(event, g.TRANSFER_PENDING_ID), load<u64>(event, g.TRANSFER_PENDING_ID + 8));
  }
  store<u64>(m.COLD, sum);
}

/** A transient status uses the id up, outside of any chain. */
function burn(event: usize, index: u32, timestamp: u64, status: u32): void {
  locate(load<u64>(event), load<u64>(event, 8), m.COLD);
  insert(entryCount(), true);
  appendBurnt(event, index, batchImported ? load<u64>(m.STATE, m.S_TRANSFERS_TIMESTAMP_MAX) : timestamp, status);
}

function createTransfer(t: usize, index: u32, flags: u32, slotTimestamp: u64): u32 {
  const timestamp = load<u64>(t, g.TRANSFER_TIMESTAMP);
  const imported = (flags & g.TRANSFER_FLAG_IMPORTED) != 0;
  if (imported != batchImported) return imported ? g.TRANSFER_STATUS_IMPORTED_EVENT_NOT_EXPECTED : g.TRANSFER_STATUS_IMPORTED_EVENT_EXPECTED;
  if (imported) {
    if (timestamp == 0 || timestamp > n.TIMESTAMP_MAX) return g.TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE;
    if (timestamp >= batchTimestamp) return g.TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE;
  } else if (timestamp != 0) return g.TRANSFER_STATUS_TIMESTAMP_MUST_BE_ZERO;
  if ((flags & g.TRANSFER_FLAGS_RESERVED) != 0) return g.TRANSFER_STATUS_RESERVED_FLAG;
  const idLo = load<u64>(t), idHi = load<u64>(t, 8);
  if ((idLo | idHi) == 0) return g.TRANSFER_STATUS_ID_MUST_NOT_BE_ZERO;
  if (isMax(idLo, idHi)) return g.TRANSFER_STATUS_ID_MUST_NOT_BE_INT_MAX;
  const existing = locate(idLo, idHi, m.COLD);
  if (existing != 0) return foundBurnt ? g.TRANSFER_STATUS_ID_ALREADY_FAILED : compareExisting(t, flags, existing);
  const at = imported ? timestamp : slotTimestamp;
  if ((flags & (g.TRANSFER_FLAG_POST_PENDING_TRANSFER | g.TRANSFER_FLAG_VOID_PENDING_TRANSFER)) != 0) return endPending(t, index, flags, at, slotTimestamp);

  const drLo = load<u64>(t, g.TRANSFER_DEBIT_ACCOUNT_ID), drHi = load<u64>(t, g.TRANSFER_DEBIT_ACCOUNT_ID + 8);
  const crLo = load<u64>(t, g.TRANSFER_CREDIT_ACCOUNT_ID), crHi = load<u64>(t, g.TRANSFER_CREDIT_ACCOUNT_ID + 8);
  if ((drLo | drHi) == 0) return g.TRANSFER_STATUS_DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
  if (isMax(drLo, drHi)) return g.TRANSFER_STATUS_DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
  if ((crLo | crHi) == 0) return g.TRANSFER_STATUS_CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
  if (isMax(crLo, crHi)) return g.TRANSFER_STATUS_CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
  if (drLo == crLo && drHi == crHi) return g.TRANSFER_STATUS_ACCOUNTS_MUST_BE_DIFFERENT;
  if (!isZero128(t + g.TRANSFER_PENDING_ID)) return g.TRANSFER_STATUS_PENDING_ID_MUST_BE_ZERO;
  const timeout = load<u32>(t, g.TRANSFER_TIMEOUT);
  if ((flags & g.TRANSFER_FLAG_PENDING) == 0) {
    if (timeout != 0) return g.TRANSFER_STATUS_TIMEOUT_RESERVED_FOR_PENDING_TRANSFER;
    if ((flags & (g.TRANSFER_FLAG_CLOSING_DEBIT | g.TRANSFER_FLAG_CLOSING_CREDIT)) != 0) return g.TRANSFER_STATUS_CLOSING_TRANSFER_MUST_BE_PENDING;
  }
  const ledger = load<u32>(t, g.TRANSFER_LEDGER);
  if (ledger == 0) return g.TRANSFER_STATUS_LEDGER_MUST_NOT_BE_ZERO;
  if (load<u16>(t, g.TRANSFER_CODE) == 0) return g.TRANSFER_STATUS_CODE_MUST_NOT_BE_ZERO;
  const slots = m.SLOTS + ((index as usize) << 3);
  const drPlace = load<u32>(slots), crPlace = load<u32>(slots, 4);
  if (drPlace == 0) return g.TRANSFER_STATUS_DEBIT_ACCOUNT_NOT_FOUND;
  if (crPlace == 0) return g.TRANSFER_STATUS_CREDIT_ACCOUNT_NOT_FOUND;
  const dr = account(drPlace), cr = account(crPlace);
  if (load<u32>(dr, g.TRANSFER_LEDGER) != load<u32>(cr, g.TRANSFER_LEDGER)) return g.TRANSFER_STATUS_ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
  if (ledger != load<u32>(dr, g.TRANSFER_LEDGER)) return g.TRANSFER_STATUS_TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS;
  if (imported) {
    if (regresses(timestamp)) return g.TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
    if (timestamp <= load<u64>(dr, g.TRANSFER_TIMESTAMP)) return g.TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_DEBIT_ACCOUNT;
    if (timestamp <= load<u64>(cr, g.TRANSFER_TIMESTAMP)) return g.TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_CREDIT_ACCOUNT;
    if (timeout != 0) return g.TRANSFER_STATUS_IMPORTED_EVENT_TIMEOUT_MUST_BE_ZERO;
  }
  const drFlags = load<u16>(dr, g.TRANSFER_FLAGS) as u32, crFlags = load<u16>(cr, g.TRANSFER_FLAGS) as u32;
  if ((drFlags & g.ACCOUNT_FLAG_CLOSED) != 0) return g.TRANSFER_STATUS_DEBIT_ACCOUNT_ALREADY_CLOSED;
  if ((crFlags & g.ACCOUNT_FLAG_CLOSED) != 0) return g.TRANSFER_STATUS_CREDIT_ACCOUNT_ALREADY_CLOSED;

  let lo = load<u64>(t, g.TRANSFER_AMOUNT), hi = load<u64>(t, g.TRANSFER_AMOUNT + 8);
  const drPendingLo = load<u64>(dr, g.ACCOUNT_DEBITS_PENDING), drPendingHi = load<u64>(dr, g.ACCOUNT_DEBITS_PENDING + 8);
  const drPostedLo = load<u64>(dr, g.ACCOUNT_DEBITS_POSTED), drPostedHi = load<u64>(dr, g.ACCOUNT_DEBITS_POSTED + 8);
  const crPendingLo = load<u64>(cr, g.ACCOUNT_CREDITS_PENDING), crPendingHi = load<u64>(cr, g.ACCOUNT_CREDITS_PENDING + 8);
  const crPostedLo = load<u64>(cr, g.ACCOUNT_CREDITS_POSTED), crPostedHi = load<u64>(cr, g.ACCOUNT_CREDITS_POSTED + 8);
  // The sums cannot overflow: overflows_debits and overflows_credits keep them below 2^128.
  const drLoSum = drPendingLo + drPostedLo, drHiSum = drPendingHi + drPostedHi + (drLoSum < drPendingLo ? 1 : 0);
  const crLoSum = crPendingLo + crPostedLo, crHiSum = crPendingHi + crPostedHi + (crLoSum < crPendingLo ? 1 : 0);
  if ((flags & g.TRANSFER_FLAG_BALANCING_DEBIT) != 0) {
    const upLo = load<u64>(dr, g.ACCOUNT_CREDITS_POSTED), upHi = load<u64>(dr, g.ACCOUNT_CREDITS_POSTED + 8);
    const some = greater(upLo, upHi, drLoSum, drHiSum);
    const roomLo = some ? upLo - drLoSum : 0, roomHi = some ? upHi - drHiSum - (upLo < drLoSum ? 1 : 0) : 0;
    if (greater(lo, hi, roomLo, roomHi)) {
      lo = roomLo;
      hi = roomHi;
    }
  }
  if ((flags & g.TRANSFER_FLAG_BALANCING_CREDIT) != 0) {
    const upLo = load<u64>(cr, g.ACCOUNT_DEBITS_POSTED), upHi = load<u64>(cr, g.ACCOUNT_DEBITS_POSTED + 8);
    const some = greater(upLo, upHi, crLoSum, crHiSum);
    const roomLo = some ? upLo - crLoSum : 0, roomHi = some ? upHi - crHiSum - (upLo < crLoSum ? 1 : 0) : 0;
    if (greater(lo, hi, roomLo, roomHi)) {
      lo = roomLo;
      hi = roomHi;
    }
  }
  const isPending = (flags & g.TRANSFER_FLAG_PENDING) != 0;
  if (isPending) {
    if (sumOverflows(lo, hi, drPendingLo, drPendingHi)) return g.TRANSFER_STATUS_OVERFLOWS_DEBITS_PENDING;
    if (sumOverflows(lo, hi, crPendingLo, crPendingHi)) return g.TRANSFER_STATUS_OVERFLOWS_CREDITS_PENDING;
  }
  if (sumOverflows(lo, hi, drPostedLo, drPostedHi)) return g.TRANSFER_STATUS_OVERFLOWS_DEBITS_POSTED;
  if (sumOverflows(lo, hi, crPostedLo, crPostedHi)) return g.TRANSFER_STATUS_OVERFLOWS_CREDITS_POSTED;
  if (sumOverflows(lo, hi, drLoSum, drHiSum)) return g.TRANSFER_STATUS_OVERFLOWS_DEBITS;
  if (sumOverflows(lo, hi, crLoSum, crHiSum)) return g.TRANSFER_STATUS_OVERFLOWS_CREDITS;
  if (timeout != 0 && at + (timeout as u64) * 1000000000 > n.TIMESTAMP_MAX) return g.TRANSFER_STATUS_OVERFLOWS_TIMEOUT;
  if ((drFlags & g.ACCOUNT_FLAG_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0) {
    const sum = drLoSum + lo;
    if (greater(sum, drHiSum + hi + (sum < lo ? 1 : 0), load<u64>(dr, g.ACCOUNT_CREDITS_POSTED), load<u64>(dr, g.ACCOUNT_CREDITS_POSTED + 8))) return g.TRANSFER_STATUS_EXCEEDS_CREDITS;
  }
  if ((crFlags & g.ACCOUNT_FLAG_CREDITS_MUST_NOT_EXCEED_DEBITS) != 0) {
    const sum = crLoSum + lo;
    if (greater(sum, crHiSum + hi + (sum < lo ? 1 : 0), load<u64>(cr, g.ACCOUNT_DEBITS_POSTED), load<u64>(cr, g.ACCOUNT_DEBITS_POSTED + 8))) return g.TRANSFER_STATUS_EXCEEDS_DEBITS;
  }

  beforeAccount(dr);
  beforeAccount(cr);
  const entry = entryCount();
  const slot = insert(entry, false);
  if (undo.open) {
    undo.keepId(slot);
    undo.keepAccount(drPlace);
    undo.keepAccount(crPlace);
  }
  const row = rowAt(entry);
  copy128(row, t);
  store<u64>(row, at, g.TRANSFER_TIMESTAMP);
  store<u64>(row, lo, g.TRANSFER_AMOUNT);
  store<u64>(row, hi, g.TRANSFER_AMOUNT + 8);
  store<u64>(m.STATE, at, m.S_TRANSFERS_TIMESTAMP_MAX);
  resultTimestamp = at;
  if (isPending) {
    addTo(dr + g.ACCOUNT_DEBITS_PENDING, lo, hi);
    addTo(cr + g.ACCOUNT_CREDITS_PENDING, lo, hi);
    if ((flags & g.TRANSFER_FLAG_CLOSING_DEBIT) != 0) store<u16>(dr, ((load<u16>(dr, g.TRANSFER_FLAGS) as u32) | g.ACCOUNT_FLAG_CLOSED) as u16, g.TRANSFER_FLAGS);
    if ((flags & g.TRANSFER_FLAG_CLOSING_CREDIT) != 0) store<u16>(cr, ((load<u16>(cr, g.TRANSFER_FLAGS) as u32) | g.ACCOUNT_FLAG_CLOSED) as u16, g.TRANSFER_FLAGS);
    const place = makePending(row, entry, drPlace, crPlace);
    if (undo.open) undo.keepPending(place);
  } else {
    addTo(dr + g.ACCOUNT_DEBITS_POSTED, lo, hi);
    addTo(cr + g.ACCOUNT_CREDITS_POSTED, lo, hi);
  }
  const balancing = (flags & (g.TRANSFER_FLAG_BALANCING_DEBIT | g.TRANSFER_FLAG_BALANCING_CREDIT)) != 0;
  appendTransfer(isPending ? n.KIND_PENDING : n.KIND_SINGLE, index, dr, cr, balancing, m.U64_MAX);
  return g.TRANSFER_STATUS_CREATED;
}

function regresses(timestamp: u64): bool {
  return timestamp <= load<u64>(m.STATE, m.S_TRANSFERS_TIMESTAMP_MAX) || accountAt(timestamp);
}

/** Post or void of a pending transfer. */
function endPending(t: usize, index: u32, flags: u32, at: u64, slotTimestamp: u64): u32 {
  const isPost = (flags & g.TRANSFER_FLAG_POST_PENDING_TRANSFER) != 0;
  if ((isPost && (flags & g.TRANSFER_FLAG_VOID_PENDING_TRANSFER) != 0) || (flags & (g.TRANSFER_FLAG_PENDING | g.TRANSFER_FLAG_BALANCING_DEBIT | g.TRANSFER_FLAG_BALANCING_CREDIT | g.TRANSFER_FLAG_CLOSING_DEBIT | g.TRANSFER_FLAG_CLOSING_CREDIT)) != 0)
    return g.TRANSFER_STATUS_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
  const pendingLo = load<u64>(t, g.TRANSFER_PENDING_ID), pendingHi = load<u64>(t, g.TRANSFER_PENDING_ID + 8);
  if ((pendingLo | pendingHi) == 0) return g.TRANSFER_STATUS_PENDING_ID_MUST_NOT_BE_ZERO;
  if (isMax(pendingLo, pendingHi)) return g.TRANSFER_STATUS_PENDING_ID_MUST_NOT_BE_INT_MAX;
  if (pendingLo == load<u64>(t) && pendingHi == load<u64>(t, 8)) return g.TRANSFER_STATUS_PENDING_ID_MUST_BE_DIFFERENT;
  if (load<u32>(t, g.TRANSFER_TIMEOUT) != 0) return g.TRANSFER_STATUS_TIMEOUT_RESERVED_FOR_PENDING_TRANSFER;
  const place = findPending(pendingLo, pendingHi);
  let p: usize;
  if (place != 0) p = pending(place);
  else {
    p = locate(pendingLo, pendingHi, m.COLD);
    if (p == 0 || foundBurnt) return g.TRANSFER_STATUS_PENDING_TRANSFER_NOT_FOUND;
    if (((load<u16>(p, g.TRANSFER_FLAGS) as u32) & g.TRANSFER_FLAG_PENDING) == 0) return g.TRANSFER_STATUS_PENDING_TRANSFER_NOT_PENDING;
  }
  if (!isZero128(t + g.TRANSFER_DEBIT_ACCOUNT_ID) && differs128(t + g.TRANSFER_DEBIT_ACCOUNT_ID, p + g.TRANSFER_DEBIT_ACCOUNT_ID)) return g.TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID;
  if (!isZero128(t + g.TRANSFER_CREDIT_ACCOUNT_ID) && differs128(t + g.TRANSFER_CREDIT_ACCOUNT_ID, p + g.TRANSFER_CREDIT_ACCOUNT_ID)) return g.TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID;
  const ledger = load<u32>(t, g.TRANSFER_LEDGER), code = load<u16>(t, g.TRANSFER_CODE);
  if (ledger != 0 && ledger != load<u32>(p, g.TRANSFER_LEDGER)) return g.TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_LEDGER;
  if (code != 0 && code != load<u16>(p, g.TRANSFER_CODE)) return g.TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_CODE;
  const pLo = load<u64>(p, g.TRANSFER_AMOUNT), pHi = load<u64>(p, g.TRANSFER_AMOUNT + 8);
  let lo = load<u64>(t, g.TRANSFER_AMOUNT), hi = load<u64>(t, g.TRANSFER_AMOUNT + 8);
  if (isPost ? isMax(lo, hi) : (lo | hi) == 0) {
    lo = pLo;
    hi = pHi;
  }
  if (greater(lo, hi, pLo, pHi)) return g.TRANSFER_STATUS_EXCEEDS_PENDING_TRANSFER_AMOUNT;
  if (!isPost && greater(pLo, pHi, lo, hi)) return g.TRANSFER_STATUS_PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT;
  switch (place != 0 ? load<u32>(p, P_STATE) : resolutionOf(pendingLo, pendingHi)) {
    case n.KIND_POSTED:
      return g.TRANSFER_STATUS_PENDING_TRANSFER_ALREADY_POSTED;
    case n.KIND_VOIDED:
      return g.TRANSFER_STATUS_PENDING_TRANSFER_ALREADY_VOIDED;
    case n.KIND_EXPIRED:
      return g.TRANSFER_STATUS_PENDING_TRANSFER_EXPIRED;
    default:
      assert(place != 0); // Every open pending transfer is in the slab.
  }
  const expires = load<u64>(p, P_EXPIRES);
  if (expires != 0 && expires <= slotTimestamp) return g.TRANSFER_STATUS_PENDING_TRANSFER_EXPIRED;
  if ((flags & g.TRANSFER_FLAG_IMPORTED) != 0 && regresses(at)) return g.TRANSFER_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
  const drPlace = load<u32>(p, P_DEBIT), crPlace = load<u32>(p, P_CREDIT);
  const dr = account(drPlace), cr = account(crPlace);
  if (isPost) {
    if (((load<u16>(dr, g.TRANSFER_FLAGS) as u32) & g.ACCOUNT_FLAG_CLOSED) != 0) return g.TRANSFER_STATUS_DEBIT_ACCOUNT_ALREADY_CLOSED;
    if (((load<u16>(cr, g.TRANSFER_FLAGS) as u32) & g.ACCOUNT_FLAG_CLOSED) != 0) return g.TRANSFER_STATUS_CREDIT_ACCOUNT_ALREADY_CLOSED;
  }

  beforeAccount(dr);
  beforeAccount(cr);
  const entry = entryCount();
  const slot = insert(entry, false);
  if (undo.open) {
    undo.keepId(slot);
    undo.keepAccount(drPlace);
    undo.keepAccount(crPlace);
    undo.keepResolved(place);
  }
  const row = rowAt(entry);
  copy128(row, t);
  copy32(row + g.TRANSFER_DEBIT_ACCOUNT_ID, p + g.TRANSFER_DEBIT_ACCOUNT_ID);
  store<u64>(row, lo, g.TRANSFER_AMOUNT);
  store<u64>(row, hi, g.TRANSFER_AMOUNT + 8);
  if (isZero128(t + g.TRANSFER_USER_DATA_128)) memory.copy(row + g.TRANSFER_USER_DATA_128, p + g.TRANSFER_USER_DATA_128, 16);
  if (load<u64>(t, g.TRANSFER_USER_DATA_64) == 0) store<u64>(row, load<u64>(p, g.TRANSFER_USER_DATA_64), g.TRANSFER_USER_DATA_64);
  if (load<u32>(t, g.TRANSFER_USER_DATA_32) == 0) store<u32>(row, load<u32>(p, g.TRANSFER_USER_DATA_32), g.TRANSFER_USER_DATA_32);
  store<u32>(row, load<u32>(p, g.TRANSFER_LEDGER), g.TRANSFER_LEDGER);
  store<u16>(row, load<u16>(p, g.TRANSFER_CODE), g.TRANSFER_CODE);
  store<u64>(row, at, g.TRANSFER_TIMESTAMP);
  store<u64>(m.STATE, at, m.S_TRANSFERS_TIMESTAMP_MAX);
  resultTimestamp = at;
  takeFrom(dr + g.ACCOUNT_DEBITS_PENDING, pLo, pHi);
  takeFrom(cr + g.ACCOUNT_CREDITS_PENDING, pLo, pHi);
  if (isPost) {
    addTo(dr + g.ACCOUNT_DEBITS_POSTED, lo, hi);
    addTo(cr + g.ACCOUNT_CREDITS_POSTED, lo, hi);
  } else reopen(p, dr, cr);
  resolve(place, isPost ? n.KIND_POSTED : n.KIND_VOIDED);
  appendTransfer(isPost ? n.KIND_POSTED : n.KIND_VOIDED, index, dr, cr, true, load<u64>(p, P_ENTRY));
  return g.TRANSFER_STATUS_CREATED;
}

/** A closing transfer that ends without being posted opens its accounts again. */
@inline export function reopen(p: usize, dr: usize, cr: usize): void {
  const flags = load<u16>(p, g.TRANSFER_FLAGS) as u32;
  if ((flags & g.TRANSFER_FLAG_CLOSING_DEBIT) != 0) store<u16>(dr, ((load<u16>(dr, g.TRANSFER_FLAGS) as u32) & ~g.ACCOUNT_FLAG_CLOSED) as u16, g.TRANSFER_FLAGS);
  if ((flags & g.TRANSFER_FLAG_CLOSING_CREDIT) != 0) store<u16>(cr, ((load<u16>(cr, g.TRANSFER_FLAGS) as u32) & ~g.ACCOUNT_FLAG_CLOSED) as u16, g.TRANSFER_FLAGS);
}

/** The id exists: is the event the same? `e` is the stored transfer. */
function compareExisting(t: usize, flags: u32, e: usize): u32 {
  if (flags != load<u16>(e, g.TRANSFER_FLAGS) as u32) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_FLAGS;
  if (differs128(t + g.TRANSFER_PENDING_ID, e + g.TRANSFER_PENDING_ID)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_PENDING_ID;
  if (load<u32>(t, g.TRANSFER_TIMEOUT) != load<u32>(e, g.TRANSFER_TIMEOUT)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_TIMEOUT;
  const lo = load<u64>(t, g.TRANSFER_AMOUNT), hi = load<u64>(t, g.TRANSFER_AMOUNT + 8);
  if ((flags & (g.TRANSFER_FLAG_POST_PENDING_TRANSFER | g.TRANSFER_FLAG_VOID_PENDING_TRANSFER)) == 0) {
    if (differs128(t + g.TRANSFER_DEBIT_ACCOUNT_ID, e + g.TRANSFER_DEBIT_ACCOUNT_ID)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID;
    if (differs128(t + g.TRANSFER_CREDIT_ACCOUNT_ID, e + g.TRANSFER_CREDIT_ACCOUNT_ID)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID;
    const balancing = (flags & (g.TRANSFER_FLAG_BALANCING_DEBIT | g.TRANSFER_FLAG_BALANCING_CREDIT)) != 0;
    if (balancing ? greater(load<u64>(e, g.TRANSFER_AMOUNT), load<u64>(e, g.TRANSFER_AMOUNT + 8), lo, hi) : differs128(t + g.TRANSFER_AMOUNT, e + g.TRANSFER_AMOUNT)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_AMOUNT;
    if (differs128(t + g.TRANSFER_USER_DATA_128, e + g.TRANSFER_USER_DATA_128)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_128;
    if (load<u64>(t, g.TRANSFER_USER_DATA_64) != load<u64>(e, g.TRANSFER_USER_DATA_64)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_64;
    if (load<u32>(t, g.TRANSFER_USER_DATA_32) != load<u32>(e, g.TRANSFER_USER_DATA_32)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_32;
    if (load<u32>(t, g.TRANSFER_LEDGER) != load<u32>(e, g.TRANSFER_LEDGER)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_LEDGER;
    if (load<u16>(t, g.TRANSFER_CODE) != load<u16>(e, g.TRANSFER_CODE)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_CODE;
    resultTimestamp = load<u64>(e, g.TRANSFER_TIMESTAMP);
    return g.TRANSFER_STATUS_EXISTS;
  }
  const place = findPending(load<u64>(e, g.TRANSFER_PENDING_ID), load<u64>(e, g.TRANSFER_PENDING_ID + 8));
  const p = place != 0 ? pending(place) : locate(load<u64>(e, g.TRANSFER_PENDING_ID), load<u64>(e, g.TRANSFER_PENDING_ID + 8), m.COLD + m.CELL);
  assert(p != 0); // A stored post or void has its pending transfer.
  if (!isZero128(t + g.TRANSFER_DEBIT_ACCOUNT_ID) && differs128(t + g.TRANSFER_DEBIT_ACCOUNT_ID, e + g.TRANSFER_DEBIT_ACCOUNT_ID)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID;
  if (!isZero128(t + g.TRANSFER_CREDIT_ACCOUNT_ID) && differs128(t + g.TRANSFER_CREDIT_ACCOUNT_ID, e + g.TRANSFER_CREDIT_ACCOUNT_ID)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID;
  const whole = (flags & g.TRANSFER_FLAG_POST_PENDING_TRANSFER) != 0 ? isMax(lo, hi) : (lo | hi) == 0;
  if (differs128((whole ? p : t) + g.TRANSFER_AMOUNT, e + g.TRANSFER_AMOUNT)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_AMOUNT;
  if (differs128((isZero128(t + g.TRANSFER_USER_DATA_128) ? p : t) + g.TRANSFER_USER_DATA_128, e + g.TRANSFER_USER_DATA_128)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_128;
  if (load<u64>(load<u64>(t, g.TRANSFER_USER_DATA_64) == 0 ? p : t, g.TRANSFER_USER_DATA_64) != load<u64>(e, g.TRANSFER_USER_DATA_64)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_64;
  if (load<u32>(load<u32>(t, g.TRANSFER_USER_DATA_32) == 0 ? p : t, g.TRANSFER_USER_DATA_32) != load<u32>(e, g.TRANSFER_USER_DATA_32)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_32;
  const ledger = load<u32>(t, g.TRANSFER_LEDGER), code = load<u16>(t, g.TRANSFER_CODE);
  if (ledger != 0 && ledger != load<u32>(e, g.TRANSFER_LEDGER)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_LEDGER;
  if (code != 0 && code != load<u16>(e, g.TRANSFER_CODE)) return g.TRANSFER_STATUS_EXISTS_WITH_DIFFERENT_CODE;
  resultTimestamp = load<u64>(e, g.TRANSFER_TIMESTAMP);
  return g.TRANSFER_STATUS_EXISTS;
}
