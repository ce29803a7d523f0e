/** create_accounts: checks in their fixed order; chains are undone by removing the newest accounts. */
import * as g from "./gen";
import { account, findAccount, insertAccount, removeNewestAccount } from "./accounts";
import { transferAt } from "./host";
import * as m from "./memory";
import * as n from "./names";

let resultTimestamp: u64 = 0;
let batchImported: bool = false;
let batchTimestamp: u64 = 0;

@inline function isZero128(at: usize): bool {
  return (load<u64>(at) | load<u64>(at, 8)) == 0;
}

/** Returns the reply's size. */
export function createAccounts(header: usize, reply: usize): u32 {
  const count = load<u32>(header, n.H_COUNT);
  const body = header + m.CELL;
  batchTimestamp = load<u64>(header, n.H_TIMESTAMP);
  batchImported = count > 0 && ((load<u16>(body, g.ACCOUNT_FLAGS) as u32) & g.ACCOUNT_FLAG_IMPORTED) != 0;
  let chainStart: i32 = -1;
  let chainBroken = false;
  let chainAccounts: u32 = 0;
  let chainTimestampMax: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const event = body + ((i as usize) << 7);
    const linked = ((load<u16>(event, g.ACCOUNT_FLAGS) as u32) & g.ACCOUNT_FLAG_LINKED) != 0;
    resultTimestamp = batchTimestamp - (count as u64) + (i as u64) + 1;
    let status: u32;
    if (linked && chainStart < 0) {
      chainStart = i;
      chainBroken = false;
      chainAccounts = load<u32>(m.STATE, m.S_ACCOUNTS_COUNT);
      chainTimestampMax = load<u64>(m.STATE, m.S_ACCOUNTS_TIMESTAMP_MAX);
    }
    if (linked && i == count - 1) status = g.ACCOUNT_STATUS_LINKED_EVENT_CHAIN_OPEN;
    else if (chainBroken) status = g.ACCOUNT_STATUS_LINKED_EVENT_FAILED;
    else status = createAccount(event, resultTimestamp);
    const result = reply + ((i as usize) << 4);
    store<u64>(result, resultTimestamp);
    store<u64>(result, status as u64, 8);
    if (status != g.ACCOUNT_STATUS_CREATED && chainStart >= 0 && !chainBroken) {
      chainBroken = true;
      while (load<u32>(m.STATE, m.S_ACCOUNTS_COUNT) > chainAccounts) removeNewestAccount();
      store<u64>(m.STATE, chainTimestampMax, m.S_ACCOUNTS_TIMESTAMP_MAX);
      for (let k = chainStart as u32; k < i; k++) store<u32>(reply + ((k as usize) << 4), g.ACCOUNT_STATUS_LINKED_EVENT_FAILED, 8);
    }
    if (chainStart >= 0 && (!linked || i == count - 1)) {
      chainStart = -1;
      chainBroken = false;
    }
  }
  return count << 4;
}

function createAccount(a: usize, slotTimestamp: u64): u32 {
  const timestamp = load<u64>(a, g.ACCOUNT_TIMESTAMP);
  const flags = load<u16>(a, g.ACCOUNT_FLAGS) as u32;
  const imported = (flags & g.ACCOUNT_FLAG_IMPORTED) != 0;
  if (imported != batchImported) return imported ? g.ACCOUNT_STATUS_IMPORTED_EVENT_NOT_EXPECTED : g.ACCOUNT_STATUS_IMPORTED_EVENT_EXPECTED;
  if (imported) {
    if (timestamp == 0 || timestamp > n.TIMESTAMP_MAX) return g.ACCOUNT_STATUS_IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE;
    if (timestamp >= batchTimestamp) return g.ACCOUNT_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE;
  } else if (timestamp != 0) return g.ACCOUNT_STATUS_TIMESTAMP_MUST_BE_ZERO;
  if (load<u32>(a, g.ACCOUNT_RESERVED) != 0) return g.ACCOUNT_STATUS_RESERVED_FIELD;
  if ((flags & g.ACCOUNT_FLAGS_RESERVED) != 0) return g.ACCOUNT_STATUS_RESERVED_FLAG;
  const lo = load<u64>(a), hi = load<u64>(a, 8);
  if ((lo | hi) == 0) return g.ACCOUNT_STATUS_ID_MUST_NOT_BE_ZERO;
  if ((lo & hi) == m.U64_MAX) return g.ACCOUNT_STATUS_ID_MUST_NOT_BE_INT_MAX;
  const place = findAccount(lo, hi);
  if (place != 0) return compareExisting(a, account(place));
  const limits = g.ACCOUNT_FLAG_DEBITS_MUST_NOT_EXCEED_CREDITS | g.ACCOUNT_FLAG_CREDITS_MUST_NOT_EXCEED_DEBITS;
  if ((flags & limits) == limits) return g.ACCOUNT_STATUS_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
  if (!isZero128(a + g.ACCOUNT_DEBITS_PENDING)) return g.ACCOUNT_STATUS_DEBITS_PENDING_MUST_BE_ZERO;
  if (!isZero128(a + g.ACCOUNT_DEBITS_POSTED)) return g.ACCOUNT_STATUS_DEBITS_POSTED_MUST_BE_ZERO;
  if (!isZero128(a + g.ACCOUNT_CREDITS_PENDING)) return g.ACCOUNT_STATUS_CREDITS_PENDING_MUST_BE_ZERO;
  if (!isZero128(a + g.ACCOUNT_CREDITS_POSTED)) return g.ACCOUNT_STATUS_CREDITS_POSTED_MUST_BE_ZERO;
  if (load<u32>(a, g.ACCOUNT_LEDGER) == 0) return g.ACCOUNT_STATUS_LEDGER_MUST_NOT_BE_ZERO;
  if (load<u16>(a, g.ACCOUNT_CODE) == 0) return g.ACCOUNT_STATUS_CODE_MUST_NOT_BE_ZERO;
  if (imported) {
    if (timestamp <= load<u64>(m.STATE, m.S_ACCOUNTS_TIMESTAMP_MAX)) return g.ACCOUNT_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
    if (timestamp <= load<u64>(m.STATE, m.S_TRANSFERS_TIMESTAMP_MAX) && transferAt(timestamp)) return g.ACCOUNT_STATUS_IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
    resultTimestamp = timestamp;
  }
  const stored = imported ? timestamp : slotTimestamp;
  insertAccount(a, stored);
  store<u64>(m.STATE, stored, m.S_ACCOUNTS_TIMESTAMP_MAX);
  return g.ACCOUNT_STATUS_CREATED;
}

function compareExisting(a: usize, e: usize): u32 {
  if (load<u16>(a, g.ACCOUNT_FLAGS) != load<u16>(e, g.ACCOUNT_FLAGS)) return g.ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_FLAGS;
  if (load<u64>(a, g.ACCOUNT_USER_DATA_128) != load<u64>(e, g.ACCOUNT_USER_DATA_128) || load<u64>(a, g.ACCOUNT_USER_DATA_128 + 8) != load<u64>(e, g.ACCOUNT_USER_DATA_128 + 8))
    return g.ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_128;
  if (load<u64>(a, g.ACCOUNT_USER_DATA_64) != load<u64>(e, g.ACCOUNT_USER_DATA_64)) return g.ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_64;
  if (load<u32>(a, g.ACCOUNT_USER_DATA_32) != load<u32>(e, g.ACCOUNT_USER_DATA_32)) return g.ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_USER_DATA_32;
  if (load<u32>(a, g.ACCOUNT_LEDGER) != load<u32>(e, g.ACCOUNT_LEDGER)) return g.ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_LEDGER;
  if (load<u16>(a, g.ACCOUNT_CODE) != load<u16>(e, g.ACCOUNT_CODE)) return g.ACCOUNT_STATUS_EXISTS_WITH_DIFFERENT_CODE;
  resultTimestamp = load<u64>(e, g.ACCOUNT_TIMESTAMP);
  return g.ACCOUNT_STATUS_EXISTS;
}
