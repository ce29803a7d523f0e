/**
 * create_accounts: checks in the fixed order of docs/reference/statuses.md, and a check that finds nothing says
 * `created`. Chains are undone by removing the newest accounts.
 */
import { findAccount, insertAccount, removeNewestAccount } from "./accounts";
import * as g from "./gen";
import { Account, CreateAccountStatus as Status, Header } from "./gen";
import { transferAt } from "./host";
import * as m from "./memory";
import { putResult, putStatus } from "./results";
import { account } from "./rows";
import { equal, isMax, isZero } from "./u128";

const LIMITS: u32 = g.ACCOUNT_FLAG_DEBITS_MUST_NOT_EXCEED_CREDITS | g.ACCOUNT_FLAG_CREDITS_MUST_NOT_EXCEED_DEBITS;

let resultTimestamp: u64 = 0;
let batchImported: bool = false;
let batchTimestamp: u64 = 0;

/** Returns the reply's size. */
export function createAccounts(header: Header, reply: usize): u32 {
  const count = header.count;
  const body = changetype<usize>(header) + g.CELL_SIZE;
  const accountsBefore = accountsCount();
  assert(count <= g.EVENTS_MAX);
  batchTimestamp = header.timestamp;
  batchImported = count > 0 && has(changetype<Account>(body), g.ACCOUNT_FLAG_IMPORTED);
  let chainStart: i32 = -1;
  let chainBroken = false;
  let chainAccounts: u32 = 0;
  let chainTimestampMax: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const event = changetype<Account>(body + ((i as usize) << 7));
    const linked = has(event, g.ACCOUNT_FLAG_LINKED);
    resultTimestamp = batchTimestamp - (count as u64) + (i as u64) + 1;
    let status: Status;
    if (linked && chainStart < 0) {
      chainStart = i;
      chainBroken = false;
      chainAccounts = accountsCount();
      chainTimestampMax = m.state.accounts_timestamp_max;
    }
    if (linked && i == count - 1) status = Status.linked_event_chain_open;
    else if (chainBroken) status = Status.linked_event_failed;
    else status = createAccount(event, resultTimestamp);
    putResult(reply, i, resultTimestamp, status);
    if (status != Status.created && chainStart >= 0 && !chainBroken) {
      chainBroken = true;
      while (accountsCount() > chainAccounts) removeNewestAccount();
      m.state.accounts_timestamp_max = chainTimestampMax;
      for (let k = chainStart as u32; k < i; k++) putStatus(reply, k, Status.linked_event_failed);
    }
    if (chainStart >= 0 && (!linked || i == count - 1)) {
      chainStart = -1;
      chainBroken = false;
    }
  }
  assert(chainStart < 0);
  assert(accountsCount() >= accountsBefore && accountsCount() - accountsBefore <= count);
  return count << 4;
}

@inline function accountsCount(): u32 {
  return m.state.accounts_count;
}

@inline function has(a: Account, flag: u32): bool {
  return ((a.flags as u32) & flag) != 0;
}

function createAccount(a: Account, slotTimestamp: u64): Status {
  const head = checkHead(a);
  if (head != Status.created) return head;
  const place = findAccount(a.id_lo, a.id_hi);
  if (place != 0) return compareExisting(a, changetype<Account>(account(place)));
  const fields = checkFields(a);
  if (fields != Status.created) return fields;
  const imported = has(a, g.ACCOUNT_FLAG_IMPORTED);
  if (imported) {
    if (regresses(a.timestamp)) return Status.imported_event_timestamp_must_not_regress;
    resultTimestamp = a.timestamp;
  }
  const stored = imported ? a.timestamp : slotTimestamp;
  assert(stored > m.state.accounts_timestamp_max);
  insertAccount(changetype<usize>(a), stored);
  m.state.accounts_timestamp_max = stored;
  return Status.created;
}

/** The checks that come before the id is looked up. */
@inline function checkHead(a: Account): Status {
  const imported = has(a, g.ACCOUNT_FLAG_IMPORTED);
  if (imported != batchImported) {
    return imported ? Status.imported_event_not_expected : Status.imported_event_expected;
  }
  if (imported) {
    if (a.timestamp == 0 || a.timestamp > g.TIMESTAMP_MAX) return Status.imported_event_timestamp_out_of_range;
    if (a.timestamp >= batchTimestamp) return Status.imported_event_timestamp_must_not_advance;
  } else if (a.timestamp != 0) return Status.timestamp_must_be_zero;
  if (a.reserved != 0) return Status.reserved_field;
  if (has(a, g.ACCOUNT_FLAGS_RESERVED)) return Status.reserved_flag;
  if (isZero(a.id_lo, a.id_hi)) return Status.id_must_not_be_zero;
  if (isMax(a.id_lo, a.id_hi)) return Status.id_must_not_be_int_max;
  return Status.created;
}

/** Checks the event by itself. */
@inline function checkFields(a: Account): Status {
  if (((a.flags as u32) & LIMITS) == LIMITS) return Status.flags_are_mutually_exclusive;
  if (!isZero(a.debits_pending_lo, a.debits_pending_hi)) return Status.debits_pending_must_be_zero;
  if (!isZero(a.debits_posted_lo, a.debits_posted_hi)) return Status.debits_posted_must_be_zero;
  if (!isZero(a.credits_pending_lo, a.credits_pending_hi)) return Status.credits_pending_must_be_zero;
  if (!isZero(a.credits_posted_lo, a.credits_posted_hi)) return Status.credits_posted_must_be_zero;
  if (a.ledger == 0) return Status.ledger_must_not_be_zero;
  if (a.code == 0) return Status.code_must_not_be_zero;
  return Status.created;
}

/** Whether an imported timestamp is not later than every account's before it, or is a transfer's. */
function regresses(timestamp: u64): bool {
  if (timestamp <= m.state.accounts_timestamp_max) return true;
  return timestamp <= m.state.transfers_timestamp_max && transferAt(timestamp);
}

/** The id exists: is the event the same? `e` is the stored account. */
function compareExisting(a: Account, e: Account): Status {
  if (a.flags != e.flags) return Status.exists_with_different_flags;
  if (!equal(a.user_data_128_lo, a.user_data_128_hi, e.user_data_128_lo, e.user_data_128_hi)) {
    return Status.exists_with_different_user_data_128;
  }
  if (a.user_data_64 != e.user_data_64) return Status.exists_with_different_user_data_64;
  if (a.user_data_32 != e.user_data_32) return Status.exists_with_different_user_data_32;
  if (a.ledger != e.ledger) return Status.exists_with_different_ledger;
  if (a.code != e.code) return Status.exists_with_different_code;
  resultTimestamp = e.timestamp;
  return Status.exists;
}
