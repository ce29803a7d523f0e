/** The records of reads that TigerBeetle does not have; a witness as records.ts is, written by hand. */
import type { Layout } from './records.ts';

type TransferFilterField =
  | 'account_id'
  | 'counterparty_id'
  | 'pending_id'
  | 'amount_min'
  | 'amount_max'
  | 'user_data_128'
  | 'user_data_64'
  | 'user_data_32'
  | 'ledger'
  | 'code'
  | 'transfer_flags'
  | 'timestamp_min'
  | 'timestamp_max'
  | 'as_of'
  | 'limit'
  | 'flags';
export type TransferFilter = Readonly<Record<TransferFilterField, bigint>>;

/** Of searches and of sums, which have no limit. */
export const transferFilterLayout: Layout<TransferFilterField> = {
  size: 160,
  fields: [
    ['account_id', 0, 16],
    ['counterparty_id', 16, 16],
    ['pending_id', 32, 16],
    ['amount_min', 48, 16],
    ['amount_max', 64, 16],
    ['user_data_128', 80, 16],
    ['user_data_64', 96, 8],
    ['user_data_32', 104, 4],
    ['ledger', 108, 4],
    ['code', 112, 2],
    ['transfer_flags', 114, 2],
    ['timestamp_min', 120, 8],
    ['timestamp_max', 128, 8],
    ['as_of', 136, 8],
    ['limit', 144, 4],
    ['flags', 148, 4],
  ],
};

type SumField =
  | 'debits_posted'
  | 'debits_pending'
  | 'credits_posted'
  | 'credits_pending'
  | 'count'
  | 'timestamp_first'
  | 'timestamp_last';
export type Sum = Readonly<Record<SumField, bigint>>;

export const sumLayout: Layout<SumField> = {
  size: 128,
  fields: [
    ['debits_posted', 0, 16],
    ['debits_pending', 16, 16],
    ['credits_posted', 32, 16],
    ['credits_pending', 48, 16],
    ['count', 64, 8],
    ['timestamp_first', 72, 8],
    ['timestamp_last', 80, 8],
  ],
};

export const pendingLookupLayout: Layout<'id' | 'as_of'> = {
  size: 32,
  fields: [
    ['id', 0, 16],
    ['as_of', 16, 8],
  ],
};

type PendingField =
  | 'id'
  | 'amount'
  | 'amount_posted'
  | 'ended_by'
  | 'timestamp'
  | 'expires_at'
  | 'ended_at'
  | 'ledger'
  | 'state';
export type Pending = Partial<Readonly<Record<PendingField, bigint>>>;

export const pendingLayout: Layout<PendingField> = {
  size: 128,
  fields: [
    ['id', 0, 16],
    ['amount', 16, 16],
    ['amount_posted', 32, 16],
    ['ended_by', 48, 16],
    ['timestamp', 64, 8],
    ['expires_at', 72, 8],
    ['ended_at', 80, 8],
    ['ledger', 88, 4],
    ['state', 92, 1],
  ],
};

export const accountLookupLayout: Layout<'id' | 'timestamp' | 'as_of'> = {
  size: 32,
  fields: [
    ['id', 0, 16],
    ['timestamp', 16, 8],
    ['as_of', 24, 8],
  ],
};

type SnapshotField = 'as_of' | 'timestamp' | 'transfers_timestamp' | 'accounts_timestamp' | 'op';
export type Snapshot = Readonly<Record<SnapshotField, bigint>>;

export const snapshotLayout: Layout<SnapshotField> = {
  size: 64,
  fields: [
    ['as_of', 0, 8],
    ['timestamp', 8, 8],
    ['transfers_timestamp', 16, 8],
    ['accounts_timestamp', 24, 8],
    ['op', 32, 8],
  ],
};
