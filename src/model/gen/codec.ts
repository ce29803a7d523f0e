// Printed by scripts/generate.ts from src/model/schema.ts: change that, then `npm run generate`.

import type { Cells } from '../cells.ts';
import { Names } from '../names.ts';
import {
  absentAmount,
  atIndex,
  getU8,
  getU16,
  getU32,
  getU64,
  getU128,
  invalid,
  putId,
  putU16,
  putU32,
  putU64,
  putU128,
} from '../scalars.ts';
import type { ChangeEventType, CreateAccountStatus, CreateTransferStatus, PendingState } from './enums.ts';
import {
  ACCOUNT_BALANCE_SIZE,
  ACCOUNT_FILTER_SIZE,
  ACCOUNT_LOOKUP_SIZE,
  ACCOUNT_SIZE,
  CHANGE_EVENT_SIZE,
  CHANGE_EVENTS_FILTER_SIZE,
  CREATE_ACCOUNT_RESULT_SIZE,
  CREATE_TRANSFER_RESULT_SIZE,
  ID_SIZE,
  PENDING_LOOKUP_SIZE,
  PENDING_TRANSFER_SIZE,
  QUERY_FILTER_SIZE,
  SNAPSHOT_REQUEST_SIZE,
  SNAPSHOT_SIZE,
  TRANSFER_FILTER_SIZE,
  TRANSFER_SIZE,
  TRANSFER_SUM_FILTER_SIZE,
  TRANSFER_SUM_SIZE,
} from './layout.ts';
import type {
  Account,
  AccountBalance,
  AccountFilter,
  AccountFilterInput,
  AccountInput,
  AccountLookup,
  AccountLookupInput,
  AnyTransferInput,
  ChangeEvent,
  ChangeEventsFilter,
  ChangeEventsFilterInput,
  CreateAccountResult,
  CreateTransferResult,
  Id,
  PendingLookup,
  PendingLookupInput,
  PendingTransfer,
  QueryFilter,
  QueryFilterInput,
  Snapshot,
  SnapshotRequest,
  SnapshotRequestInput,
  Transfer,
  TransferFilter,
  TransferFilterInput,
  TransferSum,
  TransferSumFilter,
  TransferSumFilterInput,
} from './types.ts';

/** Writes the ids of a lookup packed from byte `at`. */
export function encodeIds(cells: Cells, at: number, ids: readonly Id[], exact = true): void {
  const count = ids.length; // Once, as below.
  let index = 0;
  try {
    for (; index < count; index++) putId(cells, at + index * ID_SIZE, ids[index]!, exact ? 'id' : 'lookup');
  } catch (error) {
    throw exact ? atIndex(error, 'ids', index) : error;
  }
}

const namesAccount = new Names([
  'id',
  'debits_pending',
  'debits_posted',
  'credits_pending',
  'credits_posted',
  'user_data_128',
  'user_data_64',
  'user_data_32',
  'reserved',
  'ledger',
  'code',
  'flags',
  'timestamp',
]);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodeAccount(cells: Cells, at: number, event: AccountInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('id must be defined');
  if (exact) namesAccount.check(event);
  const {
    id,
    debits_pending = 0n,
    debits_posted = 0n,
    credits_pending = 0n,
    credits_posted = 0n,
    user_data_128 = 0n,
    user_data_64 = 0n,
    user_data_32 = 0,
    reserved = 0,
    ledger,
    code,
    flags = 0,
    timestamp = 0n,
  } = event;
  putId(cells, at, id, 'id');
  putU128(cells, at + 16, debits_pending, 'debits_pending');
  putU128(cells, at + 32, debits_posted, 'debits_posted');
  putU128(cells, at + 48, credits_pending, 'credits_pending');
  putU128(cells, at + 64, credits_posted, 'credits_posted');
  putId(cells, at + 80, user_data_128, 'user_data_128');
  putU64(cells, at + 96, user_data_64, 'user_data_64');
  putU32(cells, at + 104, user_data_32, 'user_data_32', exact);
  putU32(cells, at + 108, reserved, 'reserved', exact);
  putU32(cells, at + 112, ledger, 'ledger', exact);
  putU16(cells, at + 116, code, 'code', exact);
  putU16(cells, at + 118, flags, 'flags', exact);
  putU64(cells, at + 120, timestamp, 'timestamp');
}

/** Writes them packed from byte `at`. */
export function encodeAccounts(cells: Cells, at: number, events: readonly AccountInput[], exact = true): void {
  const count = events.length; // Once: a getter that grows the array must not write past the request.
  let index = 0;
  try {
    for (; index < count; index++) {
      encodeAccount(cells, at + index * ACCOUNT_SIZE, events[index]!, exact);
    }
  } catch (error) {
    throw exact ? atIndex(error, 'events', index) : error;
  }
}

const namesTransfer = new Names([
  'id',
  'debit_account_id',
  'credit_account_id',
  'amount',
  'pending_id',
  'user_data_128',
  'user_data_64',
  'user_data_32',
  'timeout',
  'ledger',
  'code',
  'flags',
  'timestamp',
]);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodeTransfer(cells: Cells, at: number, event: AnyTransferInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('id must be defined');
  if (exact) namesTransfer.check(event);
  const {
    id,
    debit_account_id = 0n,
    credit_account_id = 0n,
    amount,
    pending_id = 0n,
    user_data_128 = 0n,
    user_data_64 = 0n,
    user_data_32 = 0,
    timeout = 0,
    ledger = 0,
    code = 0,
    flags = 0,
    timestamp = 0n,
  } = event;
  putId(cells, at, id, 'id');
  putId(cells, at + 16, debit_account_id, 'debit_account_id');
  putId(cells, at + 32, credit_account_id, 'credit_account_id');
  putU128(cells, at + 48, amount === undefined ? absentAmount(flags, 8, exact) : amount, 'amount');
  putId(cells, at + 64, pending_id, 'pending_id');
  putId(cells, at + 80, user_data_128, 'user_data_128');
  putU64(cells, at + 96, user_data_64, 'user_data_64');
  putU32(cells, at + 104, user_data_32, 'user_data_32', exact);
  putU32(cells, at + 108, timeout, 'timeout', exact);
  putU32(cells, at + 112, ledger, 'ledger', exact);
  putU16(cells, at + 116, code, 'code', exact);
  putU16(cells, at + 118, flags, 'flags', exact);
  putU64(cells, at + 120, timestamp, 'timestamp');
}

/** Writes them packed from byte `at`. */
export function encodeTransfers(cells: Cells, at: number, events: readonly AnyTransferInput[], exact = true): void {
  const count = events.length; // Once: a getter that grows the array must not write past the request.
  let index = 0;
  try {
    for (; index < count; index++) {
      encodeTransfer(cells, at + index * TRANSFER_SIZE, events[index]!, exact);
    }
  } catch (error) {
    throw exact ? atIndex(error, 'events', index) : error;
  }
}

const namesAccountFilter = new Names([
  'account_id',
  'user_data_128',
  'user_data_64',
  'user_data_32',
  'code',
  'timestamp_min',
  'timestamp_max',
  'limit',
  'flags',
]);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodeAccountFilter(cells: Cells, at: number, event: AccountFilterInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('account_id must be defined');
  if (exact) namesAccountFilter.check(event);
  const {
    account_id,
    user_data_128 = 0n,
    user_data_64 = 0n,
    user_data_32 = 0,
    code = 0,
    timestamp_min = 0n,
    timestamp_max = 0n,
    limit = 8189,
    flags = 3,
  } = event;
  putId(cells, at, account_id, 'account_id');
  putId(cells, at + 16, user_data_128, 'user_data_128');
  putU64(cells, at + 32, user_data_64, 'user_data_64');
  putU32(cells, at + 40, user_data_32, 'user_data_32', exact);
  putU16(cells, at + 44, code, 'code', exact);
  cells.bytes.fill(0, at + 46, at + 104);
  putU64(cells, at + 104, timestamp_min, 'timestamp_min');
  putU64(cells, at + 112, timestamp_max, 'timestamp_max');
  putU32(cells, at + 120, limit, 'limit', exact);
  putU32(cells, at + 124, flags, 'flags', exact);
}

const namesQueryFilter = new Names([
  'user_data_128',
  'user_data_64',
  'user_data_32',
  'ledger',
  'code',
  'timestamp_min',
  'timestamp_max',
  'limit',
  'flags',
]);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodeQueryFilter(cells: Cells, at: number, event: QueryFilterInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('user_data_128 must be defined');
  if (exact) namesQueryFilter.check(event);
  const {
    user_data_128 = 0n,
    user_data_64 = 0n,
    user_data_32 = 0,
    ledger = 0,
    code = 0,
    timestamp_min = 0n,
    timestamp_max = 0n,
    limit = 8189,
    flags = 0,
  } = event;
  putId(cells, at, user_data_128, 'user_data_128');
  putU64(cells, at + 16, user_data_64, 'user_data_64');
  putU32(cells, at + 24, user_data_32, 'user_data_32', exact);
  putU32(cells, at + 28, ledger, 'ledger', exact);
  putU16(cells, at + 32, code, 'code', exact);
  cells.bytes.fill(0, at + 34, at + 40);
  putU64(cells, at + 40, timestamp_min, 'timestamp_min');
  putU64(cells, at + 48, timestamp_max, 'timestamp_max');
  putU32(cells, at + 56, limit, 'limit', exact);
  putU32(cells, at + 60, flags, 'flags', exact);
}

const namesChangeEventsFilter = new Names(['timestamp_min', 'timestamp_max', 'limit']);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodeChangeEventsFilter(cells: Cells, at: number, event: ChangeEventsFilterInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('timestamp_min must be defined');
  if (exact) namesChangeEventsFilter.check(event);
  const { timestamp_min = 0n, timestamp_max = 0n, limit = 2730 } = event;
  putU64(cells, at, timestamp_min, 'timestamp_min');
  putU64(cells, at + 8, timestamp_max, 'timestamp_max');
  putU32(cells, at + 16, limit, 'limit', exact);
  cells.bytes.fill(0, at + 20, at + 64);
}

const namesTransferFilter = new Names([
  'account_id',
  'counterparty_id',
  'pending_id',
  'amount_min',
  'amount_max',
  'user_data_128',
  'user_data_64',
  'user_data_32',
  'ledger',
  'code',
  'transfer_flags',
  'timestamp_min',
  'timestamp_max',
  'as_of',
  'limit',
  'flags',
]);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodeTransferFilter(cells: Cells, at: number, event: TransferFilterInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('account_id must be defined');
  if (exact) namesTransferFilter.check(event);
  const {
    account_id = 0n,
    counterparty_id = 0n,
    pending_id = 0n,
    amount_min = 0n,
    amount_max = 0n,
    user_data_128 = 0n,
    user_data_64 = 0n,
    user_data_32 = 0,
    ledger = 0,
    code = 0,
    transfer_flags = 0,
    timestamp_min = 0n,
    timestamp_max = 0n,
    as_of = 0n,
    limit = 8189,
    flags = 0,
  } = event;
  putId(cells, at, account_id, 'account_id');
  putId(cells, at + 16, counterparty_id, 'counterparty_id');
  putId(cells, at + 32, pending_id, 'pending_id');
  putU128(cells, at + 48, amount_min, 'amount_min');
  putU128(cells, at + 64, amount_max, 'amount_max');
  putId(cells, at + 80, user_data_128, 'user_data_128');
  putU64(cells, at + 96, user_data_64, 'user_data_64');
  putU32(cells, at + 104, user_data_32, 'user_data_32', exact);
  putU32(cells, at + 108, ledger, 'ledger', exact);
  putU16(cells, at + 112, code, 'code', exact);
  putU16(cells, at + 114, transfer_flags, 'transfer_flags', exact);
  cells.bytes.fill(0, at + 116, at + 120);
  putU64(cells, at + 120, timestamp_min, 'timestamp_min');
  putU64(cells, at + 128, timestamp_max, 'timestamp_max');
  putU64(cells, at + 136, as_of, 'as_of');
  putU32(cells, at + 144, limit, 'limit', exact);
  putU32(cells, at + 148, flags, 'flags', exact);
  cells.bytes.fill(0, at + 152, at + 160);
}

const namesTransferSumFilter = new Names([
  'account_id',
  'counterparty_id',
  'pending_id',
  'amount_min',
  'amount_max',
  'user_data_128',
  'user_data_64',
  'user_data_32',
  'ledger',
  'code',
  'transfer_flags',
  'timestamp_min',
  'timestamp_max',
  'as_of',
  'flags',
]);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodeTransferSumFilter(cells: Cells, at: number, event: TransferSumFilterInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('account_id must be defined');
  if (exact) namesTransferSumFilter.check(event);
  const {
    account_id = 0n,
    counterparty_id = 0n,
    pending_id = 0n,
    amount_min = 0n,
    amount_max = 0n,
    user_data_128 = 0n,
    user_data_64 = 0n,
    user_data_32 = 0,
    ledger = 0,
    code = 0,
    transfer_flags = 0,
    timestamp_min = 0n,
    timestamp_max = 0n,
    as_of = 0n,
    flags = 0,
  } = event;
  putId(cells, at, account_id, 'account_id');
  putId(cells, at + 16, counterparty_id, 'counterparty_id');
  putId(cells, at + 32, pending_id, 'pending_id');
  putU128(cells, at + 48, amount_min, 'amount_min');
  putU128(cells, at + 64, amount_max, 'amount_max');
  putId(cells, at + 80, user_data_128, 'user_data_128');
  putU64(cells, at + 96, user_data_64, 'user_data_64');
  putU32(cells, at + 104, user_data_32, 'user_data_32', exact);
  putU32(cells, at + 108, ledger, 'ledger', exact);
  putU16(cells, at + 112, code, 'code', exact);
  putU16(cells, at + 114, transfer_flags, 'transfer_flags', exact);
  cells.bytes.fill(0, at + 116, at + 120);
  putU64(cells, at + 120, timestamp_min, 'timestamp_min');
  putU64(cells, at + 128, timestamp_max, 'timestamp_max');
  putU64(cells, at + 136, as_of, 'as_of');
  cells.bytes.fill(0, at + 144, at + 148);
  putU32(cells, at + 148, flags, 'flags', exact);
  cells.bytes.fill(0, at + 152, at + 160);
}

const namesPendingLookup = new Names(['id', 'as_of']);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodePendingLookup(cells: Cells, at: number, event: PendingLookupInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('id must be defined');
  if (exact) namesPendingLookup.check(event);
  const { id, as_of = 0n } = event;
  putId(cells, at, id, 'id');
  putU64(cells, at + 16, as_of, 'as_of');
  cells.bytes.fill(0, at + 24, at + 32);
}

/** Writes them packed from byte `at`. */
export function encodePendingLookups(
  cells: Cells,
  at: number,
  events: readonly PendingLookupInput[],
  exact = true,
): void {
  const count = events.length; // Once: a getter that grows the array must not write past the request.
  let index = 0;
  try {
    for (; index < count; index++) {
      encodePendingLookup(cells, at + index * PENDING_LOOKUP_SIZE, events[index]!, exact);
    }
  } catch (error) {
    throw exact ? atIndex(error, 'events', index) : error;
  }
}

const namesAccountLookup = new Names(['id', 'timestamp', 'as_of']);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodeAccountLookup(cells: Cells, at: number, event: AccountLookupInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('id must be defined');
  if (exact) namesAccountLookup.check(event);
  const { id, timestamp = 0n, as_of = 0n } = event;
  putId(cells, at, id, 'id');
  putU64(cells, at + 16, timestamp, 'timestamp');
  putU64(cells, at + 24, as_of, 'as_of');
}

/** Writes them packed from byte `at`. */
export function encodeAccountLookups(
  cells: Cells,
  at: number,
  events: readonly AccountLookupInput[],
  exact = true,
): void {
  const count = events.length; // Once: a getter that grows the array must not write past the request.
  let index = 0;
  try {
    for (; index < count; index++) {
      encodeAccountLookup(cells, at + index * ACCOUNT_LOOKUP_SIZE, events[index]!, exact);
    }
  } catch (error) {
    throw exact ? atIndex(error, 'events', index) : error;
  }
}

const namesSnapshotRequest = new Names(['reserved']);

/**
 * Writes one event at byte `at`; throws on the first field that cannot be written. `exact`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encodeSnapshotRequest(cells: Cells, at: number, event: SnapshotRequestInput, exact = true): void {
  if (event === undefined || event === null) throw invalid('reserved must be defined');
  if (exact) namesSnapshotRequest.check(event);
  const { reserved = 0n } = event;
  putU64(cells, at, reserved, 'reserved');
  cells.bytes.fill(0, at + 8, at + 16);
}

/** Reads one from byte `at`. */
export function decodeAccount(cells: Cells, at: number): Account {
  return {
    id: getU128(cells, at),
    debits_pending: getU128(cells, at + 16),
    debits_posted: getU128(cells, at + 32),
    credits_pending: getU128(cells, at + 48),
    credits_posted: getU128(cells, at + 64),
    user_data_128: getU128(cells, at + 80),
    user_data_64: getU64(cells, at + 96),
    user_data_32: getU32(cells, at + 104),
    reserved: getU32(cells, at + 108),
    ledger: getU32(cells, at + 112),
    code: getU16(cells, at + 116),
    flags: getU16(cells, at + 118),
    timestamp: getU64(cells, at + 120),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeAccounts(cells: Cells, at: number, size: number): Account[] {
  const found = new Array<Account>(size / ACCOUNT_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeAccount(cells, at + index * ACCOUNT_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeTransfer(cells: Cells, at: number): Transfer {
  return {
    id: getU128(cells, at),
    debit_account_id: getU128(cells, at + 16),
    credit_account_id: getU128(cells, at + 32),
    amount: getU128(cells, at + 48),
    pending_id: getU128(cells, at + 64),
    user_data_128: getU128(cells, at + 80),
    user_data_64: getU64(cells, at + 96),
    user_data_32: getU32(cells, at + 104),
    timeout: getU32(cells, at + 108),
    ledger: getU32(cells, at + 112),
    code: getU16(cells, at + 116),
    flags: getU16(cells, at + 118),
    timestamp: getU64(cells, at + 120),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeTransfers(cells: Cells, at: number, size: number): Transfer[] {
  const found = new Array<Transfer>(size / TRANSFER_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeTransfer(cells, at + index * TRANSFER_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeAccountBalance(cells: Cells, at: number): AccountBalance {
  return {
    debits_pending: getU128(cells, at),
    debits_posted: getU128(cells, at + 16),
    credits_pending: getU128(cells, at + 32),
    credits_posted: getU128(cells, at + 48),
    timestamp: getU64(cells, at + 64),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeAccountBalances(cells: Cells, at: number, size: number): AccountBalance[] {
  const found = new Array<AccountBalance>(size / ACCOUNT_BALANCE_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeAccountBalance(cells, at + index * ACCOUNT_BALANCE_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeAccountFilter(cells: Cells, at: number): AccountFilter {
  return {
    account_id: getU128(cells, at),
    user_data_128: getU128(cells, at + 16),
    user_data_64: getU64(cells, at + 32),
    user_data_32: getU32(cells, at + 40),
    code: getU16(cells, at + 44),
    timestamp_min: getU64(cells, at + 104),
    timestamp_max: getU64(cells, at + 112),
    limit: getU32(cells, at + 120),
    flags: getU32(cells, at + 124),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeAccountFilters(cells: Cells, at: number, size: number): AccountFilter[] {
  const found = new Array<AccountFilter>(size / ACCOUNT_FILTER_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeAccountFilter(cells, at + index * ACCOUNT_FILTER_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeQueryFilter(cells: Cells, at: number): QueryFilter {
  return {
    user_data_128: getU128(cells, at),
    user_data_64: getU64(cells, at + 16),
    user_data_32: getU32(cells, at + 24),
    ledger: getU32(cells, at + 28),
    code: getU16(cells, at + 32),
    timestamp_min: getU64(cells, at + 40),
    timestamp_max: getU64(cells, at + 48),
    limit: getU32(cells, at + 56),
    flags: getU32(cells, at + 60),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeQueryFilters(cells: Cells, at: number, size: number): QueryFilter[] {
  const found = new Array<QueryFilter>(size / QUERY_FILTER_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeQueryFilter(cells, at + index * QUERY_FILTER_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeChangeEventsFilter(cells: Cells, at: number): ChangeEventsFilter {
  return {
    timestamp_min: getU64(cells, at),
    timestamp_max: getU64(cells, at + 8),
    limit: getU32(cells, at + 16),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeChangeEventsFilters(cells: Cells, at: number, size: number): ChangeEventsFilter[] {
  const found = new Array<ChangeEventsFilter>(size / CHANGE_EVENTS_FILTER_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeChangeEventsFilter(cells, at + index * CHANGE_EVENTS_FILTER_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeChangeEvent(cells: Cells, at: number): ChangeEvent {
  return {
    transfer_id: getU128(cells, at),
    transfer_amount: getU128(cells, at + 16),
    transfer_pending_id: getU128(cells, at + 32),
    transfer_user_data_128: getU128(cells, at + 48),
    transfer_user_data_64: getU64(cells, at + 64),
    transfer_user_data_32: getU32(cells, at + 72),
    transfer_timeout: getU32(cells, at + 76),
    transfer_code: getU16(cells, at + 80),
    transfer_flags: getU16(cells, at + 82),
    ledger: getU32(cells, at + 84),
    type: getU8(cells, at + 88) as ChangeEventType,
    debit_account_id: getU128(cells, at + 128),
    debit_account_debits_pending: getU128(cells, at + 144),
    debit_account_debits_posted: getU128(cells, at + 160),
    debit_account_credits_pending: getU128(cells, at + 176),
    debit_account_credits_posted: getU128(cells, at + 192),
    debit_account_user_data_128: getU128(cells, at + 208),
    debit_account_user_data_64: getU64(cells, at + 224),
    debit_account_user_data_32: getU32(cells, at + 232),
    debit_account_code: getU16(cells, at + 236),
    debit_account_flags: getU16(cells, at + 238),
    credit_account_id: getU128(cells, at + 240),
    credit_account_debits_pending: getU128(cells, at + 256),
    credit_account_debits_posted: getU128(cells, at + 272),
    credit_account_credits_pending: getU128(cells, at + 288),
    credit_account_credits_posted: getU128(cells, at + 304),
    credit_account_user_data_128: getU128(cells, at + 320),
    credit_account_user_data_64: getU64(cells, at + 336),
    credit_account_user_data_32: getU32(cells, at + 344),
    credit_account_code: getU16(cells, at + 348),
    credit_account_flags: getU16(cells, at + 350),
    timestamp: getU64(cells, at + 352),
    transfer_timestamp: getU64(cells, at + 360),
    debit_account_timestamp: getU64(cells, at + 368),
    credit_account_timestamp: getU64(cells, at + 376),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeChangeEvents(cells: Cells, at: number, size: number): ChangeEvent[] {
  const found = new Array<ChangeEvent>(size / CHANGE_EVENT_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeChangeEvent(cells, at + index * CHANGE_EVENT_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeCreateAccountResult(cells: Cells, at: number): CreateAccountResult & { reserved: number } {
  return {
    timestamp: getU64(cells, at),
    status: getU32(cells, at + 8) as CreateAccountStatus,
    reserved: getU32(cells, at + 12),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeCreateAccountResults(
  cells: Cells,
  at: number,
  size: number,
): (CreateAccountResult & { reserved: number })[] {
  const found = new Array<CreateAccountResult & { reserved: number }>(size / CREATE_ACCOUNT_RESULT_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeCreateAccountResult(cells, at + index * CREATE_ACCOUNT_RESULT_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeCreateTransferResult(cells: Cells, at: number): CreateTransferResult & { reserved: number } {
  return {
    timestamp: getU64(cells, at),
    status: getU32(cells, at + 8) as CreateTransferStatus,
    reserved: getU32(cells, at + 12),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeCreateTransferResults(
  cells: Cells,
  at: number,
  size: number,
): (CreateTransferResult & { reserved: number })[] {
  const found = new Array<CreateTransferResult & { reserved: number }>(size / CREATE_TRANSFER_RESULT_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeCreateTransferResult(cells, at + index * CREATE_TRANSFER_RESULT_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeTransferFilter(cells: Cells, at: number): TransferFilter {
  return {
    account_id: getU128(cells, at),
    counterparty_id: getU128(cells, at + 16),
    pending_id: getU128(cells, at + 32),
    amount_min: getU128(cells, at + 48),
    amount_max: getU128(cells, at + 64),
    user_data_128: getU128(cells, at + 80),
    user_data_64: getU64(cells, at + 96),
    user_data_32: getU32(cells, at + 104),
    ledger: getU32(cells, at + 108),
    code: getU16(cells, at + 112),
    transfer_flags: getU16(cells, at + 114),
    timestamp_min: getU64(cells, at + 120),
    timestamp_max: getU64(cells, at + 128),
    as_of: getU64(cells, at + 136),
    limit: getU32(cells, at + 144),
    flags: getU32(cells, at + 148),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeTransferFilters(cells: Cells, at: number, size: number): TransferFilter[] {
  const found = new Array<TransferFilter>(size / TRANSFER_FILTER_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeTransferFilter(cells, at + index * TRANSFER_FILTER_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeTransferSumFilter(cells: Cells, at: number): TransferSumFilter {
  return {
    account_id: getU128(cells, at),
    counterparty_id: getU128(cells, at + 16),
    pending_id: getU128(cells, at + 32),
    amount_min: getU128(cells, at + 48),
    amount_max: getU128(cells, at + 64),
    user_data_128: getU128(cells, at + 80),
    user_data_64: getU64(cells, at + 96),
    user_data_32: getU32(cells, at + 104),
    ledger: getU32(cells, at + 108),
    code: getU16(cells, at + 112),
    transfer_flags: getU16(cells, at + 114),
    timestamp_min: getU64(cells, at + 120),
    timestamp_max: getU64(cells, at + 128),
    as_of: getU64(cells, at + 136),
    flags: getU32(cells, at + 148),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeTransferSumFilters(cells: Cells, at: number, size: number): TransferSumFilter[] {
  const found = new Array<TransferSumFilter>(size / TRANSFER_SUM_FILTER_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeTransferSumFilter(cells, at + index * TRANSFER_SUM_FILTER_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeTransferSum(cells: Cells, at: number): TransferSum {
  return {
    debits_posted: getU128(cells, at),
    debits_pending: getU128(cells, at + 16),
    credits_posted: getU128(cells, at + 32),
    credits_pending: getU128(cells, at + 48),
    count: getU64(cells, at + 64),
    timestamp_first: getU64(cells, at + 72),
    timestamp_last: getU64(cells, at + 80),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeTransferSums(cells: Cells, at: number, size: number): TransferSum[] {
  const found = new Array<TransferSum>(size / TRANSFER_SUM_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeTransferSum(cells, at + index * TRANSFER_SUM_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodePendingLookup(cells: Cells, at: number): PendingLookup {
  return {
    id: getU128(cells, at),
    as_of: getU64(cells, at + 16),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodePendingLookups(cells: Cells, at: number, size: number): PendingLookup[] {
  const found = new Array<PendingLookup>(size / PENDING_LOOKUP_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodePendingLookup(cells, at + index * PENDING_LOOKUP_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodePendingTransfer(cells: Cells, at: number): PendingTransfer {
  return {
    id: getU128(cells, at),
    amount: getU128(cells, at + 16),
    amount_posted: getU128(cells, at + 32),
    ended_by: getU128(cells, at + 48),
    timestamp: getU64(cells, at + 64),
    expires_at: getU64(cells, at + 72),
    ended_at: getU64(cells, at + 80),
    ledger: getU32(cells, at + 88),
    state: getU8(cells, at + 92) as PendingState,
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodePendingTransfers(cells: Cells, at: number, size: number): PendingTransfer[] {
  const found = new Array<PendingTransfer>(size / PENDING_TRANSFER_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodePendingTransfer(cells, at + index * PENDING_TRANSFER_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeAccountLookup(cells: Cells, at: number): AccountLookup {
  return {
    id: getU128(cells, at),
    timestamp: getU64(cells, at + 16),
    as_of: getU64(cells, at + 24),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeAccountLookups(cells: Cells, at: number, size: number): AccountLookup[] {
  const found = new Array<AccountLookup>(size / ACCOUNT_LOOKUP_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeAccountLookup(cells, at + index * ACCOUNT_LOOKUP_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeSnapshotRequest(cells: Cells, at: number): SnapshotRequest {
  return {
    reserved: getU64(cells, at),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeSnapshotRequests(cells: Cells, at: number, size: number): SnapshotRequest[] {
  const found = new Array<SnapshotRequest>(size / SNAPSHOT_REQUEST_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeSnapshotRequest(cells, at + index * SNAPSHOT_REQUEST_SIZE);
  }
  return found;
}

/** Reads one from byte `at`. */
export function decodeSnapshot(cells: Cells, at: number): Snapshot {
  return {
    as_of: getU64(cells, at),
    timestamp: getU64(cells, at + 8),
    transfers_timestamp: getU64(cells, at + 16),
    accounts_timestamp: getU64(cells, at + 24),
    op: getU64(cells, at + 32),
  };
}

/** Reads those that lie packed in `size` bytes from byte `at`. */
export function decodeSnapshots(cells: Cells, at: number, size: number): Snapshot[] {
  const found = new Array<Snapshot>(size / SNAPSHOT_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decodeSnapshot(cells, at + index * SNAPSHOT_SIZE);
  }
  return found;
}
