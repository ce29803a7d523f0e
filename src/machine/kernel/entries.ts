/**
 * Entries: what the ledger remembers of a transfer, an expiry or a burnt id (docs/internals/formats.md). The machine
 * appends each to the generation being filled: column hashes, an event record with the balances after it, a span; and
 * to the ring of rows.
 */
import { copy128 } from "./copy";
import * as g from "./gen";
import { hash32 } from "../../base/kernel/hash";
import { Span, Transfer } from "./gen";
import { hashOrNone } from "./hash";
import * as m from "./memory";

/** Set once per batch: the cell of the batch's event 0, and where the newest span would go on. */
export let bodyCell: u64 = 0;
let nextCell: u64 = 0;
let nextTimestamp: u64 = 0;
let spanOpen: bool = false;

export function beginBatch(cell: u64): void {
  bodyCell = cell;
  spanOpen = false;
}

/** After a rollback or a change of generation the newest span may not be the one that was being extended. */
@inline export function breakSpan(): void {
  spanOpen = false;
}

@inline export function entryCount(): u64 {
  return m.state.entries;
}

@inline export function rowAt(entry: u64): usize {
  return m.ROWS + ((entry & m.ROWS_MASK) << 7) as usize;
}

@inline function setColumn(index: usize, at: usize, hash: u32): void {
  store<u32>(m.G_COLUMNS + index * m.G_COLUMN_SIZE + at, hash);
}

/** Takes the next place: span and block table. Returns the place's offset in a column (4 * pos). */
@inline function place(cell: u64, timestamp: u64): usize {
  const pos = m.control.count;
  assert(((pos as usize) << 2) < m.G_COLUMN_SIZE);
  if (!spanOpen || cell != nextCell || timestamp != nextTimestamp) {
    const spans = m.control.spans_count;
    const at = m.G_SPANS + (spans as usize) * g.SPAN_SIZE;
    // With the half behind it, which is zero.
    store<u64>(at, pos as u64);
    const span = changetype<Span>(at);
    span.cell = cell;
    span.timestamp = timestamp;
    m.control.spans_count = spans + 1;
    spanOpen = true;
  }
  nextCell = cell == g.NO_CELL ? g.NO_CELL : cell + 1;
  nextTimestamp = timestamp + 1;
  if ((pos & (g.BLOCK_ENTRIES - 1)) == 0) {
    store<u32>(m.G_BLOCKS + ((pos / g.BLOCK_ENTRIES) as usize << 2), m.control.events_size);
  }
  m.control.count = pos + 1;
  m.state.entries = entryCount() + 1;
  return (pos as usize) << 2;
}

/** Keeps the generation's smallest and largest id, so that a search by id can leave whole runs out. */
@inline function widen(lo: u64, hi: u64): void {
  const c = m.control;
  if (hi < c.id_min_hi || (hi == c.id_min_hi && lo < c.id_min_lo)) {
    c.id_min_lo = lo;
    c.id_min_hi = hi;
  }
  if (hi > c.id_max_hi || (hi == c.id_max_hi && lo > c.id_max_lo)) {
    c.id_max_lo = lo;
    c.id_max_hi = hi;
  }
}

/** Bytes of a balance without its leading zeros; 16 when it needs more than 8. */
@inline function lengthOf(balance: usize): usize {
  return load<u64>(balance, 8) != 0 ? 16 : ((71 - clz(load<u64>(balance))) >> 3) as usize;
}

/** A length as a nibble: 15 stands for 16. */
@inline function nibble(length: usize): u32 {
  return (length as u32) - ((length as u32) >> 4);
}

/**
 * Writes a balance of that length; what it writes too much is written over by what follows. In halves, as it was just
 * stored: a wide load would wait.
 */
@inline function putBalance(at: usize, balance: usize, length: usize): void {
  store<u64>(at, load<u64>(balance));
  if (length > 8) store<u64>(at, load<u64>(balance, 8), 8);
}

/** kind and what follows, both accounts' balances after, then amount and pending entry where asked for. */
@inline function putEvent(kind: u32, debit: usize, credit: usize, amount: usize, pendingEntry: u64): void {
  const size = m.control.events_size;
  const start = m.G_EVENTS + size;
  let head: u32 = kind;
  if (amount != 0) head |= g.EVENT_AMOUNT;
  if (pendingEntry != g.U64_MAX) head |= g.EVENT_PENDING;
  if (((load<u16>(debit, g.ACCOUNT_FLAGS) as u32) & g.ACCOUNT_FLAG_CLOSED) != 0) head |= g.EVENT_DEBIT_CLOSED;
  if (((load<u16>(credit, g.ACCOUNT_FLAGS) as u32) & g.ACCOUNT_FLAG_CLOSED) != 0) head |= g.EVENT_CREDIT_CLOSED;
  store<u8>(start, head as u8);
  // The lengths first, each on its own: where a balance goes then waits for additions only.
  const d0 = lengthOf(debit + g.ACCOUNT_DEBITS_PENDING), d1 = lengthOf(debit + g.ACCOUNT_DEBITS_POSTED);
  const d2 = lengthOf(debit + g.ACCOUNT_CREDITS_PENDING), d3 = lengthOf(debit + g.ACCOUNT_CREDITS_POSTED);
  const c0 = lengthOf(credit + g.ACCOUNT_DEBITS_PENDING), c1 = lengthOf(credit + g.ACCOUNT_DEBITS_POSTED);
  const c2 = lengthOf(credit + g.ACCOUNT_CREDITS_PENDING), c3 = lengthOf(credit + g.ACCOUNT_CREDITS_POSTED);
  const half = (nibble(d0) | (nibble(d1) << 4)) | ((nibble(d2) << 8) | (nibble(d3) << 12));
  const other = (nibble(c0) | (nibble(c1) << 4)) | ((nibble(c2) << 8) | (nibble(c3) << 12));
  let at = start + 5;
  putBalance(at, debit + g.ACCOUNT_DEBITS_PENDING, d0);
  at += d0;
  putBalance(at, debit + g.ACCOUNT_DEBITS_POSTED, d1);
  at += d1;
  putBalance(at, debit + g.ACCOUNT_CREDITS_PENDING, d2);
  at += d2;
  putBalance(at, debit + g.ACCOUNT_CREDITS_POSTED, d3);
  at += d3;
  putBalance(at, credit + g.ACCOUNT_DEBITS_PENDING, c0);
  at += c0;
  putBalance(at, credit + g.ACCOUNT_DEBITS_POSTED, c1);
  at += c1;
  putBalance(at, credit + g.ACCOUNT_CREDITS_PENDING, c2);
  at += c2;
  putBalance(at, credit + g.ACCOUNT_CREDITS_POSTED, c3);
  at += c3;
  store<u32>(start, half | (other << 16), 1);
  if (amount != 0) {
    store<u64>(at, load<u64>(amount));
    store<u64>(at, load<u64>(amount, 8), 8);
    at += 16;
  }
  if (pendingEntry != g.U64_MAX) {
    store<u64>(at, pendingEntry);
    at += 8;
  }
  m.control.events_size = (at - m.G_EVENTS) as u32;
}

/**
 * A created transfer; its row is at rowAt(entryCount()) already. `withAmount`: the stored amount may differ from the
 * event's; `pendingEntry`: the pending transfer that it ends, or U64_MAX.
 */
@inline export function appendTransfer(
  kind: u32,
  index: u32,
  debit: usize,
  credit: usize,
  withAmount: bool,
  pendingEntry: u64,
): void {
  const row = changetype<Transfer>(rowAt(entryCount()));
  const at = place(bodyCell + (index as u64), row.timestamp);
  widen(row.id_lo, row.id_hi);
  setColumn(g.COLUMN_ID, at, hash32(row.id_lo, row.id_hi));
  setColumn(g.COLUMN_DEBIT_ACCOUNT, at, hash32(row.debit_account_id_lo, row.debit_account_id_hi));
  setColumn(g.COLUMN_CREDIT_ACCOUNT, at, hash32(row.credit_account_id_lo, row.credit_account_id_hi));
  setColumn(g.COLUMN_PENDING_ID, at, hashOrNone(row.pending_id_lo, row.pending_id_hi));
  setColumn(g.COLUMN_USER_DATA_128, at, hashOrNone(row.user_data_128_lo, row.user_data_128_hi));
  setColumn(g.COLUMN_USER_DATA_64, at, hashOrNone(row.user_data_64, 0));
  setColumn(g.COLUMN_USER_DATA_32, at, hashOrNone(row.user_data_32 as u64, 0));
  setColumn(g.COLUMN_LEDGER, at, hash32(row.ledger as u64, 0));
  setColumn(g.COLUMN_CODE, at, hash32(row.code as u64, 0));
  const amount = withAmount ? changetype<usize>(row) + g.TRANSFER_AMOUNT : 0;
  putEvent(kind, debit, credit, amount, pendingEntry);
}

/** The expiry of a pending transfer, whose record is `stored`. */
export function appendExpiry(stored: usize, timestamp: u64, debit: usize, credit: usize, pendingEntry: u64): void {
  copy128(rowAt(entryCount()), stored);
  const at = place(g.NO_CELL, timestamp);
  for (let c: usize = 0; c < g.COLUMNS_COUNT; c++) setColumn(c, at, 0);
  setColumn(g.COLUMN_PENDING_ID, at, hash32(load<u64>(stored), load<u64>(stored, 8)));
  putEvent(g.KIND_EXPIRED, debit, credit, 0, pendingEntry);
}

/** An id burnt by a transient status. */
export function appendBurnt(event: usize, index: u32, timestamp: u64, status: u32): void {
  copy128(rowAt(entryCount()), event);
  const at = place(bodyCell + (index as u64), timestamp);
  widen(load<u64>(event), load<u64>(event, 8));
  setColumn(g.COLUMN_ID, at, hash32(load<u64>(event), load<u64>(event, 8)));
  for (let c: usize = 1; c < g.COLUMNS_COUNT; c++) setColumn(c, at, 0);
  const size = m.control.events_size;
  store<u8>(m.G_EVENTS + size, g.KIND_FAILED as u8);
  store<u8>(m.G_EVENTS + size, status as u8, 1);
  m.control.events_size = size + 2;
}
