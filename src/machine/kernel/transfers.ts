/**
 * create_transfers. One pass loads every cache line that the batch will need, so that the misses overlap; the second
 * executes the events in order. Checks come in the fixed order of docs/reference/statuses.md: the first that fails
 * names the status. A check that finds nothing says `created`.
 */
import { findAccount } from "./accounts";
import * as batch from "./batch";
import { keepUndone, regresses } from "./before";
import { copy128 } from "./copy";
import { endPending } from "./end-pending";
import { appendBurnt, appendTransfer, beginBatch, breakSpan, entryCount, rowAt } from "./entries";
import { compareExisting } from "./existing";
import { BALANCING, CLOSING, ENDS_PENDING, has } from "./flags";
import * as g from "./gen";
import { Account, CreateTransferStatus as Status, Header, Transfer } from "./gen";
import { currentTable, foundBurnt, insert, locate, previousTable, touchId } from "./ids";
import { balance, balancedHi, balancedLo, checkLimits } from "./limits";
import * as m from "./memory";
import { makePending, touchPending } from "./pendings";
import { putResult, putStatus } from "./results";
import { account } from "./rows";
import { addTo, equal, isMax, isZero } from "./u128";
import * as undo from "./undo";

/** Returns the reply's size. */
export function createTransfers(header: Header, reply: usize): u32 {
  const count = header.count;
  const body = changetype<usize>(header) + g.CELL_SIZE;
  const entriesBefore = entryCount();
  const first = changetype<Transfer>(body);
  batch.begin(count > 0 && has(first, g.TRANSFER_FLAG_IMPORTED), header.timestamp);
  assert(count <= g.EVENTS_MAX);
  beginBatch(header.cell + 1);
  touch(body, count);
  let chainStart: i32 = -1;
  let chainBroken = false;
  for (let i: u32 = 0; i < count; i++) {
    const t = eventAt(body, i);
    const timestamp = batch.timestamp - (count as u64) + (i as u64) + 1;
    const linked = has(t, g.TRANSFER_FLAG_LINKED);
    batch.answerWith(timestamp);
    let status: Status;
    if (linked && chainStart < 0) {
      chainStart = i;
      chainBroken = false;
      undo.begin();
    }
    if (linked && i == count - 1) status = Status.linked_event_chain_open;
    else if (chainBroken) status = Status.linked_event_failed;
    else status = createTransfer(t, i, timestamp);
    putResult(reply, i, batch.resultTimestamp, status);
    if (status != Status.created) {
      if (chainStart >= 0 && !chainBroken) {
        chainBroken = true;
        undo.rollback();
        breakSpan();
        for (let k = chainStart as u32; k < i; k++) putStatus(reply, k, Status.linked_event_failed);
      }
      if (g.isTransient(status)) burn(t, i, timestamp, status);
    }
    if (chainStart >= 0 && (!linked || i == count - 1)) {
      undo.end();
      chainStart = -1;
      chainBroken = false;
    }
  }
  // Chains are over, and each event has left one entry at most.
  assert(chainStart < 0 && !undo.open);
  assert(entryCount() >= entriesBefore && entryCount() - entriesBefore <= (count as u64));
  return count << 4;
}

@inline function eventAt(body: usize, index: u32): Transfer {
  return changetype<Transfer>(body + ((index as usize) << 7));
}

/**
 * Sums what it loads so that the loads are not optimised away; keeps both accounts' places, which no transfer can
 * change.
 */
function touch(body: usize, count: u32): void {
  let sum: u64 = 0;
  const current = currentTable(), previous = previousTable();
  for (let i: u32 = 0; i < count; i++) {
    const t = eventAt(body, i);
    sum += touchId(current, t.id_lo, t.id_hi) + touchId(previous, t.id_lo, t.id_hi);
    const slots = slotsOf(i);
    const debit = findAccount(t.debit_account_id_lo, t.debit_account_id_hi);
    const credit = findAccount(t.credit_account_id_lo, t.credit_account_id_hi);
    store<u32>(slots, debit);
    store<u32>(slots, credit, 4);
    // A row is two cache lines: ids and most balances, the last balance and the rest.
    const dr = accountRow(debit), cr = accountRow(credit);
    sum += dr.id_lo + dr.timestamp + cr.id_lo + cr.timestamp;
    if (has(t, ENDS_PENDING)) sum += touchPending(t.pending_id_lo, t.pending_id_hi);
  }
  store<u64>(m.COLD, sum);
}

/** Where the places of an event's two accounts are kept; 0 for one that does not exist. */
@inline function slotsOf(index: u32): usize {
  return m.SLOTS + ((index as usize) << 3);
}

@inline function accountRow(place: u32): Account {
  return changetype<Account>(account(place));
}

/** A transient status uses the id up, outside of any chain. */
function burn(t: Transfer, index: u32, timestamp: u64, status: Status): void {
  locate(t.id_lo, t.id_hi, m.COLD);
  insert(entryCount(), true);
  const at = batch.imported ? m.state.transfers_timestamp_max : timestamp;
  appendBurnt(changetype<usize>(t), index, at, status as u32);
}

function createTransfer(t: Transfer, index: u32, slotTimestamp: u64): Status {
  const head = checkHead(t);
  if (head != Status.created) return head;
  const existing = locate(t.id_lo, t.id_hi, m.COLD);
  if (existing != 0) {
    return foundBurnt ? Status.id_already_failed : compareExisting(t, changetype<Transfer>(existing));
  }
  const at = has(t, g.TRANSFER_FLAG_IMPORTED) ? t.timestamp : slotTimestamp;
  if (has(t, ENDS_PENDING)) return endPending(t, index, at, slotTimestamp);

  const fields = checkFields(t);
  if (fields != Status.created) return fields;
  const slots = slotsOf(index);
  const drPlace = load<u32>(slots), crPlace = load<u32>(slots, 4);
  if (drPlace == 0) return Status.debit_account_not_found;
  if (crPlace == 0) return Status.credit_account_not_found;
  const dr = accountRow(drPlace), cr = accountRow(crPlace);
  const accounts = checkAccounts(t, dr, cr);
  if (accounts != Status.created) return accounts;

  let lo = t.amount_lo, hi = t.amount_hi;
  if (has(t, BALANCING)) {
    balance(t, dr, cr);
    lo = balancedLo;
    hi = balancedHi;
  }
  const limits = checkLimits(t, dr, cr, lo, hi, at);
  if (limits != Status.created) return limits;
  storeTransfer(t, index, at, drPlace, crPlace, lo, hi);
  return Status.created;
}

/** The checks that come before the id is looked up. */
@inline function checkHead(t: Transfer): Status {
  const imported = has(t, g.TRANSFER_FLAG_IMPORTED);
  if (imported != batch.imported) {
    return imported ? Status.imported_event_not_expected : Status.imported_event_expected;
  }
  if (imported) {
    if (t.timestamp == 0 || t.timestamp > g.TIMESTAMP_MAX) return Status.imported_event_timestamp_out_of_range;
    if (t.timestamp >= batch.timestamp) return Status.imported_event_timestamp_must_not_advance;
  } else if (t.timestamp != 0) return Status.timestamp_must_be_zero;
  if (has(t, g.TRANSFER_FLAGS_RESERVED)) return Status.reserved_flag;
  if (isZero(t.id_lo, t.id_hi)) return Status.id_must_not_be_zero;
  if (isMax(t.id_lo, t.id_hi)) return Status.id_must_not_be_int_max;
  return Status.created;
}

/** Checks the event by itself. */
@inline function checkFields(t: Transfer): Status {
  const drLo = t.debit_account_id_lo, drHi = t.debit_account_id_hi;
  const crLo = t.credit_account_id_lo, crHi = t.credit_account_id_hi;
  if (isZero(drLo, drHi)) return Status.debit_account_id_must_not_be_zero;
  if (isMax(drLo, drHi)) return Status.debit_account_id_must_not_be_int_max;
  if (isZero(crLo, crHi)) return Status.credit_account_id_must_not_be_zero;
  if (isMax(crLo, crHi)) return Status.credit_account_id_must_not_be_int_max;
  if (equal(drLo, drHi, crLo, crHi)) return Status.accounts_must_be_different;
  if (!isZero(t.pending_id_lo, t.pending_id_hi)) return Status.pending_id_must_be_zero;
  if (!has(t, g.TRANSFER_FLAG_PENDING)) {
    if (t.timeout != 0) return Status.timeout_reserved_for_pending_transfer;
    if (has(t, CLOSING)) return Status.closing_transfer_must_be_pending;
  }
  if (t.ledger == 0) return Status.ledger_must_not_be_zero;
  if (t.code == 0) return Status.code_must_not_be_zero;
  return Status.created;
}

/** Whether the two accounts may take part. */
@inline function checkAccounts(t: Transfer, dr: Account, cr: Account): Status {
  if (dr.ledger != cr.ledger) return Status.accounts_must_have_the_same_ledger;
  if (t.ledger != dr.ledger) return Status.transfer_must_have_the_same_ledger_as_accounts;
  if (has(t, g.TRANSFER_FLAG_IMPORTED)) {
    if (regresses(t.timestamp)) return Status.imported_event_timestamp_must_not_regress;
    if (t.timestamp <= dr.timestamp) return Status.imported_event_timestamp_must_postdate_debit_account;
    if (t.timestamp <= cr.timestamp) return Status.imported_event_timestamp_must_postdate_credit_account;
    if (t.timeout != 0) return Status.imported_event_timeout_must_be_zero;
  }
  if (((dr.flags as u32) & g.ACCOUNT_FLAG_CLOSED) != 0) return Status.debit_account_already_closed;
  if (((cr.flags as u32) & g.ACCOUNT_FLAG_CLOSED) != 0) return Status.credit_account_already_closed;
  return Status.created;
}

/** Everything was checked: the money moves. */
@inline function storeTransfer(t: Transfer, index: u32, at: u64, drPlace: u32, crPlace: u32, lo: u64, hi: u64): void {
  const dr = account(drPlace), cr = account(crPlace);
  assert(drPlace != crPlace && at > changetype<Account>(dr).timestamp && at > changetype<Account>(cr).timestamp);
  assert(at > m.state.transfers_timestamp_max);
  const entry = keepUndone(drPlace, crPlace);
  const row = rowAt(entry);
  copy128(row, changetype<usize>(t));
  const stored = changetype<Transfer>(row);
  stored.timestamp = at;
  stored.amount_lo = lo;
  stored.amount_hi = hi;
  m.state.transfers_timestamp_max = at;
  batch.answerWith(at);
  const isPending = has(t, g.TRANSFER_FLAG_PENDING);
  if (isPending) {
    addTo(dr + g.ACCOUNT_DEBITS_PENDING, lo, hi);
    addTo(cr + g.ACCOUNT_CREDITS_PENDING, lo, hi);
    if (has(t, g.TRANSFER_FLAG_CLOSING_DEBIT)) close(changetype<Account>(dr));
    if (has(t, g.TRANSFER_FLAG_CLOSING_CREDIT)) close(changetype<Account>(cr));
    const place = makePending(row, entry, drPlace, crPlace);
    if (undo.open) undo.keepPending(place);
  } else {
    addTo(dr + g.ACCOUNT_DEBITS_POSTED, lo, hi);
    addTo(cr + g.ACCOUNT_CREDITS_POSTED, lo, hi);
  }
  appendTransfer(isPending ? g.KIND_PENDING : g.KIND_SINGLE_PHASE, index, dr, cr, has(t, BALANCING), g.U64_MAX);
}

@inline function close(a: Account): void {
  a.flags = ((a.flags as u32) | g.ACCOUNT_FLAG_CLOSED) as u16;
}
