/**
 * Records and operations that TigerBeetle does not have: what became of pending transfers, transfers by more fields,
 * sums, accounts as they were, and snapshots.
 */
import {
  equalTo,
  eventsMax,
  type FieldSchema,
  limit,
  many,
  type OperationSchema,
  padding,
  query,
  type RecordSchema,
  time,
  userData,
  window,
} from './schema-fields.ts';

const asOf: FieldSchema = {
  name: 'as_of',
  type: 'u64',
  about: 'As of a snapshot: its `as_of`. Zero: as of now.',
};

/** What transfers are found by: `search_transfers` and `sum_transfers` have it in common, byte for byte. */
const found: FieldSchema[] = [
  { name: 'account_id', type: 'u128', about: 'The account that is debited or credited; zero: any.', uuid: true },
  { name: 'counterparty_id', type: 'u128', about: 'The account on the other side; zero: any.', uuid: true },
  {
    name: 'pending_id',
    type: 'u128',
    about: 'The pending transfer that the found ones post or void; zero: any.',
    uuid: true,
  },
  { name: 'amount_min', type: 'u128', about: 'Smallest amount wanted, inclusive.' },
  { name: 'amount_max', type: 'u128', about: 'Largest amount wanted, inclusive; zero: no bound.' },
  ...userData('', equalTo),
  { name: 'ledger', type: 'u32', about: `Ledger ${equalTo}` },
  { name: 'code', type: 'u16', about: `Code ${equalTo}` },
  {
    name: 'transfer_flags',
    type: 'u16',
    of: 'TransferFlags',
    about: 'Flags that the found ones must have, all of them; zero finds all.',
  },
  padding(4),
  ...window,
  asOf,
];

const sum = (what: string): FieldSchema[] => [
  { name: `${what}s_posted`, type: 'u128', about: `What single-phase transfers and posts ${what} together.` },
  {
    name: `${what}s_pending`,
    type: 'u128',
    about: `What pending transfers would ${what}, together, whatever became of them.`,
  },
];

const chosen = (about: string): FieldSchema => ({ name: 'flags', type: 'u32', of: 'TransferFilterFlags', about });

export const readRecords: readonly RecordSchema[] = [
  {
    name: 'TransferFilter',
    about: 'Which transfers to return: those that fit everything that is given.',
    size: 160,
    way: 'in',
    fields: [
      ...found,
      limit(eventsMax),
      chosen('Which side the account is on, what became of pending transfers, and the order.'),
      padding(8),
    ],
  },
  {
    name: 'TransferSumFilter',
    about: 'Which transfers to add up: those that fit everything that is given.',
    size: 160,
    way: 'in',
    fields: [
      ...found,
      { ...padding(4), name: 'reserved_limit' },
      chosen('Which side the account is on, and what became of pending transfers.'),
      padding(8),
    ],
  },
  {
    name: 'TransferSum',
    about: 'Amounts added up, by the side that the account is on; without an account, both sides are the same.',
    size: 128,
    way: 'out',
    fields: [
      ...sum('debit'),
      ...sum('credit'),
      { name: 'count', type: 'u64', about: 'Transfers that were found, voids among them, which move nothing.' },
      time('timestamp_first', 'Timestamp of the oldest of them; zero: none was found.'),
      time('timestamp_last', 'Timestamp of the newest of them.'),
      padding(40),
    ],
  },
  {
    name: 'PendingLookup',
    about: 'Which pending transfer to look up.',
    size: 32,
    way: 'in',
    fields: [
      { name: 'id', type: 'u128', about: 'The pending transfer.', required: true, uuid: true },
      asOf,
      padding(8),
    ],
  },
  {
    name: 'PendingTransfer',
    about: 'A pending transfer, and what became of it.',
    size: 128,
    way: 'out',
    fields: [
      { name: 'id', type: 'u128', about: 'The id that was asked for.' },
      { name: 'amount', type: 'u128', about: 'What it reserved.' },
      { name: 'amount_posted', type: 'u128', about: 'The amount that was posted; zero unless `posted`.' },
      { name: 'ended_by', type: 'u128', about: 'The transfer that posted or voided it, otherwise zero.' },
      time('timestamp', 'When it was created; zero: `not_found`.'),
      time('expires_at', 'When its timeout passes; zero: never.'),
      time('ended_at', 'When it was posted, voided or expired; zero: it was not.'),
      { name: 'ledger', type: 'u32', about: 'The ledger of both accounts; zero: `not_found`.' },
      { name: 'state', type: 'u8', of: 'PendingState', about: 'What became of it.' },
      padding(35),
    ],
  },
  {
    name: 'AccountLookup',
    about: 'Which account to look up, and as of when.',
    size: 32,
    way: 'in',
    fields: [
      { name: 'id', type: 'u128', about: 'The account.', required: true, uuid: true },
      time('timestamp', 'Last timestamp that counts, inclusive; zero: the newest.'),
      asOf,
    ],
  },
  {
    name: 'SnapshotRequest',
    about: 'Asks for the snapshot that is now.',
    size: 16,
    way: 'in',
    fields: [
      { name: 'reserved', type: 'u64', about: 'Must be zero.' },
      { ...padding(8), name: 'reserved_more' },
    ],
  },
  {
    name: 'Snapshot',
    about: 'A state of the ledger, by the last of everything that it holds. It keeps nothing, and never ends.',
    size: 64,
    way: 'out',
    fields: [
      { name: 'as_of', type: 'u64', about: 'Names the state in other reads; never zero.' },
      time('timestamp', 'The newest timestamp that the ledger has given.'),
      time('transfers_timestamp', 'Timestamp of the newest transfer; zero: there is none.'),
      time('accounts_timestamp', 'Timestamp of the newest account; zero: there is none.'),
      { name: 'op', type: 'u64', about: 'Number of the last batch that changed the ledger.' },
      padding(24),
    ],
  },
];

export const readOperations: readonly OperationSchema[] = [
  {
    name: 'lookup_pendings',
    number: 200,
    about: 'Returns what became of pending transfers: one record for each, in order.',
    event: 'PendingLookup',
    reply: 'PendingTransfer',
    ...many,
    journalled: false,
  },
  {
    name: 'search_transfers',
    number: 201,
    about: 'Returns the transfers that fit everything in the filter.',
    event: 'TransferFilter',
    reply: 'Transfer',
    ...query,
    journalled: false,
  },
  {
    name: 'sum_transfers',
    number: 202,
    about: 'Adds up the transfers that fit everything in the filter, however many they are.',
    event: 'TransferSumFilter',
    reply: 'TransferSum',
    eventsMax: 1,
    repliesMax: 1,
    journalled: false,
  },
  {
    name: 'lookup_accounts_at',
    number: 203,
    about: 'Returns the accounts found, as they were at a time or in a snapshot, in the order asked for.',
    event: 'AccountLookup',
    reply: 'Account',
    ...many,
    journalled: false,
  },
  {
    name: 'get_snapshot',
    number: 204,
    about: 'Returns what names the present state of the ledger, for reads that belong together.',
    event: 'SnapshotRequest',
    reply: 'Snapshot',
    eventsMax: 1,
    repliesMax: 1,
    journalled: false,
  },
];
