/** The kernel's door: one call a batch. See docs/architecture.md for who calls what. */
import { copy128 } from "./copy";
import * as g from "./gen";
import { findAccount, lookupAccounts, rebuildAccounts, stoppedAt } from "./accounts";
import { now } from "./asked";
import { createAccounts } from "./create-accounts";
import { reopen } from "./end-pending";
import { appendExpiry, beginBatch, breakSpan, entryCount } from "./entries";
import { foundBurnt, locate, rotateIds } from "./ids";
import { beforeAccount, followImage } from "./image";
import * as m from "./memory";
import * as n from "./names";
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

const CREATE_ACCOUNTS: u16 = 146;
const CREATE_TRANSFERS: u16 = 147;
const PULSE: u16 = 128;

/**
 * Executes a journalled batch whose header lies at `header`, its events behind it. Writes results at `reply`; returns
 * their size.
 */
export function apply(header: usize, reply: usize): u32 {
  let size: u32 = 0;
  // Batches come in the order of ops, each with later timestamps than the one before.
  assert(load<u64>(header, n.H_OP) == load<u64>(m.STATE, m.S_OP) + 1);
  assert(load<u64>(header, n.H_TIMESTAMP) >= load<u64>(m.STATE, m.S_TIMESTAMP) + (load<u32>(header, n.H_COUNT) as u64));
  followImage();
  switch (load<u16>(header, n.H_OPERATION)) {
    case CREATE_ACCOUNTS:
      size = createAccounts(header, reply);
      break;
    case CREATE_TRANSFERS:
      size = createTransfers(header, reply);
      break;
    case PULSE:
      expire(header);
      break;
    default:
      unreachable();
  }
  tidyPendings();
  assert(load<u32>(m.STATE, m.S_PENDINGS_OPEN) <= load<u32>(m.STATE, m.S_PENDINGS_COUNT));
  assert(load<u32>(m.STATE, m.S_ACCOUNTS_COUNT) <= m.ACCOUNTS_MAX);
  store<u64>(m.STATE, load<u64>(header, n.H_OP), m.S_OP);
  store<u64>(m.STATE, load<u64>(header, n.H_TIMESTAMP), m.S_TIMESTAMP);
  return size;
}

/**
 * A pulse ends up to `count` pending transfers that have expired at its first timestamp; each has a timestamp of its
 * own.
 */
function expire(header: usize): void {
  const count = load<u32>(header, n.H_COUNT);
  const first = load<u64>(header, n.H_TIMESTAMP) - (count as u64) + 1;
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
    resolve(place, n.KIND_EXPIRED);
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
      out += m.CELL;
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
  store<u32>(m.STATE, index, m.S_GENERATION);
  m.useGeneration(index);
  store<f64>(m.G_CONTROL, entryCount() as f64);
  store<u32>(m.G_CONTROL, 0, 8);
  store<u32>(m.G_CONTROL, 0, 12);
  store<u32>(m.G_CONTROL, 0, 16);
  store<u64>(m.G_CONTROL, m.U64_MAX, 24);
  store<u64>(m.G_CONTROL, m.U64_MAX, 32);
  store<u64>(m.G_CONTROL, 0, 40);
  store<u64>(m.G_CONTROL, 0, 48);
  breakSpan();
}

/** A new ledger (all memory zero), or one whose state block, accounts and pendings were just read from a snapshot. */
export function initialize(accountIndexLog2: u32, pendingIndexLog2: u32): void {
  const entries = entryCount();
  store<u64>(m.STATE, entries, m.S_ROWS_FIRST);
  store<u64>(m.STATE, entries, m.S_ID_FLOORS);
  store<u64>(m.STATE, entries, m.S_ID_FLOORS + 8);
  store<u32>(m.STATE, 0, m.S_ID_TABLE);
  store<u32>(m.STATE, 0, m.S_ID_COUNT);
  rebuildAccounts(accountIndexLog2);
  rebuildPendings(pendingIndexLog2);
  startGeneration(0);
}
