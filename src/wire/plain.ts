/**
 * Records in plain words. One table says of every record what its fields are called, where they lie, and what their
 * numbers are called; by it the doors for JSON and MessagePack, archives, the prompt and reports read and write
 * records.
 */
import {
  type Cells,
  type EnumSchema,
  enumSchemas,
  type FieldType,
  type RecordSchema,
  recordSchemas,
} from '../model/index.ts';

export interface PlainField {
  readonly name: string;
  /** A sentence from the schema. */
  readonly about: string;
  readonly type: FieldType;
  /** Byte offset in the record. */
  readonly at: number;
  /** Its place among the record's fields. */
  readonly index: number;
  /** Flags, statuses or kinds that its number stands for. */
  readonly of: EnumSchema | undefined;
  /** Members by name, of a field that is flags or a status. */
  readonly names: ReadonlyMap<string, number> | undefined;
  /** Names by value, of a status or a kind. */
  readonly shown: ReadonlyMap<number, string> | undefined;
  /** Names by bit, of flags. */
  readonly flags: ReadonlyMap<number, string> | undefined;
}

/** A record's fields that have a property, in the order in which they lie in memory. */
export interface PlainRecord {
  readonly name: string;
  readonly size: number;
  readonly fields: readonly PlainField[];
  /** Those that say something: all but `reserved`. */
  readonly meaningful: readonly PlainField[];
  readonly byName: ReadonlyMap<string, PlainField>;
  /** Bits, by index, of those that must be given. */
  readonly required: number;
  readonly presets: readonly { readonly field: PlainField; readonly value: number }[];
  /** A field that must be given unless a flag is: absence must not be taken for zero. */
  readonly unless: Unless | undefined;
}

/** The amount of a transfer, which only a void may leave out. */
export interface Unless {
  readonly field: PlainField;
  /** Where the flags lie in the record, a u16, and which of them it is. */
  readonly flagsAt: number;
  readonly flag: number;
}

/** What may be larger than a double holds is a decimal string, flags are a list of names, a status is its name. */
export type PlainValue = string | number | readonly string[];

const WIDTH: { readonly [type in FieldType]: number } = { u128: 16, u64: 8, u32: 4, u16: 2, u8: 1 };

/** By name, as in the schema. */
export const plainRecords: ReadonlyMap<string, PlainRecord> = new Map(
  recordSchemas.map((record) => [record.name, described(record)]),
);

function described(record: RecordSchema): PlainRecord {
  const fields: PlainField[] = [];
  const presets: { field: PlainField; value: number }[] = [];
  let required = 0;
  let at = 0;
  for (const schema of record.fields) {
    if (schema.bytes === undefined && schema.untyped !== true) {
      const { name, about, type } = schema;
      const of = enumSchemas.find((candidate) => candidate.name === schema.of);
      const names = of && new Map(of.members.map((member) => [member.name, member.value]));
      const byValue = of && new Map(of.members.map((member) => [member.value, member.name]));
      const isFlags = of?.kind === 'flags';
      const shown = isFlags ? undefined : byValue;
      const field = {
        name,
        about,
        type,
        at,
        index: fields.length,
        of,
        names,
        shown,
        flags: isFlags ? byValue : undefined,
      };
      fields.push(field);
      if (schema.required === true) required |= 1 << field.index;
      if (schema.preset !== undefined) presets.push({ field, value: Number(schema.preset) });
    }
    at += schema.bytes ?? WIDTH[schema.type];
  }
  const byName = new Map(fields.map((field) => [field.name, field]));
  const meaningful = fields.filter(({ name }) => name !== 'reserved');
  const unless = unlessOf(record, byName);
  return { name: record.name, size: record.size, fields, meaningful, byName, required, presets, unless };
}

function unlessOf(record: RecordSchema, byName: ReadonlyMap<string, PlainField>): Unless | undefined {
  const schema = record.fields.find(({ requiredUnless }) => requiredUnless !== undefined);
  if (schema === undefined) return undefined;
  const flags = byName.get('flags')!;
  return { field: byName.get(schema.name)!, flagsAt: flags.at, flag: flags.names!.get(schema.requiredUnless!)! };
}

/** The field of a record at byte `at`: u128 and u64 as bigints, statuses and kinds by name, flags as a number. */
export function readField(field: PlainField, cells: Cells, at: number): bigint | number | string {
  const { view } = cells;
  const from = at + field.at;
  switch (field.type) {
    case 'u128': {
      const high = view.getBigUint64(from + 8, true);
      const low = view.getBigUint64(from, true);
      return high === 0n ? low : (high << 64n) | low;
    }
    case 'u64':
      return view.getBigUint64(from, true);
    case 'u32':
      return shown(field, view.getUint32(from, true));
    case 'u16':
      return shown(field, view.getUint16(from, true));
    case 'u8':
      return shown(field, view.getUint8(from));
  }
}

function shown(field: PlainField, value: number): string | number {
  return field.shown === undefined ? value : (field.shown.get(value) ?? value);
}

/** The meaningful fields of an object that the codec made. */
export function plainObject({ meaningful }: PlainRecord, object: object): { [field: string]: PlainValue } {
  const values = object as Readonly<Record<string, bigint | number>>;
  const plain: { [field: string]: PlainValue } = {};
  for (const { name, type, shown, flags } of meaningful) {
    const value = values[name]!;
    if (flags !== undefined) plain[name] = bitNames(flags, Number(value));
    else if (shown !== undefined) plain[name] = shown.get(Number(value)) ?? String(value);
    else plain[name] = type === 'u128' || type === 'u64' ? String(value) : Number(value);
  }
  return plain;
}

/** `JSON.stringify(plainObject(record, object))` in a third of the time; what goes in needs no escapes. */
export function plainJson({ meaningful }: PlainRecord, object: object): string {
  const values = object as Readonly<Record<string, bigint | number>>;
  let json = '{';
  for (const { name, type, shown, flags } of meaningful) {
    const value = values[name]!;
    json += json === '{' ? `"${name}":` : `,"${name}":`;
    if (flags !== undefined) json += value === 0 ? '[]' : JSON.stringify(bitNames(flags, Number(value)));
    else if (shown !== undefined) json += `"${shown.get(Number(value)) ?? value}"`;
    else json += type === 'u128' || type === 'u64' ? `"${value}"` : value;
  }
  return `${json}}`;
}

/** Names of the bits that are set; a bit without one is its number. */
export function bitNames(flags: ReadonlyMap<number, string>, value: number): string[] {
  const list: string[] = [];
  for (let bit = 1; bit <= value; bit *= 2) {
    if (Math.floor(value / bit) % 2 === 1) list.push(flags.get(bit) ?? String(bit));
  }
  return list;
}
