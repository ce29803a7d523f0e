/** Records as text a person can compare: names for numbers, flags spelled out, zero fields left out. */
import {
  AccountFilterFlags,
  AccountFlags,
  type Cells,
  ChangeEventType,
  CreateAccountStatus,
  CreateTransferStatus,
  decodeAccount,
  decodeAccountBalance,
  decodeAccountFilter,
  decodeChangeEvent,
  decodeChangeEventsFilter,
  decodeCreateAccountResult,
  decodeCreateTransferResult,
  decodeQueryFilter,
  decodeTransfer,
  getU128,
  Operation,
  QueryFilterFlags,
  TransferFlags,
} from '../model/index.ts';

/** Field by field, in the order in which they lie in memory; flags and statuses by name. */
export type TextFields = ReadonlyMap<string, string>;

type Decode = (cells: Cells, at: number) => object;
type NameByNumber = { readonly [value: number]: string };
type Names = Readonly<Record<string, NameByNumber>>;

interface Shown {
  readonly decode: Decode;
  /** By field: the flags or statuses that its number stands for. */
  readonly names: Names;
}

const id: Shown = { decode: (cells, at) => ({ id: getU128(cells, at) }), names: {} };
const account: Shown = { decode: decodeAccount, names: { flags: AccountFlags } };
const transfer: Shown = { decode: decodeTransfer, names: { flags: TransferFlags } };
const balance: Shown = { decode: decodeAccountBalance, names: {} };
const accountFilter: Shown = { decode: decodeAccountFilter, names: { flags: AccountFilterFlags } };
const queryFilter: Shown = { decode: decodeQueryFilter, names: { flags: QueryFilterFlags } };
const changeEventsFilter: Shown = { decode: decodeChangeEventsFilter, names: {} };
const changeEvent: Shown = {
  decode: decodeChangeEvent,
  names: {
    type: ChangeEventType,
    transfer_flags: TransferFlags,
    debit_account_flags: AccountFlags,
    credit_account_flags: AccountFlags,
  },
};
const accountResult: Shown = { decode: decodeCreateAccountResult, names: { status: CreateAccountStatus } };
const transferResult: Shown = { decode: decodeCreateTransferResult, names: { status: CreateTransferStatus } };

const shown: Readonly<Record<number, { readonly event: Shown; readonly reply: Shown }>> = {
  [Operation.create_accounts]: { event: account, reply: accountResult },
  [Operation.create_transfers]: { event: transfer, reply: transferResult },
  [Operation.lookup_accounts]: { event: id, reply: account },
  [Operation.lookup_transfers]: { event: id, reply: transfer },
  [Operation.get_account_transfers]: { event: accountFilter, reply: transfer },
  [Operation.get_account_balances]: { event: accountFilter, reply: balance },
  [Operation.query_accounts]: { event: queryFilter, reply: account },
  [Operation.query_transfers]: { event: queryFilter, reply: transfer },
  [Operation.get_change_events]: { event: changeEventsFilter, reply: changeEvent },
};

/** The one record that lies in `bytes`: an event of `operation`, or an item of its reply. */
export function textFields(operation: Operation, part: 'event' | 'reply', bytes: Uint8Array): TextFields {
  const record = shown[operation]?.[part];
  const text = new Map<string, string>();
  if (record === undefined) return text;
  const copy = new Uint8Array(bytes); // not slice(): a Buffer would give a view of its pool
  const cells = { bytes: copy, view: new DataView(copy.buffer), u32: new Uint32Array(copy.buffer) };
  for (const [field, value] of Object.entries(record.decode(cells, 0)) as [string, bigint | number][]) {
    const names = record.names[field];
    text.set(field, names === undefined ? String(value) : named(names, Number(value), /flags$/.test(field)));
  }
  return text;
}

/** `id 3  amount 100  flags pending|linked`; fields that are zero are left out. */
export function recordLine(fields: TextFields): string {
  const parts = [...fields].filter(([, value]) => value !== '0' && value !== 'none');
  return parts.length === 0 ? '(all zero)' : parts.map(([field, value]) => `${field} ${value}`).join('  ');
}

function named(names: NameByNumber, value: number, flags: boolean): string {
  if (!flags) return names[value] === undefined ? String(value) : `${names[value]} (${value})`;
  const bits: string[] = [];
  for (let bit = 1; bit <= value && bit <= 0x8000_0000; bit *= 2) {
    if (Math.floor(value / bit) % 2 === 1) bits.push(names[bit] ?? String(bit));
  }
  return bits.length === 0 ? 'none' : bits.join('|');
}
