/** Records as JSON has them: what may be larger than a double holds is a decimal string, flags are a list of names, a status is its name. */
import { enumSchemas as enums, type RecordSchema } from '../model/index.ts';

export type Plain = string | number | readonly string[];

interface PlainField {
  readonly name: string;
  readonly kind: 'string' | 'number' | 'flags' | 'name';
  /** By number. */
  readonly names: ReadonlyMap<number, string>;
}

const known = new Map<RecordSchema, readonly PlainField[]>();

function fieldsOf(schema: RecordSchema): readonly PlainField[] {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const fields = schema.fields
    .filter(({ name }) => name !== 'reserved')
    .map(({ name, type, of }): PlainField => {
      const members = enums.find((candidate) => candidate.name === of);
      return {
        name,
        kind:
          members !== undefined
            ? members.kind === 'flags'
              ? 'flags'
              : 'name'
            : /^u(128|64)$/.test(type)
              ? 'string'
              : 'number',
        names: new Map(members?.members.map((member) => [member.value, member.name])),
      };
    });
  known.set(schema, fields);
  return fields;
}

/** Names of the fields, in the order in which they lie in memory; without `reserved`. */
export function plainNames(schema: RecordSchema): string[] {
  return fieldsOf(schema).map(({ name }) => name);
}

/** The record's fields in that order. */
export function plainRecord(schema: RecordSchema, record: object): { [field: string]: Plain } {
  const values = record as Readonly<Record<string, bigint | number>>;
  const plain: { [field: string]: Plain } = {};
  for (const { name, kind, names } of fieldsOf(schema)) {
    const value = values[name]!;
    if (kind === 'string') plain[name] = String(value);
    else if (kind === 'number') plain[name] = Number(value);
    else if (kind === 'name') plain[name] = names.get(Number(value)) ?? String(value);
    else plain[name] = flagsOf(Number(value), names);
  }
  return plain;
}

/** `JSON.stringify(plainRecord(schema, record))` in a third of the time; what goes in needs no escapes. */
export function plainJson(schema: RecordSchema, record: object): string {
  const values = record as Readonly<Record<string, bigint | number>>;
  let json = '{';
  for (const { name, kind, names } of fieldsOf(schema)) {
    const value = values[name]!;
    json += json === '{' ? `"${name}":` : `,"${name}":`;
    if (kind === 'string') json += `"${value}"`;
    else if (kind === 'number') json += value;
    else if (kind === 'name') json += `"${names.get(Number(value)) ?? value}"`;
    else json += value === 0 ? '[]' : JSON.stringify(flagsOf(Number(value), names));
  }
  return `${json}}`;
}

function flagsOf(value: number, names: ReadonlyMap<number, string>): string[] {
  const list: string[] = [];
  for (let bit = 1; bit <= value; bit *= 2) {
    if (Math.floor(value / bit) % 2 === 1) list.push(names.get(bit) ?? String(bit));
  }
  return list;
}

/** `2025-03-01T12:30:00.123456789Z`; what the prompt and the filters of queries take as well. */
export function moment(nanoseconds: bigint): string {
  const milliseconds = Number(nanoseconds / 1_000_000n);
  const seconds = new Date(milliseconds).toISOString().slice(0, 19);
  return `${seconds}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}Z`;
}
