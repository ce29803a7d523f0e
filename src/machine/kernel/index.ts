/** The kernel's door: one call a batch. See docs/architecture.md for who calls what. */
import { copy128 } from "./copy";
import * as g from "./gen";
import { account, findAccount, lookupAccounts, queryAccounts, rebuildAccounts } from "./accounts";
import { createAccounts } from "./create-accounts";
import { appendExpiry, beginBatch, breakSpan, entryCount } from "./entries";
import { foundBurnt, locate, rotateIds } from "./ids";
import { beforeAccount, followImage } from "./image";
import * as m from "./memory";
import * as n from "./names";
import { P_CREDIT, P_DEBIT, P_ENTRY, pending, popExpired, rebuildPendings, resolve, tidyPendings } from "./pendings";
import { createTransfers, reopen } from "./transfers";

export { attach } from "./memory";
export { queryAccounts } from "./accounts";
export { rotateIds } from "./ids";
export { openImage } from "./image";

const CREATE_ACCOUNTS: u16 = 146;
const CREATE_TRANSFERS: u16 = 147;
const PULSE: u16 = 128;

/** Executes a journalled batch whose header lies at `header`, its events behind it. Writes results at `reply`; returns their size. */
export function apply(header: usize, reply: usize): u32 {
  let size: u32 = 0;
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
  store<u64>(m.STATE, load<u64>(header, n.H_OP), m.S_OP);
  store<u64>(m.STATE, load<u64>(header, n.H_TIMESTAMP), m.S_TIMESTAMP);
  return size;
}

/** A pulse ends up to `count` pending transfers that have expired at its first timestamp; each has a timestamp of its own. */
function expire(header: usize): void {
  const count = load<u32>(header, n.H_COUNT);
  const first = load<u64>(header, n.H_TIMESTAMP) - (count as u64) + 1;
  beginBatch(0);
  for (let i: u32 = 0; i < count; i++) {
    const place = popExpired(first);
    if (place == 0) break;
    const p = pending(place);
    const dr = account(load<u32>(p, P_DEBIT)), cr = account(load<u32>(p, P_CREDIT));
    beforeAccount(dr);
    beforeAccount(cr);
    takePending(dr + g.ACCOUNT_DEBITS_PENDING, p);
    takePending(cr + g.ACCOUNT_CREDITS_PENDING, p);
    reopen(p, dr, cr);
    resolve(place, n.KIND_EXPIRED);
    appendExpiry(p, first + (i as u64), dr, cr, load<u64>(p, P_ENTRY));
  }
}

function takePending(balance: usize, p: usize): void {
  const lo = load<u64>(p, g.TRANSFER_AMOUNT), hi = load<u64>(p, g.TRANSFER_AMOUNT + 8);
  const before = load<u64>(balance);
  store<u64>(balance, before - lo);
  store<u64>(balance, load<u64>(balance, 8) - hi - (before < lo ? 1 : 0), 8);
}

export function lookup_accounts(ids: usize, count: u32, reply: usize): u32 {
  return lookupAccounts(ids, count, reply);
}

/** Stored transfers in request order; unknown and burnt ids are left out. */
export function lookup_transfers(ids: usize, count: u32, reply: usize): u32 {
  let out = reply;
  for (let i: u32 = 0; i < count; i++) {
    const row = locate(load<u64>(ids), load<u64>(ids, 8), m.COLD);
    if (row != 0 && !foundBurnt) {
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
