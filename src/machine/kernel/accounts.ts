/**
 * Accounts: a dense array of wire records in order of creation (so by timestamp), and an open-addressing index from id to place.
 * Place 0 is never used; an index slot is tag (8 bits) | place (24), 0 empty.
 */
import { copy128 } from "./copy";
import * as g from "./gen";
import { hashOrNone, mix } from "./hash";
import * as m from "./memory";

@inline export function account(place: u32): usize {
  return m.ACCOUNTS + ((place as usize) << 7);
}

@inline export function findAccount(lo: u64, hi: u64): u32 {
  const mask: u32 = (1 << load<u32>(m.STATE, m.S_ACCOUNT_INDEX_LOG2)) - 1;
  const x = mix(lo, hi);
  const tag = (x >> 56) as u32;
  let at = (x as u32) & mask;
  while (true) {
    const slot = load<u32>(m.ACCOUNT_INDEX + ((at as usize) << 2));
    if (slot == 0) return 0;
    if (slot >> 24 == tag) {
      const a = account(slot & 0xffffff);
      if (load<u64>(a) == lo && load<u64>(a, 8) == hi) return slot & 0xffffff;
    }
    at = (at + 1) & mask;
  }
}

function indexAccount(place: u32): void {
  const a = account(place);
  const mask: u32 = (1 << load<u32>(m.STATE, m.S_ACCOUNT_INDEX_LOG2)) - 1;
  const x = mix(load<u64>(a), load<u64>(a, 8));
  let at = (x as u32) & mask;
  while (load<u32>(m.ACCOUNT_INDEX + ((at as usize) << 2)) != 0) at = (at + 1) & mask;
  store<u32>(m.ACCOUNT_INDEX + ((at as usize) << 2), (((x >> 56) as u32) << 24) | place);
}

@inline function column(index: usize, place: u32): usize {
  return m.ACCOUNT_COLUMNS + ((index * ((m.ACCOUNTS_MAX as usize) + 1) + (place as usize)) << 2);
}

/** The hashes that query_accounts scans: user_data_128, user_data_64, user_data_32, ledger, code. */
function fillColumns(place: u32): void {
  const a = account(place);
  store<u32>(column(0, place), hashOrNone(load<u64>(a, g.ACCOUNT_USER_DATA_128), load<u64>(a, g.ACCOUNT_USER_DATA_128 + 8)));
  store<u32>(column(1, place), hashOrNone(load<u64>(a, g.ACCOUNT_USER_DATA_64), 0));
  store<u32>(column(2, place), load<u32>(a, g.ACCOUNT_USER_DATA_32));
  store<u32>(column(3, place), load<u32>(a, g.ACCOUNT_LEDGER));
  store<u32>(column(4, place), load<u16>(a, g.ACCOUNT_CODE) as u32);
}

/** Copies the event in as a new account; the caller has checked it and that there is room. */
export function insertAccount(event: usize, timestamp: u64): void {
  const place = load<u32>(m.STATE, m.S_ACCOUNTS_COUNT) + 1;
  assert(place <= m.ACCOUNTS_MAX);
  const log2 = load<u32>(m.STATE, m.S_ACCOUNT_INDEX_LOG2);
  store<u32>(m.STATE, place, m.S_ACCOUNTS_COUNT);
  const a = account(place);
  copy128(a, event);
  store<u64>(a, timestamp, g.ACCOUNT_TIMESTAMP);
  fillColumns(place);
  if (place > (1 << log2) >> 1) growIndex(log2 + 1);
  else indexAccount(place);
}

/** Undoes the newest insertion: its slot was empty before and nothing was inserted behind it since. */
export function removeNewestAccount(): void {
  const place = load<u32>(m.STATE, m.S_ACCOUNTS_COUNT);
  const a = account(place);
  const mask: u32 = (1 << load<u32>(m.STATE, m.S_ACCOUNT_INDEX_LOG2)) - 1;
  let at = (mix(load<u64>(a), load<u64>(a, 8)) as u32) & mask;
  while ((load<u32>(m.ACCOUNT_INDEX + ((at as usize) << 2)) & 0xffffff) != place) at = (at + 1) & mask;
  store<u32>(m.ACCOUNT_INDEX + ((at as usize) << 2), 0);
  store<u32>(m.STATE, place - 1, m.S_ACCOUNTS_COUNT);
}

function growIndex(log2: u32): void {
  memory.fill(m.ACCOUNT_INDEX, 0, (4 as usize) << log2);
  store<u32>(m.STATE, log2, m.S_ACCOUNT_INDEX_LOG2);
  const count = load<u32>(m.STATE, m.S_ACCOUNTS_COUNT);
  for (let place: u32 = 1; place <= count; place++) indexAccount(place);
}

/** After a snapshot was read back: index and columns are functions of the array. */
export function rebuildAccounts(log2Min: u32): void {
  const count = load<u32>(m.STATE, m.S_ACCOUNTS_COUNT);
  let log2 = log2Min;
  while (count > (1 << log2) >> 1) log2++;
  growIndex(log2);
  for (let place: u32 = 1; place <= count; place++) fillColumns(place);
}

/** The first place whose timestamp is at least `timestamp`; count + 1 when there is none. */
export function firstAccountFrom(timestamp: u64): u32 {
  let low: u32 = 1;
  let high: u32 = load<u32>(m.STATE, m.S_ACCOUNTS_COUNT) + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(account(middle), g.ACCOUNT_TIMESTAMP) < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function accountAt(timestamp: u64): bool {
  const place = firstAccountFrom(timestamp);
  return place <= load<u32>(m.STATE, m.S_ACCOUNTS_COUNT) && load<u64>(account(place), g.ACCOUNT_TIMESTAMP) == timestamp;
}

/** lookup_accounts: found rows in request order. Returns the reply's size. */
export function lookupAccounts(ids: usize, count: u32, reply: usize): u32 {
  let out = reply;
  for (let i: u32 = 0; i < count; i++) {
    const place = findAccount(load<u64>(ids), load<u64>(ids, 8));
    if (place != 0) {
      copy128(out, account(place));
      out += m.CELL;
    }
    ids += 16;
  }
  return (out - reply) as u32;
}

/** query_accounts over the columns; every hit is verified against the record. The filter is valid. Returns the reply's size. */
export function queryAccounts(filter: usize, limitMax: u32, reply: usize): u32 {
  const u128Lo = load<u64>(filter), u128Hi = load<u64>(filter, 8), u64Value = load<u64>(filter, 16);
  const h0 = hashOrNone(u128Lo, u128Hi), h1 = hashOrNone(u64Value, 0), h2 = load<u32>(filter, 24);
  const h3 = load<u32>(filter, 28), h4 = load<u16>(filter, 32) as u32;
  const from = load<u64>(filter, 40), to = load<u64>(filter, 48);
  const limit = min(load<u32>(filter, 56), limitMax);
  const reversed = (load<u32>(filter, 60) & 1) != 0;
  const first: u32 = from == 0 ? 1 : firstAccountFrom(from);
  const end: u32 = to == 0 ? load<u32>(m.STATE, m.S_ACCOUNTS_COUNT) + 1 : firstAccountFrom(to + 1);
  let out = reply, rows: u32 = 0;
  for (let k: u32 = first; k < end && rows < limit; k++) {
    const place = reversed ? end - 1 - (k - first) : k;
    if (h0 != 0 && load<u32>(column(0, place)) != h0) continue;
    if (h1 != 0 && load<u32>(column(1, place)) != h1) continue;
    if (h2 != 0 && load<u32>(column(2, place)) != h2) continue;
    if (h3 != 0 && load<u32>(column(3, place)) != h3) continue;
    if (h4 != 0 && load<u32>(column(4, place)) != h4) continue;
    const a = account(place);
    if (h0 != 0 && (load<u64>(a, g.ACCOUNT_USER_DATA_128) != u128Lo || load<u64>(a, g.ACCOUNT_USER_DATA_128 + 8) != u128Hi)) continue;
    if (h1 != 0 && load<u64>(a, g.ACCOUNT_USER_DATA_64) != u64Value) continue;
    copy128(out, a);
    out += m.CELL;
    rows++;
  }
  return (out - reply) as u32;
}
