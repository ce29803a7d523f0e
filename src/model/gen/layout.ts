// Printed by scripts/generate.ts from src/model/schema.ts: change that, then `npm run generate`.

import { Operation } from './enums.ts';
import type {
  Account,
  AccountBalance,
  AccountFilter,
  ChangeEvent,
  ChangeEventsFilter,
  CreateAccountResult,
  CreateTransferResult,
  QueryFilter,
  Transfer,
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
};
