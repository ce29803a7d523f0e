// Printed by scripts/generate.ts from src/model/schema.ts: change that, then `npm run generate`.

import { Operation } from './enums.ts';
import type {
  Account,
  AccountBalance,
  AccountFilter,
  AccountLookup,
  ChangeEvent,
  ChangeEventsFilter,
  CreateAccountResult,
  CreateTransferResult,
  PendingLookup,
  PendingTransfer,
  QueryFilter,
  Snapshot,
  SnapshotRequest,
  Transfer,
  TransferFilter,
  TransferSum,
  TransferSumFilter,
} from './types.ts';

/** Events in one request, and items in one reply, at most. */
export const EVENTS_MAX = 8189;
/** Change events in one reply, at most. */
export const CHANGE_EVENTS_MAX = 2730;
/** Bytes of a bare id, the event of a lookup. */
export const ID_SIZE = 16;

/** Bytes. */
export const ACCOUNT_SIZE = 128;
/** Byte offsets of the fields of a {@link Account}. */
export const AccountOffset = {
  id: 0,
  debits_pending: 16,
  debits_posted: 32,
  credits_pending: 48,
  credits_posted: 64,
  user_data_128: 80,
  user_data_64: 96,
  user_data_32: 104,
  reserved: 108,
  ledger: 112,
  code: 116,
  flags: 118,
  timestamp: 120,
} as const;

/** Bytes. */
export const TRANSFER_SIZE = 128;
/** Byte offsets of the fields of a {@link Transfer}. */
export const TransferOffset = {
  id: 0,
  debit_account_id: 16,
  credit_account_id: 32,
  amount: 48,
  pending_id: 64,
  user_data_128: 80,
  user_data_64: 96,
  user_data_32: 104,
  timeout: 108,
  ledger: 112,
  code: 116,
  flags: 118,
  timestamp: 120,
} as const;

/** Bytes. */
export const ACCOUNT_BALANCE_SIZE = 128;
/** Byte offsets of the fields of a {@link AccountBalance}. */
export const AccountBalanceOffset = {
  debits_pending: 0,
  debits_posted: 16,
  credits_pending: 32,
  credits_posted: 48,
  timestamp: 64,
} as const;

/** Bytes. */
export const ACCOUNT_FILTER_SIZE = 128;
/** Byte offsets of the fields of a {@link AccountFilter}. */
export const AccountFilterOffset = {
  account_id: 0,
  user_data_128: 16,
  user_data_64: 32,
  user_data_32: 40,
  code: 44,
  timestamp_min: 104,
  timestamp_max: 112,
  limit: 120,
  flags: 124,
} as const;

/** Bytes. */
export const QUERY_FILTER_SIZE = 64;
/** Byte offsets of the fields of a {@link QueryFilter}. */
export const QueryFilterOffset = {
  user_data_128: 0,
  user_data_64: 16,
  user_data_32: 24,
  ledger: 28,
  code: 32,
  timestamp_min: 40,
  timestamp_max: 48,
  limit: 56,
  flags: 60,
} as const;

/** Bytes. */
export const CHANGE_EVENTS_FILTER_SIZE = 64;
/** Byte offsets of the fields of a {@link ChangeEventsFilter}. */
export const ChangeEventsFilterOffset = {
  timestamp_min: 0,
  timestamp_max: 8,
  limit: 16,
} as const;

/** Bytes. */
export const CHANGE_EVENT_SIZE = 384;
/** Byte offsets of the fields of a {@link ChangeEvent}. */
export const ChangeEventOffset = {
  transfer_id: 0,
  transfer_amount: 16,
  transfer_pending_id: 32,
  transfer_user_data_128: 48,
  transfer_user_data_64: 64,
  transfer_user_data_32: 72,
  transfer_timeout: 76,
  transfer_code: 80,
  transfer_flags: 82,
  ledger: 84,
  type: 88,
  debit_account_id: 128,
  debit_account_debits_pending: 144,
  debit_account_debits_posted: 160,
  debit_account_credits_pending: 176,
  debit_account_credits_posted: 192,
  debit_account_user_data_128: 208,
  debit_account_user_data_64: 224,
  debit_account_user_data_32: 232,
  debit_account_code: 236,
  debit_account_flags: 238,
  credit_account_id: 240,
  credit_account_debits_pending: 256,
  credit_account_debits_posted: 272,
  credit_account_credits_pending: 288,
  credit_account_credits_posted: 304,
  credit_account_user_data_128: 320,
  credit_account_user_data_64: 336,
  credit_account_user_data_32: 344,
  credit_account_code: 348,
  credit_account_flags: 350,
  timestamp: 352,
  transfer_timestamp: 360,
  debit_account_timestamp: 368,
  credit_account_timestamp: 376,
} as const;

/** Bytes. */
export const CREATE_ACCOUNT_RESULT_SIZE = 16;
/** Byte offsets of the fields of a {@link CreateAccountResult}. */
export const CreateAccountResultOffset = {
  timestamp: 0,
  status: 8,
  reserved: 12,
} as const;

/** Bytes. */
export const CREATE_TRANSFER_RESULT_SIZE = 16;
/** Byte offsets of the fields of a {@link CreateTransferResult}. */
export const CreateTransferResultOffset = {
  timestamp: 0,
  status: 8,
  reserved: 12,
} as const;

/** Bytes. */
export const TRANSFER_FILTER_SIZE = 160;
/** Byte offsets of the fields of a {@link TransferFilter}. */
export const TransferFilterOffset = {
  account_id: 0,
  counterparty_id: 16,
  pending_id: 32,
  amount_min: 48,
  amount_max: 64,
  user_data_128: 80,
  user_data_64: 96,
  user_data_32: 104,
  ledger: 108,
  code: 112,
  transfer_flags: 114,
  timestamp_min: 120,
  timestamp_max: 128,
  as_of: 136,
  limit: 144,
  flags: 148,
} as const;

/** Bytes. */
export const TRANSFER_SUM_FILTER_SIZE = 160;
/** Byte offsets of the fields of a {@link TransferSumFilter}. */
export const TransferSumFilterOffset = {
  account_id: 0,
  counterparty_id: 16,
  pending_id: 32,
  amount_min: 48,
  amount_max: 64,
  user_data_128: 80,
  user_data_64: 96,
  user_data_32: 104,
  ledger: 108,
  code: 112,
  transfer_flags: 114,
  timestamp_min: 120,
  timestamp_max: 128,
  as_of: 136,
  flags: 148,
} as const;

/** Bytes. */
export const TRANSFER_SUM_SIZE = 128;
/** Byte offsets of the fields of a {@link TransferSum}. */
export const TransferSumOffset = {
  debits_posted: 0,
  debits_pending: 16,
  credits_posted: 32,
  credits_pending: 48,
  count: 64,
  timestamp_first: 72,
  timestamp_last: 80,
} as const;

/** Bytes. */
export const PENDING_LOOKUP_SIZE = 32;
/** Byte offsets of the fields of a {@link PendingLookup}. */
export const PendingLookupOffset = {
  id: 0,
  as_of: 16,
} as const;

/** Bytes. */
export const PENDING_TRANSFER_SIZE = 128;
/** Byte offsets of the fields of a {@link PendingTransfer}. */
export const PendingTransferOffset = {
  id: 0,
  amount: 16,
  amount_posted: 32,
  ended_by: 48,
  timestamp: 64,
  expires_at: 72,
  ended_at: 80,
  ledger: 88,
  state: 92,
} as const;

/** Bytes. */
export const ACCOUNT_LOOKUP_SIZE = 32;
/** Byte offsets of the fields of a {@link AccountLookup}. */
export const AccountLookupOffset = {
  id: 0,
  timestamp: 16,
  as_of: 24,
} as const;

/** Bytes. */
export const SNAPSHOT_REQUEST_SIZE = 16;
/** Byte offsets of the fields of a {@link SnapshotRequest}. */
export const SnapshotRequestOffset = {
  reserved: 0,
} as const;

/** Bytes. */
export const SNAPSHOT_SIZE = 64;
/** Byte offsets of the fields of a {@link Snapshot}. */
export const SnapshotOffset = {
  as_of: 0,
  timestamp: 8,
  transfers_timestamp: 16,
  accounts_timestamp: 24,
  op: 32,
} as const;

/** How the events and the reply of an operation lie in memory: packed, sizes in bytes. */
export interface OperationShape {
  readonly eventSize: number;
  readonly replySize: number;
  readonly eventsMax: number;
  readonly repliesMax: number;
  /** Changes the ledger, so it is written to the journal. */
  readonly journalled: boolean;
}

export const operationShapes: { readonly [operation in Operation]: OperationShape } = {
  [Operation.pulse]: {
    eventSize: 0,
    replySize: 0,
    eventsMax: 0,
    repliesMax: 0,
    journalled: true,
  },
  [Operation.get_change_events]: {
    eventSize: CHANGE_EVENTS_FILTER_SIZE,
    replySize: CHANGE_EVENT_SIZE,
    eventsMax: 1,
    repliesMax: 2730,
    journalled: false,
  },
  [Operation.lookup_accounts]: {
    eventSize: ID_SIZE,
    replySize: ACCOUNT_SIZE,
    eventsMax: 8189,
    repliesMax: 8189,
    journalled: false,
  },
  [Operation.lookup_transfers]: {
    eventSize: ID_SIZE,
    replySize: TRANSFER_SIZE,
    eventsMax: 8189,
    repliesMax: 8189,
    journalled: false,
  },
  [Operation.get_account_transfers]: {
    eventSize: ACCOUNT_FILTER_SIZE,
    replySize: TRANSFER_SIZE,
    eventsMax: 1,
    repliesMax: 8189,
    journalled: false,
  },
  [Operation.get_account_balances]: {
    eventSize: ACCOUNT_FILTER_SIZE,
    replySize: ACCOUNT_BALANCE_SIZE,
    eventsMax: 1,
    repliesMax: 8189,
    journalled: false,
  },
  [Operation.query_accounts]: {
    eventSize: QUERY_FILTER_SIZE,
    replySize: ACCOUNT_SIZE,
    eventsMax: 1,
    repliesMax: 8189,
    journalled: false,
  },
  [Operation.query_transfers]: {
    eventSize: QUERY_FILTER_SIZE,
    replySize: TRANSFER_SIZE,
    eventsMax: 1,
    repliesMax: 8189,
    journalled: false,
  },
  [Operation.create_accounts]: {
    eventSize: ACCOUNT_SIZE,
    replySize: CREATE_ACCOUNT_RESULT_SIZE,
    eventsMax: 8189,
    repliesMax: 8189,
    journalled: true,
  },
  [Operation.create_transfers]: {
    eventSize: TRANSFER_SIZE,
    replySize: CREATE_TRANSFER_RESULT_SIZE,
    eventsMax: 8189,
    repliesMax: 8189,
    journalled: true,
  },
  [Operation.lookup_pendings]: {
    eventSize: PENDING_LOOKUP_SIZE,
    replySize: PENDING_TRANSFER_SIZE,
    eventsMax: 8189,
    repliesMax: 8189,
    journalled: false,
  },
  [Operation.search_transfers]: {
    eventSize: TRANSFER_FILTER_SIZE,
    replySize: TRANSFER_SIZE,
    eventsMax: 1,
    repliesMax: 8189,
    journalled: false,
  },
  [Operation.sum_transfers]: {
    eventSize: TRANSFER_SUM_FILTER_SIZE,
    replySize: TRANSFER_SUM_SIZE,
    eventsMax: 1,
    repliesMax: 1,
    journalled: false,
  },
  [Operation.lookup_accounts_at]: {
    eventSize: ACCOUNT_LOOKUP_SIZE,
    replySize: ACCOUNT_SIZE,
    eventsMax: 8189,
    repliesMax: 8189,
    journalled: false,
  },
  [Operation.get_snapshot]: {
    eventSize: SNAPSHOT_REQUEST_SIZE,
    replySize: SNAPSHOT_SIZE,
    eventsMax: 1,
    repliesMax: 1,
    journalled: false,
  },
};
