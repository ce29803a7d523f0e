/** What the schema is made of: the shapes of its tables, and fields that several records have. */

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
  /** A time: nanoseconds since the epoch. */
  readonly time?: true;
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

export const balance = (whose: string, prefix: string = ''): FieldSchema[] => [
  { name: `${prefix}debits_pending`, type: 'u128', about: `Debits reserved by pending transfers${whose}.` },
  { name: `${prefix}debits_posted`, type: 'u128', about: `Debits posted${whose}.` },
  { name: `${prefix}credits_pending`, type: 'u128', about: `Credits reserved by pending transfers${whose}.` },
  { name: `${prefix}credits_posted`, type: 'u128', about: `Credits posted${whose}.` },
];

export const userData = (
  prefix: string = '',
  about: string = 'for your own use, indexed when it is not zero.',
): FieldSchema[] => [
  { name: `${prefix}user_data_128`, type: 'u128', about: `128 bits ${about}`, uuid: true },
  { name: `${prefix}user_data_64`, type: 'u64', about: `64 bits ${about}` },
  { name: `${prefix}user_data_32`, type: 'u32', about: `32 bits ${about}` },
];

export const equalTo: string = 'that the found ones must have; zero finds all.';

export const time = (name: string, about: string): FieldSchema => ({ name, type: 'u64', about, time: true });

export const window: FieldSchema[] = [
  time('timestamp_min', 'First timestamp wanted, inclusive; zero: from the beginning.'),
  time('timestamp_max', 'Last timestamp wanted, inclusive; zero: to the end.'),
];

export const limit = (max: number): FieldSchema => ({
  name: 'limit',
  type: 'u32',
  about: `How many to return at most; not zero, and at most ${max}.`,
  preset: String(max),
});

export const padding = (bytes: number): FieldSchema => ({
  name: 'reserved',
  type: 'u8',
  bytes,
  about: 'Must be zero.',
});

export const result = (status: string): FieldSchema[] => [
  time(
    'timestamp',
    'Timestamp of the object if `created` or `exists`, otherwise of the attempt; nanoseconds since the epoch.',
  ),
  { name: 'status', type: 'u32', of: status, about: 'The outcome of the event.' },
  { name: 'reserved', type: 'u32', about: 'Zero.', untyped: true },
];

export const changedAccount = (side: string): FieldSchema[] => [
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

export const many: { readonly eventsMax: number; readonly repliesMax: number } = { eventsMax, repliesMax: eventsMax };
export const query: { readonly eventsMax: number; readonly repliesMax: number } = {
  eventsMax: 1,
  repliesMax: eventsMax,
};
