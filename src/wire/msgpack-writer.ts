/** Records as MessagePack, straight from wire bytes: a map of each, u128 as decimal text, u64 as the smallest integer that holds them, statuses by name. */
import type { Cells } from '../model/index.ts';
import { type PlainField, type PlainRecord, readField } from './values.ts';

interface RecordWriter {
  /** The map's header. */
  readonly header: number;
  /** Names of the fields, encoded. */
  readonly names: readonly Buffer[];
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
    const names = record.fields.map(({ name }) => Buffer.concat([stringHeader(name), Buffer.from(name)]));
    const sizes = record.fields.map((field, index) => names[index]!.length + valueSizeMax(field));
    writer = { header: record.fields.length, names, sizeMax: 3 + sizes.reduce((sum, size) => sum + size, 0) };
    writers.set(record, writer);
  }
  return writer;
}

function valueSizeMax(field: PlainField): number {
  if (field.type === 'u128') return U128_TEXT_MAX;
  return field.shown === undefined ? U64_MAX_SIZE : STATUS_TEXT_MAX;
}

function stringHeader(text: string): Uint8Array {
  return text.length < 32 ? Uint8Array.of(0xa0 | text.length) : Uint8Array.of(0xd9, text.length);
}

/** Bytes that an array of `size` bytes of records takes, at most. */
export function recordsSizeMax(record: PlainRecord, size: number): number {
  return 5 + (size / record.size) * writerOf(record).sizeMax;
}

/** Writes an array of the records in `size` bytes at `at`; where it ended. */
export function writeRecords(
  to: Buffer,
  offset: number,
  record: PlainRecord,
  cells: Cells,
  at: number,
  size: number,
): number {
  const { header, names } = writerOf(record);
  let end = writeArrayHeader(to, offset, size / record.size);
  for (let from = at; from < at + size; from += record.size) {
    if (header < 16) to[end++] = 0x80 | header;
    else {
      to[end] = 0xde;
      end = to.writeUInt16BE(header, end + 1);
    }
    for (const field of record.fields) {
      const name = names[field.index]!;
      to.set(name, end);
      end = writeValue(to, end + name.length, field, cells, from);
    }
  }
  return end;
}

function writeArrayHeader(to: Buffer, at: number, length: number): number {
  if (length < 16) {
    to[at] = 0x90 | length;
    return at + 1;
  }
  to[at] = 0xdc;
  return to.writeUInt16BE(length, at + 1);
}

function writeValue(to: Buffer, at: number, field: PlainField, cells: Cells, from: number): number {
  const value = readField(field, cells, from);
  if (typeof value === 'number') return writeNumber(to, at, value);
  if (typeof value === 'string') return writeText(to, at, value);
  return field.type === 'u128' ? writeText(to, at, String(value)) : writeWide(to, at, value);
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
function writeNumber(to: Buffer, at: number, value: number): number {
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

function writeWide(to: Buffer, at: number, value: bigint): number {
  if (value <= 0xffff_ffffn) return writeNumber(to, at, Number(value));
  to[at] = 0xcf;
  return to.writeBigUInt64BE(value, at + 1);
}
