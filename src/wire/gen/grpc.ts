// Printed by scripts/generate.ts from src/model/schema.ts: change that, then `npm run generate`.

import { Operation } from '../../model/index.ts';

export interface ProtoRecordField {
  readonly number: number;
  readonly name: string;
  readonly type: 'u128' | 'u64' | 'u32' | 'u16' | 'u8';
  /** Byte offset in the record. */
  readonly offset: number;
  /** The value of an absent field, if not zero. */
  readonly preset?: number;
  /** An enum with negative members. */
  readonly signed?: true;
  /** Must be there unless the record has this flag; it is sent also when it is zero. */
  readonly unless?: { readonly flagsAt: number; readonly flag: number };
}

export interface ProtoRecord {
  readonly name: string;
  /** Bytes of the record in memory. */
  readonly size: number;
  /** In the order of their numbers. */
  readonly fields: readonly ProtoRecordField[];
}

/** Holds the sums of its debits and credits, on one ledger. Only balances and `closed` ever change. */
export const accountMessage: ProtoRecord = {
  name: 'Account',
  size: 128,
  fields: [
    { number: 1, name: 'id', type: 'u128', offset: 0 },
    { number: 2, name: 'debits_pending', type: 'u128', offset: 16 },
    { number: 3, name: 'debits_posted', type: 'u128', offset: 32 },
    { number: 4, name: 'credits_pending', type: 'u128', offset: 48 },
    { number: 5, name: 'credits_posted', type: 'u128', offset: 64 },
    { number: 6, name: 'user_data_128', type: 'u128', offset: 80 },
    { number: 7, name: 'user_data_64', type: 'u64', offset: 96 },
    { number: 8, name: 'user_data_32', type: 'u32', offset: 104 },
    { number: 10, name: 'ledger', type: 'u32', offset: 112 },
    { number: 11, name: 'code', type: 'u16', offset: 116 },
    { number: 12, name: 'flags', type: 'u16', offset: 118 },
    { number: 13, name: 'timestamp', type: 'u64', offset: 120 },
  ],
};

/** Moves an amount from a debit account to a credit account, once and for ever. It never changes. */
export const transferMessage: ProtoRecord = {
  name: 'Transfer',
  size: 128,
  fields: [
    { number: 1, name: 'id', type: 'u128', offset: 0 },
    { number: 2, name: 'debit_account_id', type: 'u128', offset: 16 },
    { number: 3, name: 'credit_account_id', type: 'u128', offset: 32 },
    { number: 4, name: 'amount', type: 'u128', offset: 48, unless: { flagsAt: 118, flag: 8 } },
    { number: 5, name: 'pending_id', type: 'u128', offset: 64 },
    { number: 6, name: 'user_data_128', type: 'u128', offset: 80 },
    { number: 7, name: 'user_data_64', type: 'u64', offset: 96 },
    { number: 8, name: 'user_data_32', type: 'u32', offset: 104 },
    { number: 9, name: 'timeout', type: 'u32', offset: 108 },
    { number: 10, name: 'ledger', type: 'u32', offset: 112 },
    { number: 11, name: 'code', type: 'u16', offset: 116 },
    { number: 12, name: 'flags', type: 'u16', offset: 118 },
    { number: 13, name: 'timestamp', type: 'u64', offset: 120 },
  ],
};

/** The balances of an account with `history`, right after one transfer. */
export const accountBalanceMessage: ProtoRecord = {
  name: 'AccountBalance',
  size: 128,
  fields: [
    { number: 1, name: 'debits_pending', type: 'u128', offset: 0 },
    { number: 2, name: 'debits_posted', type: 'u128', offset: 16 },
    { number: 3, name: 'credits_pending', type: 'u128', offset: 32 },
    { number: 4, name: 'credits_posted', type: 'u128', offset: 48 },
    { number: 5, name: 'timestamp', type: 'u64', offset: 64 },
  ],
};

/** Which transfers, or balances, of one account to return. */
export const accountFilterMessage: ProtoRecord = {
  name: 'AccountFilter',
  size: 128,
  fields: [
    { number: 1, name: 'account_id', type: 'u128', offset: 0 },
    { number: 2, name: 'user_data_128', type: 'u128', offset: 16 },
    { number: 3, name: 'user_data_64', type: 'u64', offset: 32 },
    { number: 4, name: 'user_data_32', type: 'u32', offset: 40 },
    { number: 5, name: 'code', type: 'u16', offset: 44 },
    { number: 7, name: 'timestamp_min', type: 'u64', offset: 104 },
    { number: 8, name: 'timestamp_max', type: 'u64', offset: 112 },
    { number: 9, name: 'limit', type: 'u32', offset: 120, preset: 8189 },
    { number: 10, name: 'flags', type: 'u32', offset: 124, preset: 3 },
  ],
};

/** Which accounts or transfers to return: those equal to every field given. */
export const queryFilterMessage: ProtoRecord = {
  name: 'QueryFilter',
  size: 64,
  fields: [
    { number: 1, name: 'user_data_128', type: 'u128', offset: 0 },
    { number: 2, name: 'user_data_64', type: 'u64', offset: 16 },
    { number: 3, name: 'user_data_32', type: 'u32', offset: 24 },
    { number: 4, name: 'ledger', type: 'u32', offset: 28 },
    { number: 5, name: 'code', type: 'u16', offset: 32 },
    { number: 7, name: 'timestamp_min', type: 'u64', offset: 40 },
    { number: 8, name: 'timestamp_max', type: 'u64', offset: 48 },
    { number: 9, name: 'limit', type: 'u32', offset: 56, preset: 8189 },
    { number: 10, name: 'flags', type: 'u32', offset: 60 },
  ],
};

/** Which change events to return, always oldest first. */
export const changeEventsFilterMessage: ProtoRecord = {
  name: 'ChangeEventsFilter',
  size: 64,
  fields: [
    { number: 1, name: 'timestamp_min', type: 'u64', offset: 0 },
    { number: 2, name: 'timestamp_max', type: 'u64', offset: 8 },
    { number: 3, name: 'limit', type: 'u32', offset: 16, preset: 2730 },
  ],
};

/** One thing that changed balances: the transfer, and both accounts as they were right after it. */
export const changeEventMessage: ProtoRecord = {
  name: 'ChangeEvent',
  size: 384,
  fields: [
    { number: 1, name: 'transfer_id', type: 'u128', offset: 0 },
    { number: 2, name: 'transfer_amount', type: 'u128', offset: 16 },
    { number: 3, name: 'transfer_pending_id', type: 'u128', offset: 32 },
    { number: 4, name: 'transfer_user_data_128', type: 'u128', offset: 48 },
    { number: 5, name: 'transfer_user_data_64', type: 'u64', offset: 64 },
    { number: 6, name: 'transfer_user_data_32', type: 'u32', offset: 72 },
    { number: 7, name: 'transfer_timeout', type: 'u32', offset: 76 },
    { number: 8, name: 'transfer_code', type: 'u16', offset: 80 },
    { number: 9, name: 'transfer_flags', type: 'u16', offset: 82 },
    { number: 10, name: 'ledger', type: 'u32', offset: 84 },
    { number: 11, name: 'type', type: 'u8', offset: 88 },
    { number: 13, name: 'debit_account_id', type: 'u128', offset: 128 },
    { number: 14, name: 'debit_account_debits_pending', type: 'u128', offset: 144 },
    { number: 15, name: 'debit_account_debits_posted', type: 'u128', offset: 160 },
    { number: 16, name: 'debit_account_credits_pending', type: 'u128', offset: 176 },
    { number: 17, name: 'debit_account_credits_posted', type: 'u128', offset: 192 },
    { number: 18, name: 'debit_account_user_data_128', type: 'u128', offset: 208 },
    { number: 19, name: 'debit_account_user_data_64', type: 'u64', offset: 224 },
    { number: 20, name: 'debit_account_user_data_32', type: 'u32', offset: 232 },
    { number: 21, name: 'debit_account_code', type: 'u16', offset: 236 },
    { number: 22, name: 'debit_account_flags', type: 'u16', offset: 238 },
    { number: 23, name: 'credit_account_id', type: 'u128', offset: 240 },
    { number: 24, name: 'credit_account_debits_pending', type: 'u128', offset: 256 },
    { number: 25, name: 'credit_account_debits_posted', type: 'u128', offset: 272 },
    { number: 26, name: 'credit_account_credits_pending', type: 'u128', offset: 288 },
    { number: 27, name: 'credit_account_credits_posted', type: 'u128', offset: 304 },
    { number: 28, name: 'credit_account_user_data_128', type: 'u128', offset: 320 },
    { number: 29, name: 'credit_account_user_data_64', type: 'u64', offset: 336 },
    { number: 30, name: 'credit_account_user_data_32', type: 'u32', offset: 344 },
    { number: 31, name: 'credit_account_code', type: 'u16', offset: 348 },
    { number: 32, name: 'credit_account_flags', type: 'u16', offset: 350 },
    { number: 33, name: 'timestamp', type: 'u64', offset: 352 },
    { number: 34, name: 'transfer_timestamp', type: 'u64', offset: 360 },
    { number: 35, name: 'debit_account_timestamp', type: 'u64', offset: 368 },
    { number: 36, name: 'credit_account_timestamp', type: 'u64', offset: 376 },
  ],
};

/** The outcome of one account to be created. */
export const createAccountResultMessage: ProtoRecord = {
  name: 'CreateAccountResult',
  size: 16,
  fields: [
    { number: 1, name: 'timestamp', type: 'u64', offset: 0 },
    { number: 2, name: 'status', type: 'u32', offset: 8, signed: true },
  ],
};

/** The outcome of one transfer to be created. */
export const createTransferResultMessage: ProtoRecord = {
  name: 'CreateTransferResult',
  size: 16,
  fields: [
    { number: 1, name: 'timestamp', type: 'u64', offset: 0 },
    { number: 2, name: 'status', type: 'u32', offset: 8, signed: true },
  ],
};

/** Which transfers to return: those that fit everything that is given. */
export const transferFilterMessage: ProtoRecord = {
  name: 'TransferFilter',
  size: 160,
  fields: [
    { number: 1, name: 'account_id', type: 'u128', offset: 0 },
    { number: 2, name: 'counterparty_id', type: 'u128', offset: 16 },
    { number: 3, name: 'pending_id', type: 'u128', offset: 32 },
    { number: 4, name: 'amount_min', type: 'u128', offset: 48 },
    { number: 5, name: 'amount_max', type: 'u128', offset: 64 },
    { number: 6, name: 'user_data_128', type: 'u128', offset: 80 },
    { number: 7, name: 'user_data_64', type: 'u64', offset: 96 },
    { number: 8, name: 'user_data_32', type: 'u32', offset: 104 },
    { number: 9, name: 'ledger', type: 'u32', offset: 108 },
    { number: 10, name: 'code', type: 'u16', offset: 112 },
    { number: 11, name: 'transfer_flags', type: 'u16', offset: 114 },
    { number: 13, name: 'timestamp_min', type: 'u64', offset: 120 },
    { number: 14, name: 'timestamp_max', type: 'u64', offset: 128 },
    { number: 15, name: 'as_of', type: 'u64', offset: 136 },
    { number: 16, name: 'limit', type: 'u32', offset: 144, preset: 8189 },
    { number: 17, name: 'flags', type: 'u32', offset: 148 },
  ],
};

/** Which transfers to add up: those that fit everything that is given. */
export const transferSumFilterMessage: ProtoRecord = {
  name: 'TransferSumFilter',
  size: 160,
  fields: [
    { number: 1, name: 'account_id', type: 'u128', offset: 0 },
    { number: 2, name: 'counterparty_id', type: 'u128', offset: 16 },
    { number: 3, name: 'pending_id', type: 'u128', offset: 32 },
    { number: 4, name: 'amount_min', type: 'u128', offset: 48 },
    { number: 5, name: 'amount_max', type: 'u128', offset: 64 },
    { number: 6, name: 'user_data_128', type: 'u128', offset: 80 },
    { number: 7, name: 'user_data_64', type: 'u64', offset: 96 },
    { number: 8, name: 'user_data_32', type: 'u32', offset: 104 },
    { number: 9, name: 'ledger', type: 'u32', offset: 108 },
    { number: 10, name: 'code', type: 'u16', offset: 112 },
    { number: 11, name: 'transfer_flags', type: 'u16', offset: 114 },
    { number: 13, name: 'timestamp_min', type: 'u64', offset: 120 },
    { number: 14, name: 'timestamp_max', type: 'u64', offset: 128 },
    { number: 15, name: 'as_of', type: 'u64', offset: 136 },
    { number: 17, name: 'flags', type: 'u32', offset: 148 },
  ],
};

/** Amounts added up, by the side that the account is on; without an account, both sides are the same. */
export const transferSumMessage: ProtoRecord = {
  name: 'TransferSum',
  size: 128,
  fields: [
    { number: 1, name: 'debits_posted', type: 'u128', offset: 0 },
    { number: 2, name: 'debits_pending', type: 'u128', offset: 16 },
    { number: 3, name: 'credits_posted', type: 'u128', offset: 32 },
    { number: 4, name: 'credits_pending', type: 'u128', offset: 48 },
    { number: 5, name: 'count', type: 'u64', offset: 64 },
    { number: 6, name: 'timestamp_first', type: 'u64', offset: 72 },
    { number: 7, name: 'timestamp_last', type: 'u64', offset: 80 },
  ],
};

/** Which pending transfer to look up. */
export const pendingLookupMessage: ProtoRecord = {
  name: 'PendingLookup',
  size: 32,
  fields: [
    { number: 1, name: 'id', type: 'u128', offset: 0 },
    { number: 2, name: 'as_of', type: 'u64', offset: 16 },
  ],
};

/** A pending transfer, and what became of it. */
export const pendingTransferMessage: ProtoRecord = {
  name: 'PendingTransfer',
  size: 128,
  fields: [
    { number: 1, name: 'id', type: 'u128', offset: 0 },
    { number: 2, name: 'amount', type: 'u128', offset: 16 },
    { number: 3, name: 'amount_posted', type: 'u128', offset: 32 },
    { number: 4, name: 'ended_by', type: 'u128', offset: 48 },
    { number: 5, name: 'timestamp', type: 'u64', offset: 64 },
    { number: 6, name: 'expires_at', type: 'u64', offset: 72 },
    { number: 7, name: 'ended_at', type: 'u64', offset: 80 },
    { number: 8, name: 'ledger', type: 'u32', offset: 88 },
    { number: 9, name: 'state', type: 'u8', offset: 92 },
  ],
};

/** Which account to look up, and as of when. */
export const accountLookupMessage: ProtoRecord = {
  name: 'AccountLookup',
  size: 32,
  fields: [
    { number: 1, name: 'id', type: 'u128', offset: 0 },
    { number: 2, name: 'timestamp', type: 'u64', offset: 16 },
    { number: 3, name: 'as_of', type: 'u64', offset: 24 },
  ],
};

/** Asks for the snapshot that is now. */
export const snapshotRequestMessage: ProtoRecord = {
  name: 'SnapshotRequest',
  size: 16,
  fields: [],
};

/** A state of the ledger, by the last of everything that it holds. It keeps nothing, and never ends. */
export const snapshotMessage: ProtoRecord = {
  name: 'Snapshot',
  size: 64,
  fields: [
    { number: 1, name: 'as_of', type: 'u64', offset: 0 },
    { number: 2, name: 'timestamp', type: 'u64', offset: 8 },
    { number: 3, name: 'transfers_timestamp', type: 'u64', offset: 16 },
    { number: 4, name: 'accounts_timestamp', type: 'u64', offset: 24 },
    { number: 5, name: 'op', type: 'u64', offset: 32 },
  ],
};

export interface ProtoOperation {
  /** The service's method. */
  readonly method: string;
  /** Name of the request's first field. */
  readonly list: string;
  /** undefined: bare ids. */
  readonly event: ProtoRecord | undefined;
  readonly reply: ProtoRecord;
}

/** Every operation that can be asked for. */
export const protoOperations: { readonly [operation: number]: ProtoOperation } = {
  [Operation.get_change_events]: {
    method: 'GetChangeEvents',
    list: 'filter',
    event: changeEventsFilterMessage,
    reply: changeEventMessage,
  },
  [Operation.lookup_accounts]: { method: 'LookupAccounts', list: 'ids', event: undefined, reply: accountMessage },
  [Operation.lookup_transfers]: { method: 'LookupTransfers', list: 'ids', event: undefined, reply: transferMessage },
  [Operation.get_account_transfers]: {
    method: 'GetAccountTransfers',
    list: 'filter',
    event: accountFilterMessage,
    reply: transferMessage,
  },
  [Operation.get_account_balances]: {
    method: 'GetAccountBalances',
    list: 'filter',
    event: accountFilterMessage,
    reply: accountBalanceMessage,
  },
  [Operation.query_accounts]: {
    method: 'QueryAccounts',
    list: 'filter',
    event: queryFilterMessage,
    reply: accountMessage,
  },
  [Operation.query_transfers]: {
    method: 'QueryTransfers',
    list: 'filter',
    event: queryFilterMessage,
    reply: transferMessage,
  },
  [Operation.create_accounts]: {
    method: 'CreateAccounts',
    list: 'accounts',
    event: accountMessage,
    reply: createAccountResultMessage,
  },
  [Operation.create_transfers]: {
    method: 'CreateTransfers',
    list: 'transfers',
    event: transferMessage,
    reply: createTransferResultMessage,
  },
  [Operation.lookup_pendings]: {
    method: 'LookupPendings',
    list: 'pendings',
    event: pendingLookupMessage,
    reply: pendingTransferMessage,
  },
  [Operation.search_transfers]: {
    method: 'SearchTransfers',
    list: 'filter',
    event: transferFilterMessage,
    reply: transferMessage,
  },
  [Operation.sum_transfers]: {
    method: 'SumTransfers',
    list: 'filter',
    event: transferSumFilterMessage,
    reply: transferSumMessage,
  },
  [Operation.lookup_accounts_at]: {
    method: 'LookupAccountsAt',
    list: 'accounts',
    event: accountLookupMessage,
    reply: accountMessage,
  },
  [Operation.get_snapshot]: {
    method: 'GetSnapshot',
    list: 'snapshot',
    event: snapshotRequestMessage,
    reply: snapshotMessage,
  },
};
