/**
 * Records as MessagePack, straight from wire bytes: a map of each, u128 as decimal text, u64 as the smallest integer
 * that holds them, statuses by name.
 */
import type { Cells } from 'tallystick/internal/model';
import type { PlainField, PlainRecord } from 'tallystick/internal/wire';

interface RecordWriter {
  /** The map's header. */
  readonly header: number;
  /** Names of the fields, encoded. */
  readonly names: readonly Buffer[];
  /** By field: names of values, by value, encoded. */
  readonly shown: readonly (ReadonlyMap<number, Buffer> | undefined)[];
  /** Bytes of a record, at most. */
  readonly sizeMax: number;
}

const U128_TEXT_MAX = 2 + 39;
const STATUS_TEXT_MAX = 2 + 255;
const U64_MAX_SIZE = 9;

const writers = new Map<PlainRecord, RecordWriter>();

function writerOf(record: PlainRecord): RecordWriter {
  let writer = writers.get(record);
  if (writer === undefined) {
    const names = record.fields.map(({ name }) => encoded(name));
    const shown = record.fields.map(
      (field) => field.shown && new Map([...field.shown].map(([of, name]) => [of, encoded(name)])),
    );
    const sizes = record.fields.map((field, index) => names[index]!.length + valueSizeMax(field));
    writer = { header: record.fields.length, names, shown, sizeMax: 3 + sizes.reduce((sum, size) => sum + size, 0) };
    writers.set(record, writer);
  }
  return writer;
}

function valueSizeMax(field: PlainField): number {
  if (field.type === 'u128') return U128_TEXT_MAX;
  return field.shown === undefined ? U64_MAX_SIZE : STATUS_TEXT_MAX;
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
  const { header, names, shown } = writerOf(record);
  let end = writeArrayHeader(to, offset, size / record.size);
  for (let from = at; from < at + size; from += record.size) {
    if (end > limit) return -1;
    if (header < 16) to[end++] = 0x80 | header;
    else {
      to[end] = 0xde;
      end = to.writeUInt16BE(header, end + 1);
    }
    for (const field of record.fields) {
      end = copy(to, end, names[field.index]!);
      end = writeValue(to, end, field, shown[field.index], cells, from);
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
  field: PlainField,
  shown: ReadonlyMap<number, Buffer> | undefined,
  { view }: Cells,
  record: number,
): number {
  const from = record + field.at;
  switch (field.type) {
    case 'u128':
      return writeText(to, at, decimal(view, from));
    case 'u64':
      return writeWide(to, at, view.getUint32(from, true), view.getUint32(from + 4, true));
    case 'u32':
      return writeNarrow(to, at, view.getUint32(from, true), shown);
    case 'u16':
      return writeNarrow(to, at, view.getUint16(from, true), shown);
    case 'u8':
      return writeNarrow(to, at, view.getUint8(from), shown);
  }
}

function decimal(view: DataView, from: number): string {
  const middle = view.getUint32(from + 4, true);
  const top = view.getBigUint64(from + 8, true);
  if (top === 0n && middle < 2 ** 21) return String(middle * 2 ** 32 + view.getUint32(from, true));
  return String((top << 64n) | view.getBigUint64(from, true));
}

function writeNarrow(to: Buffer, at: number, value: number, shown: ReadonlyMap<number, Buffer> | undefined): number {
  const name = shown?.get(value);
  return name === undefined ? writeNumber(to, at, value) : copy(to, at, name);
}

/** ASCII of up to 255 characters. */
function writeText(to: Buffer, at: number, text: string): number {
  const { length } = text;
  let end = at;
  if (length >= 32) to[end++] = 0xd9;
  to[end++] = length < 32 ? 0xa0 | length : length;
  for (let i = 0; i < length; i++) to[end + i] = text.charCodeAt(i);
  return end + length;
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
