/**
 * Records as MessagePack, straight from wire bytes: a map of each, spelled as in JSON (`json.ts` of the wire's room),
 * without the dates beside times.
 */
import type { Cells } from 'tallystick/internal/model';
import { bitNames, type PlainField, type PlainRecord } from 'tallystick/internal/wire';

interface RecordWriter {
  /** The map's header. */
  readonly header: number;
  readonly fields: readonly FieldWriter[];
  /** Bytes of a record, at most. */
  readonly sizeMax: number;
}

interface FieldWriter {
  readonly field: PlainField;
  /** Its name, encoded. */
  readonly name: Buffer;
  /** Names of statuses and kinds by value, encoded. */
  readonly shown: ReadonlyMap<number, Buffer> | undefined;
}

const U128_TEXT_MAX = 2 + 39;
const U64_TEXT_MAX = 1 + 20;
const STATUS_TEXT_MAX = 2 + 255;
const NUMBER_MAX = 5;
const BILLION = 1e9;
const BITS = { u128: 128, u64: 64, u32: 32, u16: 16, u8: 8 } as const;
/** A bit without a name is its value as text. */
const BIT_TEXT_MAX = 1 + 10;

const writers = new Map<PlainRecord, RecordWriter>();

function writerOf(record: PlainRecord): RecordWriter {
  let writer = writers.get(record);
  if (writer === undefined) {
    const fields = record.meaningful.map((field) => ({
      field,
      name: encoded(field.name),
      shown: field.shown && new Map([...field.shown].map(([of, name]) => [of, encoded(name)])),
    }));
    const sizeMax = fields.reduce((sum, { field, name }) => sum + name.length + valueSizeMax(field), 3);
    writer = { header: fields.length, fields, sizeMax };
    writers.set(record, writer);
  }
  return writer;
}

function valueSizeMax({ type, flags, shown }: PlainField): number {
  if (flags !== undefined) {
    let size = 3;
    for (let bit = 0; bit < BITS[type]; bit++) {
      const name = flags.get(2 ** bit);
      size += name === undefined ? BIT_TEXT_MAX : encoded(name).length;
    }
    return size;
  }
  if (shown !== undefined) return STATUS_TEXT_MAX;
  return type === 'u128' ? U128_TEXT_MAX : type === 'u64' ? U64_TEXT_MAX : NUMBER_MAX;
}

function encoded(text: string): Buffer {
  const header = text.length < 32 ? [0xa0 | text.length] : [0xd9, text.length];
  return Buffer.concat([Uint8Array.from(header), Buffer.from(text, 'latin1')]);
}

/** Bytes that an array of so many records takes, at most. */
export function recordsSizeMax(record: PlainRecord, count: number): number {
  return 5 + count * writerOf(record).sizeMax;
}

/**
 * Writes an array of the records in `size` bytes at `at`; where it ended, or -1 when it would have gone beyond `limit`
 * by more than a record.
 */
export function writeRecords(
  to: Buffer,
  offset: number,
  record: PlainRecord,
  cells: Cells,
  at: number,
  size: number,
  limit: number,
): number {
  const { header, fields } = writerOf(record);
  let end = writeArrayHeader(to, offset, size / record.size);
  for (let from = at; from < at + size; from += record.size) {
    if (end > limit) return -1;
    if (header < 16) to[end++] = 0x80 | header;
    else {
      to[end] = 0xde;
      end = to.writeUInt16BE(header, end + 1);
    }
    for (const { field, name, shown } of fields) {
      end = copy(to, end, name);
      end = writeValue(to, end, field, shown, cells, from);
    }
  }
  return end;
}

/** A few bytes: telling `set` of them would take longer. */
function copy(to: Buffer, at: number, bytes: Buffer): number {
  const { length } = bytes;
  for (let i = 0; i < length; i++) to[at + i] = bytes[i]!;
  return at + length;
}

function writeArrayHeader(to: Buffer, at: number, length: number): number {
  if (length < 16) {
    to[at] = 0x90 | length;
    return at + 1;
  }
  to[at] = 0xdc;
  return to.writeUInt16BE(length, at + 1);
}

function writeValue(
  to: Buffer,
  at: number,
  { type, at: offset, flags }: PlainField,
  shown: ReadonlyMap<number, Buffer> | undefined,
  { view }: Cells,
  record: number,
): number {
  const from = record + offset;
  if (type === 'u128') return writeText(to, at, decimal(view, from));
  if (type === 'u64') return writeU64(to, at, view.getUint32(from, true), view.getUint32(from + 4, true));
  const value =
    type === 'u32' ? view.getUint32(from, true) : type === 'u16' ? view.getUint16(from, true) : view.getUint8(from);
  if (flags !== undefined) return writeFlags(to, at, flags, value);
  if (shown === undefined) return writeNumber(to, at, value);
  const name = shown.get(value);
  return name === undefined ? writeText(to, at, String(value)) : copy(to, at, name);
}

function decimal(view: DataView, from: number): string {
  const high = view.getUint32(from + 4, true);
  const top = view.getBigUint64(from + 8, true);
  // Below 2^53 a double is exact, and faster.
  if (top === 0n && high < 2 ** 21) return String(high * 2 ** 32 + view.getUint32(from, true));
  return String((top << 64n) | view.getBigUint64(from, true));
}

/**
 * A u64 as decimal text. Each result has a time, which no double holds, and a bigint of it would be the most expensive
 * part: it is divided by 10^9 in pieces of 16 bits, each of which is exact.
 */
function writeU64(to: Buffer, at: number, low: number, high: number): number {
  if (high < 2 ** 21) return writeText(to, at, String(high * 2 ** 32 + low));
  const middle = (high % BILLION) * 2 ** 16 + (low >>> 16);
  const bottom = (middle % BILLION) * 2 ** 16 + (low & 0xffff);
  const top = (Math.floor(high / BILLION) * 2 ** 16 + Math.floor(middle / BILLION)) * 2 ** 16;
  const billions = String(top + Math.floor(bottom / BILLION));
  const header = writeTextHeader(to, at, billions.length + 9);
  const end = writeAscii(to, header, billions) + 9;
  let rest = bottom % BILLION;
  for (let digit = end - 1; digit >= end - 9; digit--) {
    const tenth = Math.floor(rest / 10);
    to[digit] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

function writeFlags(to: Buffer, at: number, flags: ReadonlyMap<number, string>, value: number): number {
  const names = value === 0 ? [] : bitNames(flags, value);
  let end = writeArrayHeader(to, at, names.length);
  for (const name of names) end = writeText(to, end, name);
  return end;
}

/** ASCII of up to 255 characters. */
function writeText(to: Buffer, at: number, text: string): number {
  return writeAscii(to, writeTextHeader(to, at, text.length), text);
}

function writeTextHeader(to: Buffer, at: number, length: number): number {
  let end = at;
  if (length >= 32) to[end++] = 0xd9;
  to[end++] = length < 32 ? 0xa0 | length : length;
  return end;
}

function writeAscii(to: Buffer, at: number, text: string): number {
  const { length } = text;
  for (let i = 0; i < length; i++) to[at + i] = text.charCodeAt(i);
  return at + length;
}

/** Up to 2^32 - 1. */
export function writeNumber(to: Buffer, at: number, value: number): number {
  if (value < 0x80) {
    to[at] = value;
    return at + 1;
  }
  if (value <= 0xff) {
    to[at] = 0xcc;
    to[at + 1] = value;
    return at + 2;
  }
  if (value <= 0xffff) {
    to[at] = 0xcd;
    return to.writeUInt16BE(value, at + 1);
  }
  to[at] = 0xce;
  return to.writeUInt32BE(value, at + 1);
}

/** A u64. */
export function writeWide(to: Buffer, at: number, low: number, high: number): number {
  if (high === 0) return writeNumber(to, at, low);
  to[at] = 0xcf;
  return to.writeUInt32BE(low, to.writeUInt32BE(high, at + 1));
}
