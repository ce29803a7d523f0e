/**
 * The records of the reference model: plain objects of bigints, one property a field, and the tables that say where
 * each field lies. A witness: it is written by hand and never printed from src/model/schema.ts, so that a mistake there
 * cannot hide here.
 */
import { U64_MAX } from './names.ts';

type AccountField =
  | 'id'
  | 'debits_pending'
  | 'debits_posted'
  | 'credits_pending'
  | 'credits_posted'
  | 'user_data_128'
  | 'user_data_64'
  | 'user_data_32'
  | 'reserved'
  | 'ledger'
  | 'code'
  | 'flags'
  | 'timestamp';
export type Account = Readonly<Record<AccountField, bigint>>;

type TransferField =
  | 'id'
  | 'debit_account_id'
  | 'credit_account_id'
  | 'amount'
  | 'pending_id'
  | 'user_data_128'
  | 'user_data_64'
  | 'user_data_32'
  | 'timeout'
  | 'ledger'
  | 'code'
  | 'flags'
  | 'timestamp';
export type Transfer = Readonly<Record<TransferField, bigint>>;

type AccountFilterField =
  | 'account_id'
  | 'user_data_128'
  | 'user_data_64'
  | 'user_data_32'
  | 'code'
  | 'reserved'
  | 'timestamp_min'
  | 'timestamp_max'
  | 'limit'
  | 'flags';
export type AccountFilter = Readonly<Record<AccountFilterField, bigint>>;

type QueryFilterField =
  | 'user_data_128'
  | 'user_data_64'
  | 'user_data_32'
  | 'ledger'
  | 'code'
  | 'reserved'
  | 'timestamp_min'
  | 'timestamp_max'
  | 'limit'
  | 'flags';
export type QueryFilter = Readonly<Record<QueryFilterField, bigint>>;

type ChangeEventsFilterField = 'timestamp_min' | 'timestamp_max' | 'limit' | 'reserved';
export type ChangeEventsFilter = Readonly<Record<ChangeEventsFilterField, bigint>>;

type BalanceField = 'debits_pending' | 'debits_posted' | 'credits_pending' | 'credits_posted' | 'timestamp';
export type Balance = Readonly<Record<BalanceField, bigint>>;

export type Result = Readonly<Record<'timestamp' | 'status', bigint>>;

/** Where the fields of a record lie: name, offset and size in bytes. Bytes named by no field are zero. */
export interface Layout<Field extends string> {
  readonly size: number;
  readonly fields: readonly (readonly [Field, number, number])[];
}

export const accountLayout: Layout<AccountField> = {
  size: 128,
  fields: [
    ['id', 0, 16],
    ['debits_pending', 16, 16],
    ['debits_posted', 32, 16],
    ['credits_pending', 48, 16],
    ['credits_posted', 64, 16],
    ['user_data_128', 80, 16],
    ['user_data_64', 96, 8],
    ['user_data_32', 104, 4],
    ['reserved', 108, 4],
    ['ledger', 112, 4],
    ['code', 116, 2],
    ['flags', 118, 2],
    ['timestamp', 120, 8],
  ],
};

export const transferLayout: Layout<TransferField> = {
  size: 128,
  fields: [
    ['id', 0, 16],
    ['debit_account_id', 16, 16],
    ['credit_account_id', 32, 16],
    ['amount', 48, 16],
    ['pending_id', 64, 16],
    ['user_data_128', 80, 16],
    ['user_data_64', 96, 8],
    ['user_data_32', 104, 4],
    ['timeout', 108, 4],
    ['ledger', 112, 4],
    ['code', 116, 2],
    ['flags', 118, 2],
    ['timestamp', 120, 8],
  ],
};

export const accountFilterLayout: Layout<AccountFilterField> = {
  size: 128,
  fields: [
    ['account_id', 0, 16],
    ['user_data_128', 16, 16],
    ['user_data_64', 32, 8],
    ['user_data_32', 40, 4],
    ['code', 44, 2],
    ['reserved', 46, 58],
    ['timestamp_min', 104, 8],
    ['timestamp_max', 112, 8],
    ['limit', 120, 4],
    ['flags', 124, 4],
  ],
};

export const queryFilterLayout: Layout<QueryFilterField> = {
  size: 64,
  fields: [
    ['user_data_128', 0, 16],
    ['user_data_64', 16, 8],
    ['user_data_32', 24, 4],
    ['ledger', 28, 4],
    ['code', 32, 2],
    ['reserved', 34, 6],
    ['timestamp_min', 40, 8],
    ['timestamp_max', 48, 8],
    ['limit', 56, 4],
    ['flags', 60, 4],
  ],
};

export const changeEventsFilterLayout: Layout<ChangeEventsFilterField> = {
  size: 64,
  fields: [
    ['timestamp_min', 0, 8],
    ['timestamp_max', 8, 8],
    ['limit', 16, 4],
    ['reserved', 20, 44],
  ],
};

export const balanceLayout: Layout<BalanceField> = {
  size: 128,
  fields: [
    ['debits_pending', 0, 16],
    ['debits_posted', 16, 16],
    ['credits_pending', 32, 16],
    ['credits_posted', 48, 16],
    ['timestamp', 64, 8],
  ],
};

export const resultLayout: Layout<'timestamp' | 'status'> = {
  size: 16,
  fields: [
    ['timestamp', 0, 8],
    ['status', 8, 4],
  ],
};

type ChangeEventField =
  | 'transfer_id'
  | 'transfer_amount'
  | 'transfer_pending_id'
  | 'transfer_user_data_128'
  | 'transfer_user_data_64'
  | 'transfer_user_data_32'
  | 'transfer_timeout'
  | 'transfer_code'
  | 'transfer_flags'
  | 'ledger'
  | 'type'
  | 'debit_account_id'
  | 'debit_account_debits_pending'
  | 'debit_account_debits_posted'
  | 'debit_account_credits_pending'
  | 'debit_account_credits_posted'
  | 'debit_account_user_data_128'
  | 'debit_account_user_data_64'
  | 'debit_account_user_data_32'
  | 'debit_account_code'
  | 'debit_account_flags'
  | 'credit_account_id'
  | 'credit_account_debits_pending'
  | 'credit_account_debits_posted'
  | 'credit_account_credits_pending'
  | 'credit_account_credits_posted'
  | 'credit_account_user_data_128'
  | 'credit_account_user_data_64'
  | 'credit_account_user_data_32'
  | 'credit_account_code'
  | 'credit_account_flags'
  | 'timestamp'
  | 'transfer_timestamp'
  | 'debit_account_timestamp'
  | 'credit_account_timestamp';
export type ChangeEvent = Readonly<Record<ChangeEventField, bigint>>;

export const changeEventLayout: Layout<ChangeEventField> = {
  size: 384,
  fields: [
    ['transfer_id', 0, 16],
    ['transfer_amount', 16, 16],
    ['transfer_pending_id', 32, 16],
    ['transfer_user_data_128', 48, 16],
    ['transfer_user_data_64', 64, 8],
    ['transfer_user_data_32', 72, 4],
    ['transfer_timeout', 76, 4],
    ['transfer_code', 80, 2],
    ['transfer_flags', 82, 2],
    ['ledger', 84, 4],
    ['type', 88, 1],
    ['debit_account_id', 128, 16],
    ['debit_account_debits_pending', 144, 16],
    ['debit_account_debits_posted', 160, 16],
    ['debit_account_credits_pending', 176, 16],
    ['debit_account_credits_posted', 192, 16],
    ['debit_account_user_data_128', 208, 16],
    ['debit_account_user_data_64', 224, 8],
    ['debit_account_user_data_32', 232, 4],
    ['debit_account_code', 236, 2],
    ['debit_account_flags', 238, 2],
    ['credit_account_id', 240, 16],
    ['credit_account_debits_pending', 256, 16],
    ['credit_account_debits_posted', 272, 16],
    ['credit_account_credits_pending', 288, 16],
    ['credit_account_credits_posted', 304, 16],
    ['credit_account_user_data_128', 320, 16],
    ['credit_account_user_data_64', 336, 8],
    ['credit_account_user_data_32', 344, 4],
    ['credit_account_code', 348, 2],
    ['credit_account_flags', 350, 2],
    ['timestamp', 352, 8],
    ['transfer_timestamp', 360, 8],
    ['debit_account_timestamp', 368, 8],
    ['credit_account_timestamp', 376, 8],
  ],
};

function uint(view: DataView, offset: number, size: number): bigint {
  switch (size) {
    case 16: {
      const high = view.getBigUint64(offset + 8, true);
      const low = view.getBigUint64(offset, true);
      return high === 0n ? low : (high << 64n) | low;
    }
    case 8:
      return view.getBigUint64(offset, true);
    case 4:
      return BigInt(view.getUint32(offset, true));
    case 2:
      return BigInt(view.getUint16(offset, true));
    case 1:
      return BigInt(view.getUint8(offset));
    default: {
      let value = 0n;
      for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(view.getUint8(offset + i));
      return value;
    }
  }
}

function setUint(view: DataView, offset: number, size: number, value: bigint): void {
  if (size === 16) {
    view.setBigUint64(offset, BigInt.asUintN(64, value), true);
    if (value > U64_MAX) view.setBigUint64(offset + 8, value >> 64n, true);
  } else if (size === 8) view.setBigUint64(offset, value, true);
  else if (size === 4) view.setUint32(offset, Number(value), true);
  else if (size === 2) view.setUint16(offset, Number(value), true);
  else for (let i = 0; i < size; i++) view.setUint8(offset + i, Number((value >> BigInt(8 * i)) & 0xffn));
}

/** The largest value of a field of so many bytes. */
const largest: readonly bigint[] = Array.from({ length: 65 }, (_, size) => (1n << BigInt(8 * size)) - 1n);

/** The records that lie packed in `bytes`; throws when they do not come out even. */
export function decode<Field extends string>(
  layout: Layout<Field>,
  bytes: Uint8Array,
): Readonly<Record<Field, bigint>>[] {
  if (bytes.length % layout.size !== 0) throw new RangeError(`${bytes.length} bytes are not whole records`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Readonly<Record<Field, bigint>>[] = [];
  for (let at = 0; at < bytes.length; at += layout.size) {
    const record = {} as Record<Field, bigint>;
    for (const [name, offset, size] of layout.fields) record[name] = uint(view, at + offset, size);
    records.push(record);
  }
  return records;
}

/** Packs `records`; a field that a record does not name is zero. Throws when a value does not fit its field. */
export function encode<Field extends string>(
  layout: Layout<Field>,
  records: readonly Partial<Readonly<Record<Field, bigint>>>[],
): Uint8Array {
  const bytes = new Uint8Array(layout.size * records.length);
  const view = new DataView(bytes.buffer);
  for (const [index, record] of records.entries()) {
    for (const [name, offset, size] of layout.fields) {
      const value: bigint = record[name] ?? 0n;
      if (value === 0n) continue;
      if (value < 0n || value > largest[size]!) throw new RangeError(`${name} = ${value} does not fit`);
      setUint(view, index * layout.size + offset, size, value);
    }
  }
  return bytes;
}

/** Packs ids, 16 bytes each: the events of a lookup. */
export function encodeIds(ids: readonly bigint[]): Uint8Array {
  return encode(
    idLayout,
    ids.map((id) => ({ id })),
  );
}

/** The ids that lie packed in `bytes`. */
export function decodeIds(bytes: Uint8Array): bigint[] {
  return decode(idLayout, bytes).map((record) => record.id);
}

const idLayout: Layout<'id'> = { size: 16, fields: [['id', 0, 16]] };
