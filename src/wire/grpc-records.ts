/**
 * Records as messages, and back: by the tables printed from the schema, straight between the message's bytes and the
 * record's.
 */
import { amountMissing, type Cells, invalid } from '../model/index.ts';
import type { ProtoRecord, ProtoRecordField } from './gen/grpc.ts';
import { type FieldReader, type FieldWriter, malformed, WireType } from './grpc-protobuf.ts';

const U128_SIZE = 16;
const wireTypes = {
  u128: WireType.bytes,
  u64: WireType.fixed64,
  u32: WireType.varint,
  u16: WireType.varint,
  u8: WireType.varint,
} as const;
/** Bytes of a field at most, its tag of one or two bytes included. */
const sizesMax = { u128: 19, u64: 10, u32: 7, u16: 5, u8: 4 } as const;
const SIGNED_SIZE_MAX = 12;

const tables = new Map<ProtoRecord, (ProtoRecordField | undefined)[]>();

function tableOf(record: ProtoRecord): (ProtoRecordField | undefined)[] {
  let table = tables.get(record);
  if (table === undefined) {
    table = [];
    for (const field of record.fields) table[field.number] = field;
    tables.set(record, table);
  }
  return table;
}

/** Bytes of the largest message that a record can become, without what stands before it. */
export function messageSizeMax(record: ProtoRecord): number {
  return record.fields.reduce((sum, { type, signed }) => sum + (signed === true ? SIGNED_SIZE_MAX : sizesMax[type]), 0);
}

/** Writes the presets of absent fields into the zeros at byte `at` of `out`. */
export function presetRecord(record: ProtoRecord, out: DataView, at: number): void {
  for (const { preset, offset } of record.fields) {
    if (preset !== undefined) out.setUint32(at + offset, preset, true);
  }
}

/**
 * Reads the message that `reader` stands before over the record at byte `at` of `out`. `name` is for errors: which
 * message this is.
 */
export function readRecord(
  record: ProtoRecord,
  reader: FieldReader,
  bytes: Uint8Array,
  out: DataView,
  at: number,
  name: () => string,
): void {
  const table = tableOf(record);
  let said = false;
  while (reader.next()) {
    const field = table[reader.field];
    if (field === undefined) continue; // From a newer client.
    if (field.unless !== undefined) said = true;
    if (reader.wireType !== wireTypes[field.type]) throw malformed(`${name()}.${field.name} is of another type`);
    const to = at + field.offset;
    switch (field.type) {
      case 'u128':
        readU128(reader, bytes, out, to, () => `${name()}.${field.name}`);
        break;
      case 'u64':
        out.setUint32(to, reader.low, true);
        out.setUint32(to + 4, reader.high, true);
        break;
      case 'u32':
        if (reader.high !== 0) throw invalid(`${name()}.${field.name} must be a u32.`);
        out.setUint32(to, reader.low, true);
        break;
      case 'u16':
        if (reader.high !== 0 || reader.low > 0xffff) throw invalid(`${name()}.${field.name} must be a u16.`);
        out.setUint16(to, reader.low, true);
        break;
      case 'u8':
        if (reader.high !== 0 || reader.low > 0xff) throw invalid(`${name()}.${field.name} must be a u8.`);
        out.setUint8(to, reader.low);
        break;
    }
  }
  const unless = said ? undefined : unlessOf(record);
  if (unless !== undefined && (out.getUint16(at + unless.flagsAt, true) & unless.flag) === 0) {
    throw invalid(`${name()}.${amountMissing}`);
  }
}

function unlessOf(record: ProtoRecord): ProtoRecordField['unless'] {
  return record.fields.find(({ unless }) => unless !== undefined)?.unless;
}

/** Little-endian; what is missing is zero. */
export function readU128(reader: FieldReader, bytes: Uint8Array, out: DataView, at: number, name: () => string): void {
  const size = reader.end - reader.start;
  if (size > U128_SIZE) throw invalid(`${name()} has ${size} bytes; a u128 has 16.`);
  for (let i = 0; i < U128_SIZE; i++) out.setUint8(at + i, i < size ? bytes[reader.start + i]! : 0);
}

/** Writes `size` bytes of records from byte `at`, each as a message in field `number`. */
export function writeRecords(
  record: ProtoRecord,
  number: number,
  writer: FieldWriter,
  cells: Cells,
  at: number,
  size: number,
): void {
  const sizeMax = messageSizeMax(record);
  for (let from = at; from < at + size; from += record.size) {
    writer.room(sizeMax + 8);
    writer.tag(number, WireType.bytes);
    // Most messages are shorter than 128 bytes; others are moved by a byte.
    const length = writer.at++;
    writeRecord(record, writer, cells.view, cells.bytes, from);
    const written = writer.at - length - 1;
    if (written < 0x80) writer.bytes[length] = written;
    else {
      writer.bytes.copyWithin(length + 2, length + 1, writer.at);
      writer.bytes[length] = (written & 0x7f) | 0x80;
      writer.bytes[length + 1] = written >>> 7;
      writer.at++;
    }
  }
}

/** Zeros are left out, except of a field whose absence is not zero. */
function writeRecord(record: ProtoRecord, writer: FieldWriter, view: DataView, bytes: Uint8Array, at: number): void {
  for (const { number, type, offset, signed, unless } of record.fields) {
    const from = at + offset;
    if (type === 'u128') {
      const zero = isZero(view, from) && isZero(view, from + 8);
      if (zero && unless === undefined) continue;
      writer.tag(number, WireType.bytes);
      writer.varint(zero ? 0 : U128_SIZE);
      if (!zero) writer.copy(bytes, from, U128_SIZE);
    } else if (type === 'u64') {
      if (isZero(view, from)) continue;
      writer.tag(number, WireType.fixed64);
      writer.copy(bytes, from, 8);
    } else {
      const value =
        type === 'u32' ? view.getUint32(from, true) : type === 'u16' ? view.getUint16(from, true) : view.getUint8(from);
      if (value === 0) continue;
      writer.tag(number, WireType.varint);
      if (signed === true && value > 0x7fff_ffff) writer.varint64(value, 0xffff_ffff);
      else writer.varint(value);
    }
  }
}

function isZero(view: DataView, at: number): boolean {
  return view.getUint32(at, true) === 0 && view.getUint32(at + 4, true) === 0;
}
