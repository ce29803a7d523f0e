/**
 * The one description of every record, flag, status and operation. `scripts/generate.ts` prints from it the offsets, the
 * types, the codecs (`gen/`), the kernel's constants and the reference tables, so that none of them can disagree.
 */
import { type EnumSchema, enums } from './schema-enums.ts';

export type FieldType = 'u128' | 'u64' | 'u32' | 'u16' | 'u8';

export interface FieldSchema {
  readonly name: string;
  readonly type: FieldType;
  /** One line, for docstrings and reference tables. */
  readonly about: string;
  /** Bytes of padding that must be zero; such a field has no property. */
  readonly bytes?: number;
  /** The enum whose members `|` together, or one of which, makes the value. */
  readonly of?: string;
  /** Must be given; every other field of an input defaults to `preset` or zero. */
  readonly required?: true;
  /** Must be given unless the record has this flag: a void has no amount of its own, everything else has. */
  readonly requiredUnless?: string;
  /** An input may also give it as the text of a UUID. */
  readonly uuid?: true;
  /** Default of an input, as source text, when it is not zero. */
  readonly preset?: string;
  /** Present in an object and on the wire, absent from the type. */
  readonly untyped?: true;
}

export interface RecordSchema {
  readonly name: string;
  readonly about: string;
  /** Bytes. */
  readonly size: number;
  /** Whether callers send it, the ledger sends it, or both. */
  readonly way: 'in' | 'out' | 'both';
  readonly fields: readonly FieldSchema[];
}

export interface OperationSchema {
  readonly name: string;
  readonly number: number;
  readonly about: string;
  /** Record of one event: a record's name, `id` (a bare u128), or nothing. */
  readonly event: string;
  /** Record of one item of the reply, or nothing. */
  readonly reply: string;
  readonly eventsMax: number;
  readonly repliesMax: number;
  /** Changes the ledger, so it is written to the journal. */
  readonly journalled: boolean;
}

/** Events in one request, and items in one reply, at most. */
export const eventsMax = 8189;
/** Change events in one reply, at most: they are three times as large. */
export const changeEventsMax = 2730;

const balance = (whose: string, prefix = ''): FieldSchema[] => [
  { name: `${prefix}debits_pending`, type: 'u128', about: `Debits reserved by pending transfers${whose}.` },
  { name: `${prefix}debits_posted`, type: 'u128', about: `Debits posted${whose}.` },
  { name: `${prefix}credits_pending`, type: 'u128', about: `Credits reserved by pending transfers${whose}.` },
  { name: `${prefix}credits_posted`, type: 'u128', about: `Credits posted${whose}.` },
];

const userData = (prefix = '', about = 'for your own use, indexed when it is not zero.'): FieldSchema[] => [
  { name: `${prefix}user_data_128`, type: 'u128', about: `128 bits ${about}`, uuid: true },
  { name: `${prefix}user_data_64`, type: 'u64', about: `64 bits ${about}` },
  { name: `${prefix}user_data_32`, type: 'u32', about: `32 bits ${about}` },
];

const equalTo = 'that the found ones must have; zero finds all.';

const window: FieldSchema[] = [
  { name: 'timestamp_min', type: 'u64', about: 'First timestamp wanted, inclusive; zero: from the beginning.' },
  { name: 'timestamp_max', type: 'u64', about: 'Last timestamp wanted, inclusive; zero: to the end.' },
];

const limit = (max: number): FieldSchema => ({
  name: 'limit',
  type: 'u32',
  about: `How many to return at most; not zero, and at most ${max}.`,
  preset: String(max),
});

const padding = (bytes: number): FieldSchema => ({ name: 'reserved', type: 'u8', bytes, about: 'Must be zero.' });

const result = (status: string): FieldSchema[] => [
  {
    name: 'timestamp',
    type: 'u64',
    about: 'Timestamp of the object if `created` or `exists`, otherwise of the attempt; nanoseconds since the epoch.',
  },
  { name: 'status', type: 'u32', of: status, about: 'The outcome of the event.' },
  { name: 'reserved', type: 'u32', about: 'Zero.', untyped: true },
];

const changedAccount = (side: string): FieldSchema[] => [
  { name: `${side}_account_id`, type: 'u128', about: `The account that the transfer ${side}s.` },
  ...balance(` of the ${side}ed account after the event`, `${side}_account_`),
  ...userData(`${side}_account_`, `of user data of the ${side}ed account.`).map(({ uuid: _, ...field }) => field),
  { name: `${side}_account_code`, type: 'u16', about: `Code of the ${side}ed account.` },
  {
    name: `${side}_account_flags`,
    type: 'u16',
    of: 'AccountFlags',
    about: `Flags of the ${side}ed account after the event.`,
  },
];

export const records: readonly RecordSchema[] = [
  {
    name: 'Account',
    about: 'Holds the sums of its debits and credits, on one ledger. Only balances and `closed` ever change.',
    size: 128,
    way: 'both',
    fields: [
      {
        name: 'id',
        type: 'u128',
        about: 'Chosen by you, unique among accounts, neither zero nor 2^128 - 1.',
        required: true,
        uuid: true,
      },
      ...balance('; zero in an account to be created'),
      ...userData(),
      { name: 'reserved', type: 'u32', about: 'Must be zero.' },
      { name: 'ledger', type: 'u32', about: 'Accounts can trade within one ledger only; not zero.', required: true },
      {
        name: 'code',
        type: 'u16',
        about: 'Kind of the account, in your own numbering; not zero.',
        required: true,
      },
      { name: 'flags', type: 'u16', of: 'AccountFlags', about: 'Any of `AccountFlags`, combined with `|`.' },
      {
        name: 'timestamp',
        type: 'u64',
        about:
          'When it was created, in nanoseconds since the epoch; zero in an account to be created, unless imported.',
      },
    ],
  },
  {
    name: 'Transfer',
    about: 'Moves an amount from a debit account to a credit account, once and for ever. It never changes.',
    size: 128,
    way: 'both',
    fields: [
      {
        name: 'id',
        type: 'u128',
        about: 'Chosen by you, unique among transfers, neither zero nor 2^128 - 1. Sending it twice moves money once.',
        required: true,
        uuid: true,
      },
      { name: 'debit_account_id', type: 'u128', about: 'The account to debit.', uuid: true },
      { name: 'credit_account_id', type: 'u128', about: 'The account to credit, on the same ledger.', uuid: true },
      {
        name: 'amount',
        type: 'u128',
        about: 'How much, in the smallest unit of the ledger; zero is allowed.',
        requiredUnless: 'void_pending_transfer',
      },
      {
        name: 'pending_id',
        type: 'u128',
        about: 'The pending transfer to post or to void, otherwise zero.',
        uuid: true,
      },
      ...userData(),
      { name: 'timeout', type: 'u32', about: 'Seconds after which a pending transfer expires; zero: never.' },
      { name: 'ledger', type: 'u32', about: 'The ledger of both accounts.' },
      { name: 'code', type: 'u16', about: 'Why the money moves, in your own numbering; not zero.' },
      { name: 'flags', type: 'u16', of: 'TransferFlags', about: 'Any of `TransferFlags`, combined with `|`.' },
      {
        name: 'timestamp',
        type: 'u64',
        about:
          'When it was created, in nanoseconds since the epoch; zero in a transfer to be created, unless imported.',
      },
    ],
  },
  {
    name: 'AccountBalance',
    about: 'The balances of an account with `history`, right after one transfer.',
    size: 128,
    way: 'out',
    fields: [
      ...balance(''),
      { name: 'timestamp', type: 'u64', about: 'Timestamp of that transfer, in nanoseconds since the epoch.' },
      padding(56),
    ],
  },
  {
    name: 'AccountFilter',
    about: 'Which transfers, or balances, of one account to return.',
    size: 128,
    way: 'in',
    fields: [
      { name: 'account_id', type: 'u128', about: 'The account.', required: true, uuid: true },
      ...userData('', equalTo),
      { name: 'code', type: 'u16', about: `Code ${equalTo}` },
      padding(58),
      ...window,
      limit(eventsMax),
      {
        name: 'flags',
        type: 'u32',
        of: 'AccountFilterFlags',
        about: 'Which side of the transfer the account is on, and the order.',
        preset: '3',
      },
    ],
  },
  {
    name: 'QueryFilter',
    about: 'Which accounts or transfers to return: those equal to every field given.',
    size: 64,
    way: 'in',
    fields: [
      ...userData('', equalTo),
      { name: 'ledger', type: 'u32', about: `Ledger ${equalTo}` },
      { name: 'code', type: 'u16', about: `Code ${equalTo}` },
      padding(6),
      ...window,
      limit(eventsMax),
      { name: 'flags', type: 'u32', of: 'QueryFilterFlags', about: 'The order.' },
    ],
  },
  {
    name: 'ChangeEventsFilter',
    about: 'Which change events to return, always oldest first.',
    size: 64,
    way: 'in',
    fields: [...window, limit(changeEventsMax), padding(44)],
  },
  {
    name: 'ChangeEvent',
    about: 'One thing that changed balances: the transfer, and both accounts as they were right after it.',
    size: 384,
    way: 'out',
    fields: [
      { name: 'transfer_id', type: 'u128', about: 'The transfer; of an expiry, the pending transfer that expired.' },
      { name: 'transfer_amount', type: 'u128', about: 'The amount that moved, was reserved or was released.' },
      {
        name: 'transfer_pending_id',
        type: 'u128',
        about: 'The pending transfer that was posted or voided, otherwise zero.',
      },
      ...userData('transfer_', 'of user data of the transfer.').map(({ uuid: _, ...field }) => field),
      { name: 'transfer_timeout', type: 'u32', about: 'Timeout of the transfer, in seconds.' },
      { name: 'transfer_code', type: 'u16', about: 'Code of the transfer.' },
      { name: 'transfer_flags', type: 'u16', of: 'TransferFlags', about: 'Flags of the transfer.' },
      { name: 'ledger', type: 'u32', about: 'Ledger of the transfer and of both accounts.' },
      { name: 'type', type: 'u8', of: 'ChangeEventType', about: 'Kind of the change.' },
      padding(39),
      ...changedAccount('debit'),
      ...changedAccount('credit'),
      { name: 'timestamp', type: 'u64', about: 'Timestamp of the event, unique; nanoseconds since the epoch.' },
      {
        name: 'transfer_timestamp',
        type: 'u64',
        about: 'When the transfer was created; differs from `timestamp` only for an expiry.',
      },
      { name: 'debit_account_timestamp', type: 'u64', about: 'When the debited account was created.' },
      { name: 'credit_account_timestamp', type: 'u64', about: 'When the credited account was created.' },
    ],
  },
  {
    name: 'CreateAccountResult',
    about: 'The outcome of one account to be created.',
    size: 16,
    way: 'out',
    fields: result('CreateAccountStatus'),
  },
  {
    name: 'CreateTransferResult',
    about: 'The outcome of one transfer to be created.',
    size: 16,
    way: 'out',
    fields: result('CreateTransferStatus'),
  },
];

const many = { eventsMax, repliesMax: eventsMax };
const query = { eventsMax: 1, repliesMax: eventsMax };

export const operations: readonly OperationSchema[] = [
  {
    name: 'pulse',
    number: 128,
    about: 'Expires pending transfers that are due; the ledger itself sends it.',
    event: '',
    reply: '',
    eventsMax: 0,
    repliesMax: 0,
    journalled: true,
  },
  {
    name: 'get_change_events',
    number: 137,
    about: 'Returns the changes of balances, oldest first.',
    event: 'ChangeEventsFilter',
    reply: 'ChangeEvent',
    eventsMax: 1,
    repliesMax: changeEventsMax,
    journalled: false,
  },
  {
    name: 'lookup_accounts',
    number: 140,
    about: 'Returns the accounts found, in the order of the ids asked for.',
    event: 'id',
    reply: 'Account',
    ...many,
    journalled: false,
  },
  {
    name: 'lookup_transfers',
    number: 141,
    about: 'Returns the transfers found, in the order of the ids asked for.',
    event: 'id',
    reply: 'Transfer',
    ...many,
    journalled: false,
  },
  {
    name: 'get_account_transfers',
    number: 142,
    about: 'Returns the transfers of one account.',
    event: 'AccountFilter',
    reply: 'Transfer',
    ...query,
    journalled: false,
  },
  {
    name: 'get_account_balances',
    number: 143,
    about: 'Returns the balances of one account with `history`, after each of its transfers.',
    event: 'AccountFilter',
    reply: 'AccountBalance',
    ...query,
    journalled: false,
  },
  {
    name: 'query_accounts',
    number: 144,
    about: 'Returns the accounts equal to every field of the filter.',
    event: 'QueryFilter',
    reply: 'Account',
    ...query,
    journalled: false,
  },
  {
    name: 'query_transfers',
    number: 145,
    about: 'Returns the transfers equal to every field of the filter.',
    event: 'QueryFilter',
    reply: 'Transfer',
    ...query,
    journalled: false,
  },
  {
    name: 'create_accounts',
    number: 146,
    about: 'Creates accounts; one result for each, in order.',
    event: 'Account',
    reply: 'CreateAccountResult',
    ...many,
    journalled: true,
  },
  {
    name: 'create_transfers',
    number: 147,
    about: 'Creates transfers; one result for each, in order.',
    event: 'Transfer',
    reply: 'CreateTransferResult',
    ...many,
    journalled: true,
  },
];

export { type EnumSchema, enums };
