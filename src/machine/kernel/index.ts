/** The kernel's door: one call a batch. See docs/architecture.md for who calls what. */
import { copy128 } from "./copy";
import * as g from "./gen";
import { findAccount, lookupAccounts, rebuildAccounts, stoppedAt } from "./accounts";
import { Header } from "./gen";
import { now } from "./asked";
import { createAccounts } from "./create-accounts";
import { reopen } from "./end-pending";
import { appendExpiry, beginBatch, breakSpan, entryCount } from "./entries";
import { floorOf, foundBurnt, locate, rotateIds } from "./ids";
import { beforeAccount, followImage } from "./image";
import * as m from "./memory";
import { popExpired } from "./heap";
import { rebuildPendings, resolve, tidyPendings } from "./pendings";
import { account, pending } from "./rows";
import { createTransfers } from "./transfers";
import { takeFrom } from "./u128";

export { attach } from "./memory";
export { firstAccountFrom, lookupAccounts, queryAccounts } from "./accounts";
export { askAccounts, forgetAccounts, imagesLeft, imagesLooked } from "./asked";
export { rotateIds } from "./ids";
export { openImage } from "./image";

/**
 * Executes a journalled batch whose header lies at `header`, its events behind it. Writes results at `reply`; returns
 * their size.
 */
export function apply(header: Header, reply: usize): u32 {
  let size: u32 = 0;
  // Batches come in the order of ops, each with later timestamps than the one before.
  assert(header.op == m.state.op + 1);
  assert(header.timestamp >= m.state.timestamp + (header.count as u64));
  followImage();
  switch (header.operation as u32) {
    case g.OPERATION_CREATE_ACCOUNTS:
      size = createAccounts(header, reply);
      break;
    case g.OPERATION_CREATE_TRANSFERS:
      size = createTransfers(header, reply);
      break;
    case g.OPERATION_PULSE:
      expire(header);
      break;
    default:
      unreachable();
  }
  tidyPendings();
  assert(m.state.pendings_open <= m.state.pendings_count);
  assert(m.state.accounts_count <= m.ACCOUNTS_MAX);
  m.state.op = header.op;
  m.state.timestamp = header.timestamp;
  return size;
}

/**
 * A pulse ends up to `count` pending transfers that have expired at its first timestamp; each has a timestamp of its
 * own.
 */
function expire(header: Header): void {
  const count = header.count;
  const first = header.timestamp - (count as u64) + 1;
  beginBatch(0);
  for (let i: u32 = 0; i < count; i++) {
    const place = popExpired(first);
    if (place == 0) break;
    const p = pending(place);
    const dr = account(p.debit), cr = account(p.credit);
    assert(p.expires != 0 && p.expires <= first);
    beforeAccount(dr);
    beforeAccount(cr);
    takeFrom(dr + g.ACCOUNT_DEBITS_PENDING, p.amount_lo, p.amount_hi);
    takeFrom(cr + g.ACCOUNT_CREDITS_PENDING, p.amount_lo, p.amount_hi);
    reopen(p, dr, cr);
    resolve(place, g.KIND_EXPIRED);
    appendExpiry(changetype<usize>(p), first + (i as u64), dr, cr, p.entry);
  }
}

/** Accounts as they are now. */
export function lookup_accounts(ids: usize, count: u32, reply: usize): u32 {
  return lookupAccounts(ids, count, m.ACCOUNTS_MAX, now(), reply);
}

/** Where {@link queryAccounts} has stopped. */
export function queryStoppedAt(): u32 {
  return stoppedAt;
}

/**
 * Stored transfers in request order; unknown and burnt ids are left out, and so is what is later than `timestampMax`:
 * timestamps of stored transfers grow.
 */
export function lookup_transfers(ids: usize, count: u32, timestampMax: u64, reply: usize): u32 {
  let out = reply;
  for (let i: u32 = 0; i < count; i++) {
    const row = locate(load<u64>(ids), load<u64>(ids, 8), m.COLD);
    if (row != 0 && !foundBurnt && load<u64>(row, g.TRANSFER_TIMESTAMP) <= timestampMax) {
      copy128(out, row);
      out += g.CELL_SIZE;
    }
    ids += 16;
  }
  return (out - reply) as u32;
}

/** The address of an account's row, 0 when there is none. */
export function accountRow(lo: u64, hi: u64): usize {
  const place = findAccount(lo, hi);
  return place == 0 ? 0 : account(place);
}

/** Goes on in another generation buffer; its first entry is the next one. */
export function startGeneration(index: u32): void {
  m.state.generation = index;
  m.useGeneration(index);
  m.control.first_entry = entryCount() as f64;
  m.control.count = 0;
  m.control.events_size = 0;
  m.control.spans_count = 0;
  m.control.id_min_lo = g.U64_MAX;
  m.control.id_min_hi = g.U64_MAX;
  m.control.id_max_lo = 0;
  m.control.id_max_hi = 0;
  breakSpan();
}

/** A new ledger (all memory zero), or one whose state block, accounts and pendings were just read from a snapshot. */
export function initialize(accountIndexLog2: u32, pendingIndexLog2: u32): void {
  const entries = entryCount();
  m.state.rows_first = entries;
  store<u64>(floorOf(0), entries);
  store<u64>(floorOf(1), entries);
  m.state.id_table = 0;
  m.state.id_count = 0;
  rebuildAccounts(accountIndexLog2);
  rebuildPendings(pendingIndexLog2);
  startGeneration(0);
}
