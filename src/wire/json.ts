/**
 * How a record is spelled, at every door, in exports and archives and at the prompt:
 *
 *   u128, u64     decimal text, which no parser rounds: "amount":"1250"
 *   u32, u16, u8  numbers: "ledger":840
 *   flags         names, from the lowest bit up: "flags":["pending"]; a bit without a name is its value as text
 *   status, kind  its name: "status":"created"; a value without a name is its decimal text
 *   times         nanoseconds since the epoch as decimal text, and beside them the date and time, unless they are zero:
 *                 "timestamp":"1769860800000000001","timestamp_iso":"2026-01-31T12:00:00.000000001Z"
 *   reserved      left out
 *
 * MessagePack has the same, without the dates. `values.ts` reads what is written here, and more.
 */
import { isoOfDigits, isoText, TimeTexts } from '../base/index.ts';
import type { Cells } from '../model/index.ts';
import type { PlainField, PlainRecord } from './plain.ts';

/** A value as JSON has it. */
export type PlainValue = string | number | readonly string[];

/** The spelling of a field's value. */
export function spelled({ type, shown, flags }: PlainField, value: bigint | number): PlainValue {
  if (flags !== undefined) return bitNames(flags, Number(value));
  if (shown !== undefined) return shown.get(Number(value)) ?? String(value);
  return type === 'u128' || type === 'u64' ? String(value) : Number(value);
}

/** The date and time of a field that holds a time; undefined for others, and for a time of zero, which is none. */
export function isoOf({ iso }: PlainField, value: bigint | number): string | undefined {
  return iso === undefined || value === 0n ? undefined : isoText(value as bigint);
}

/** Names of the bits that are set; a bit without one is its number. */
export function bitNames(flags: ReadonlyMap<number, string>, value: number): string[] {
  const list: string[] = [];
  for (let bit = 1; bit <= value; bit *= 2) {
    if (Math.floor(value / bit) % 2 === 1) list.push(flags.get(bit) ?? String(bit));
  }
  return list;
}

/** An object that the codec made, spelled. */
export function plainObject({ meaningful }: PlainRecord, object: object): { [field: string]: PlainValue } {
  const values = object as Readonly<Record<string, bigint | number>>;
  const plain: { [field: string]: PlainValue } = {};
  for (const field of meaningful) {
    const value = values[field.name]!;
    plain[field.name] = spelled(field, value);
    const iso = isoOf(field, value);
    if (iso !== undefined) plain[field.iso!] = iso;
  }
  return plain;
}

/** The names of a record's values, in the order in which they are written. */
export function plainNames({ meaningful }: PlainRecord): string[] {
  return meaningful.flatMap(({ name, iso }) => (iso === undefined ? [name] : [name, iso]));
}

/** `JSON.stringify(plainObject(record, object))` in a third of the time. */
export function objectToJson({ meaningful }: PlainRecord, object: object): string {
  const values = object as Readonly<Record<string, bigint | number>>;
  let json = '';
  for (const field of meaningful) json += member(field, values[field.name]!);
  return `{${json.slice(1)}}`;
}

/** The same, of the record at byte `at`: most numbers are small, and are written without a bigint. */
export function recordToJson(record: PlainRecord, { view }: Cells, at: number): string {
  const fields = writingsOf(record);
  let json = fields.length === 0 ? '{' : '';
  for (const writing of fields) json += written(writing, view, at + writing.at);
  return `${json}}`;
}

/** How a field of a record in memory is written. */
interface Writing {
  readonly at: number;
  readonly type: PlainField['type'];
  /** `{"name":` or `,"name":`, and behind that a quotation mark where the value has one. */
  readonly begin: string;
  /** `","name_iso":"`, of a time. */
  readonly beside: string | undefined;
  /** Of flags, statuses and kinds: texts of the values that were seen, a few hundred at most. */
  readonly texts: Map<number, string> | undefined;
  readonly field: PlainField;
}

const SEEN_MAX = 256;
const writings = new WeakMap<PlainRecord, readonly Writing[]>();
const time = new TimeTexts();

function writingsOf(record: PlainRecord): readonly Writing[] {
  let found = writings.get(record);
  if (found === undefined) {
    found = record.meaningful.map((field, index) => {
      const { at, type, name, iso, of } = field;
      const quoted = of === undefined && (type === 'u128' || type === 'u64');
      return {
        at,
        type,
        begin: `${index === 0 ? '{' : ','}"${name}":${quoted ? '"' : ''}`,
        beside: iso === undefined ? undefined : `","${iso}":"`,
        texts: of === undefined ? undefined : new Map<number, string>(),
        field,
      };
    });
    writings.set(record, found);
  }
  return found;
}

function written({ type, begin, beside, texts, field }: Writing, view: DataView, at: number): string {
  if (type === 'u128') {
    if (view.getUint32(at + 8, true) === 0 && view.getUint32(at + 12, true) === 0) {
      return `${begin}${digitsOf(view, at)}"`;
    }
    return `${begin}${(view.getBigUint64(at + 8, true) << 64n) | view.getBigUint64(at, true)}"`;
  }
  if (type === 'u64') {
    if (beside === undefined) return `${begin}${digitsOf(view, at)}"`;
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    if (low === 0 && high === 0) return `${begin}0"`;
    time.read(low, high);
    return `${begin}${time.digits}${beside}${time.iso}"`;
  }
  const value =
    type === 'u32' ? view.getUint32(at, true) : type === 'u16' ? view.getUint16(at, true) : view.getUint8(at);
  if (texts === undefined) return `${begin}${value}`;
  let text = texts.get(value);
  if (text === undefined) {
    text = begin[0] + member(field, value).slice(1);
    if (texts.size < SEEN_MAX) texts.set(value, text);
  }
  return text;
}

const SAFE_HIGH = 2 ** 21;

/** A u64. */
function digitsOf(view: DataView, at: number): string {
  const high = view.getUint32(at + 4, true);
  return high < SAFE_HIGH ? String(high * 2 ** 32 + view.getUint32(at, true)) : String(view.getBigUint64(at, true));
}

/** A field's members, each with a comma before it. What goes in needs no escapes. */
function member(field: PlainField, value: bigint | number): string {
  const { name, type, shown, flags } = field;
  if (flags !== undefined) {
    return value === 0 ? `,"${name}":[]` : `,"${name}":["${bitNames(flags, Number(value)).join('","')}"]`;
  }
  if (shown !== undefined) return `,"${name}":"${shown.get(Number(value)) ?? value}"`;
  if (type !== 'u128' && type !== 'u64') return `,"${name}":${value}`;
  const digits = String(value);
  if (field.iso === undefined || value === 0n) return `,"${name}":"${digits}"`;
  return `,"${name}":"${digits}","${field.iso}":"${isoOfDigits(digits)}"`;
}

/** All records in `size` bytes at `at`, each on its own. */
export function recordsToJson(record: PlainRecord, cells: Cells, at: number, size: number): string[] {
  const texts: string[] = [];
  for (let from = at; from < at + size; from += record.size) texts.push(recordToJson(record, cells, from));
  return texts;
}

const DIGITS = { u128: 39, u64: 20, u32: 10, u16: 5, u8: 3 } as const;
const BITS = { u128: 128, u64: 64, u32: 32, u16: 16, u8: 8 } as const;
const ISO_SIZE = '2026-01-31T12:00:00.000000001Z'.length;

/** Characters of the longest that a record may be as JSON. */
export function jsonSizeMax(record: PlainRecord): number {
  let size = 2;
  for (const { name, type, shown, flags, iso } of record.meaningful) {
    size += name.length + 6;
    if (flags !== undefined) size += 2 + flagsSizeMax(flags, BITS[type], DIGITS[type]);
    else if (shown !== undefined) size += Math.max(DIGITS[type], ...[...shown.values()].map(({ length }) => length));
    else size += DIGITS[type];
    if (iso !== undefined) size += iso.length + ISO_SIZE + 6;
  }
  return size;
}

/** Characters of all flags that a field has room for, with quotes and commas. */
function flagsSizeMax(flags: ReadonlyMap<number, string>, bits: number, digits: number): number {
  let size = 0;
  for (let bit = 0; bit < bits; bit++) size += (flags.get(2 ** bit)?.length ?? digits) + 3;
  return size;
}
