/**
 * Records as messages, and back: by the tables printed from the schema, straight between the message's bytes and the
 * record's.
 */
import { amountMissing, type Cells, invalid, U64_MAX } from '../model/index.ts';
import type { ProtoRecord, ProtoRecordField } from './gen/grpc.ts';
import { type FieldReader, type FieldWriter, malformed, WireType } from './grpc-protobuf.ts';
import { wideOf } from './values.ts';

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
const TEXT_SIZE_MAX = 42;
const SIGNED_SIZE_MAX = 12;
/** A wide number's text has the field that many behind its bytes: `id` = 1, `id_text` = 101. */
export const TEXT_FIELDS = 100;

/** By number, those of texts included. */
const tables = new Map<ProtoRecord, (ProtoRecordField | undefined)[]>();

function tableOf(record: ProtoRecord): (ProtoRecordField | undefined)[] {
  let table = tables.get(record);
  if (table === undefined) {
    table = [];
    for (const field of record.fields) {
      table[field.number] = field;
      if (field.type === 'u128') table[TEXT_FIELDS + field.number] = field;
    }
    tables.set(record, table);
  }
  return table;
}

/** Bytes of the largest message that a record can become, without what stands before it. */
export function messageSizeMax(record: ProtoRecord, form: 'bytes' | 'text'): number {
  const sizeOf = ({ type, signed }: ProtoRecordField): number =>
    signed === true ? SIGNED_SIZE_MAX : type === 'u128' && form === 'text' ? TEXT_SIZE_MAX : sizesMax[type];
  return record.fields.reduce((sum, field) => sum + sizeOf(field), 0);
}

/** Writes the presets of absent fields into the zeros at byte `at` of `out`. */
export function presetRecord(record: ProtoRecord, out: DataView, at: number): void {
  for (const { preset, offset } of record.fields) {
    if (preset !== undefined) out.setUint32(at + offset, preset, true);
  }
}

/**
 * Reads the message that `reader` stands before over the record at byte `at` of `out`. `name` is for errors: which
 * message this is. True if a wide number in it is text.
 */
export function readRecord(
  record: ProtoRecord,
  reader: FieldReader,
  bytes: Uint8Array,
  out: DataView,
  at: number,
  name: () => string,
): boolean {
  const table = tableOf(record);
  let said = false;
  /** Bits, by number, of wide numbers that came as bytes, and as text. */
  let [asBytes, asText] = [0, 0];
  while (reader.next()) {
    const field = table[reader.field];
    if (field === undefined) continue; // From a newer client.
    if (reader.field > TEXT_FIELDS) {
      if (reader.wireType !== WireType.bytes) throw malformed(`${name()}.${field.name}_text is of another type`);
      if (reader.start === reader.end) continue;
      asText |= 1 << field.number;
      if (field.unless !== undefined) said = true;
      readU128Text(reader, out, at + field.offset, () => `${name()}.${field.name}_text`);
      continue;
    }
    if (field.unless !== undefined) said = true;
    if (field.type === 'u128') asBytes |= 1 << field.number;
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
  if ((asBytes & asText) !== 0) {
    const twice = record.fields.find(({ number }) => (asBytes & asText & (1 << number)) !== 0)!;
    throw invalid(`${name()}: give ${twice.name} or ${twice.name}_text, not both`);
  }
  const unless = said ? undefined : unlessOf(record);
  if (unless !== undefined && (out.getUint16(at + unless.flagsAt, true) & unless.flag) === 0) {
    throw invalid(`${name()}.${amountMissing}`);
  }
  return asText !== 0;
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

/** Decimal or 0x text, or a UUID. */
export function readU128Text(reader: FieldReader, out: DataView, at: number, name: () => string): void {
  const wide = wideOf(reader.text(), name);
  out.setBigUint64(at, wide & U64_MAX, true);
  out.setBigUint64(at + 8, wide >> 64n, true);
}

/** Writes `size` bytes of records from byte `at`, each as a message in field `number`. */
export function writeRecords(
  record: ProtoRecord,
  number: number,
  writer: FieldWriter,
  cells: Cells,
  at: number,
  size: number,
  form: 'bytes' | 'text',
): void {
  const sizeMax = messageSizeMax(record, form);
  const write = form === 'text' ? writeRecordAsText : writeRecord;
  for (let from = at; from < at + size; from += record.size) {
    writer.room(sizeMax + 8);
    writer.tag(number, WireType.bytes);
    // Most messages are shorter than 128 bytes; others are moved by a byte.
    const length = writer.at++;
    write(record, writer, cells.view, cells.bytes, from);
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
  for (const field of record.fields) {
    const from = at + field.offset;
    if (field.type === 'u128') {
      const zero = isZero(view, from) && isZero(view, from + 8);
      if (zero && field.unless === undefined) continue;
      writer.tag(field.number, WireType.bytes);
      writer.varint(zero ? 0 : U128_SIZE);
      if (!zero) writer.copy(bytes, from, U128_SIZE);
    } else writeNarrow(field, writer, view, bytes, from);
  }
}

/** The same, for people. */
function writeRecordAsText(
  record: ProtoRecord,
  writer: FieldWriter,
  view: DataView,
  bytes: Uint8Array,
  at: number,
): void {
  for (const field of record.fields) {
    const from = at + field.offset;
    if (field.type !== 'u128') writeNarrow(field, writer, view, bytes, from);
    else if (field.unless !== undefined || !isZero(view, from) || !isZero(view, from + 8)) {
      const wide = (view.getBigUint64(from + 8, true) << 64n) | view.getBigUint64(from, true);
      writer.text(TEXT_FIELDS + field.number, String(wide));
    }
  }
}

function writeNarrow(
  { type, number, signed }: ProtoRecordField,
  writer: FieldWriter,
  view: DataView,
  bytes: Uint8Array,
  from: number,
): void {
  if (type === 'u64') {
    if (isZero(view, from)) return;
    writer.tag(number, WireType.fixed64);
    writer.copy(bytes, from, 8);
    return;
  }
  const value =
    type === 'u32' ? view.getUint32(from, true) : type === 'u16' ? view.getUint16(from, true) : view.getUint8(from);
  if (value === 0) return;
  writer.tag(number, WireType.varint);
  if (signed === true && value > 0x7fff_ffff) writer.varint64(value, 0xffff_ffff);
  else writer.varint(value);
}

function isZero(view: DataView, at: number): boolean {
  return view.getUint32(at, true) === 0 && view.getUint32(at + 4, true) === 0;
}
