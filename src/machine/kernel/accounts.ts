/**
 * Accounts: a dense array of wire records in order of creation (so by timestamp), and an open-addressing index from id
 * to place. Place 0 is never used; an index slot is tag (8 bits) | place (24), 0 empty.
 */
import { accountAsOf } from "./asked";
import { copy128 } from "./copy";
import * as g from "./gen";
import { Account, QueryFilter } from "./gen";
import { hashOrNone, mix } from "./hash";
import * as m from "./memory";
import { account } from "./rows";

@inline export function findAccount(lo: u64, hi: u64): u32 {
  const mask: u32 = (1 << m.state.account_index_log2) - 1;
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
  const mask: u32 = (1 << m.state.account_index_log2) - 1;
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
  const a = changetype<Account>(account(place));
  store<u32>(column(0, place), hashOrNone(a.user_data_128_lo, a.user_data_128_hi));
  store<u32>(column(1, place), hashOrNone(a.user_data_64, 0));
  store<u32>(column(2, place), a.user_data_32);
  store<u32>(column(3, place), a.ledger);
  store<u32>(column(4, place), a.code as u32);
}

/** Copies the event in as a new account; the caller has checked it and that there is room. */
export function insertAccount(event: usize, timestamp: u64): void {
  const place = m.state.accounts_count + 1;
  assert(place <= m.ACCOUNTS_MAX);
  const log2 = m.state.account_index_log2;
  m.state.accounts_count = place;
  const a = account(place);
  copy128(a, event);
  store<u64>(a, timestamp, g.ACCOUNT_TIMESTAMP);
  fillColumns(place);
  if (place > (1 << log2) >> 1) growIndex(log2 + 1);
  else indexAccount(place);
}

/** Undoes the newest insertion: its slot was empty before and nothing was inserted behind it since. */
export function removeNewestAccount(): void {
  const place = m.state.accounts_count;
  assert(place > 0);
  const a = account(place);
  const mask: u32 = (1 << m.state.account_index_log2) - 1;
  let at = (mix(load<u64>(a), load<u64>(a, 8)) as u32) & mask;
  while ((load<u32>(m.ACCOUNT_INDEX + ((at as usize) << 2)) & 0xffffff) != place) at = (at + 1) & mask;
  store<u32>(m.ACCOUNT_INDEX + ((at as usize) << 2), 0);
  m.state.accounts_count = place - 1;
}

function growIndex(log2: u32): void {
  memory.fill(m.ACCOUNT_INDEX, 0, (4 as usize) << log2);
  m.state.account_index_log2 = log2;
  const count = m.state.accounts_count;
  assert(count <= (1 << log2) >> 1); // A probe always finds an empty slot.
  for (let place: u32 = 1; place <= count; place++) indexAccount(place);
}

/** After a snapshot was read back: index and columns are functions of the array. */
export function rebuildAccounts(log2Min: u32): void {
  const count = m.state.accounts_count;
  assert(count <= m.ACCOUNTS_MAX);
  let log2 = log2Min;
  while (count > (1 << log2) >> 1) log2++;
  growIndex(log2);
  for (let place: u32 = 1; place <= count; place++) fillColumns(place);
}

/** The first place whose timestamp is at least `timestamp`; count + 1 when there is none. */
export function firstAccountFrom(timestamp: u64): u32 {
  let low: u32 = 1;
  let high: u32 = m.state.accounts_count + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(account(middle), g.ACCOUNT_TIMESTAMP) < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function accountAt(timestamp: u64): bool {
  const place = firstAccountFrom(timestamp);
  return place <= m.state.accounts_count && load<u64>(account(place), g.ACCOUNT_TIMESTAMP) == timestamp;
}

/**
 * lookup_accounts: found rows in request order, as they were at `moment`, of accounts that were there then: `count` of
 * them. Returns the reply's size.
 */
export function lookupAccounts(ids: usize, idsCount: u32, count: u32, moment: u32, reply: usize): u32 {
  let out = reply;
  for (let i: u32 = 0; i < idsCount; i++) {
    const place = findAccount(load<u64>(ids), load<u64>(ids, 8));
    if (place != 0 && place <= count) {
      accountAsOf(place, moment, out);
      out += g.CELL_SIZE;
    }
    ids += 16;
  }
  return (out - reply) as u32;
}

/**
 * Where {@link queryAccounts} has stopped: the first place it has not looked at, or behind the last one when reversed.
 */
export let stoppedAt: u32 = 0;

/**
 * query_accounts over the columns in the places [first, end); every hit is verified against the record and answered as
 * it was at `moment`. Stops after `limit` rows. The filter is valid. Returns the reply's size.
 */
export function queryAccounts(filter: QueryFilter, first: u32, end: u32, limit: u32, moment: u32, reply: usize): u32 {
  const u128Lo = filter.user_data_128_lo, u128Hi = filter.user_data_128_hi, u64Value = filter.user_data_64;
  const h0 = hashOrNone(u128Lo, u128Hi), h1 = hashOrNone(u64Value, 0), h2 = filter.user_data_32;
  const h3 = filter.ledger, h4 = filter.code as u32;
  const reversed = (filter.flags & g.QUERY_FILTER_FLAG_REVERSED) != 0;
  let out = reply, rows: u32 = 0, k: u32 = 0;
  for (; k < end - first && rows < limit; k++) {
    const place = reversed ? end - 1 - k : first + k;
    if (h0 != 0 && load<u32>(column(0, place)) != h0) continue;
    if (h1 != 0 && load<u32>(column(1, place)) != h1) continue;
    if (h2 != 0 && load<u32>(column(2, place)) != h2) continue;
    if (h3 != 0 && load<u32>(column(3, place)) != h3) continue;
    if (h4 != 0 && load<u32>(column(4, place)) != h4) continue;
    const a = account(place);
    const row = changetype<Account>(a);
    if (h0 != 0 && (row.user_data_128_lo != u128Lo || row.user_data_128_hi != u128Hi)) continue;
    if (h1 != 0 && load<u64>(a, g.ACCOUNT_USER_DATA_64) != u64Value) continue;
    accountAsOf(place, moment, out);
    out += g.CELL_SIZE;
    rows++;
  }
  stoppedAt = reversed ? end - k : first + k;
  return (out - reply) as u32;
}
