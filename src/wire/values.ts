/**
 * Records as plain values, for the doors that speak JSON or MessagePack: names as in the schema, u128 always as decimal text, statuses by name. What comes in
 * is checked field by field; an unknown field is an error, not a guess.
 */
import { enumSchemas, type FieldSchema, invalid, parseUuid, recordSchemas } from '../model/index.ts';

export type Plain = { readonly [field: string]: unknown };

interface KnownField {
  readonly schema: FieldSchema;
  /** Members by name, of a field that is flags or a status. */
  readonly names: ReadonlyMap<string, number> | undefined;
  /** Names by value, of a status or a kind. */
  readonly shown: ReadonlyMap<number, string> | undefined;
}

const known: ReadonlyMap<string, ReadonlyMap<string, KnownField>> = new Map(
  recordSchemas.map((record) => [
    record.name,
    new Map(record.fields.filter(({ bytes }) => bytes === undefined).map((field) => [field.name, knownField(field)])),
  ]),
);

function knownField(schema: FieldSchema): KnownField {
  const members = enumSchemas.find(({ name }) => name === schema.of);
  return {
    schema,
    names: members && new Map(members.members.map(({ name, value }) => [name, value])),
    shown:
      members?.kind === 'flags'
        ? undefined
        : members && new Map(members.members.map(({ name, value }) => [value, name])),
  };
}

const U64_MAX = 2n ** 64n - 1n;
const U128_MAX = 2n ** 128n - 1n;
const LIMITS = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff } as const;

/**
 * A u128 or u64 from a bigint, a whole number, decimal or 0x text, and for a u128 also a UUID's text or its 16 bytes, most significant first.
 * Throws `invalid_argument`.
 */
export function wideOf(value: unknown, field: string, max: bigint = U128_MAX): bigint {
  const wide = parseWide(value, max);
  if (wide === undefined) {
    const forms = `a whole number, its decimal or 0x text${max === U128_MAX ? ', a UUID or its 16 bytes' : ''}`;
    throw invalid(`${field} must be ${forms}`);
  }
  if (wide < 0n || wide > max) throw invalid(`${field} must be from 0 to 2^${max === U128_MAX ? 128 : 64} - 1`);
  return wide;
}

function parseWide(value: unknown, max: bigint): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value === 'string') {
    if (/^-?\d{1,39}$/.test(value) || /^0x[0-9a-f]{1,32}$/i.test(value)) return BigInt(value);
    return max === U128_MAX ? parseUuid(value) : undefined;
  }
  if (value instanceof Uint8Array && value.length === 16 && max === U128_MAX) {
    let wide = 0n;
    for (const byte of value) wide = (wide << 8n) | BigInt(byte);
    return wide;
  }
  return undefined;
}

/** An object for the typed API from a plain one. `path` names it in errors. Throws `invalid_argument`. */
export function toInput(record: string, plain: unknown, path: string): { [field: string]: bigint | number } {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) throw invalid(`${path} must be an object`);
  const fields = known.get(record)!;
  const input: { [field: string]: bigint | number } = {};
  for (const [name, value] of Object.entries(plain)) {
    const field = fields.get(name);
    if (field === undefined) throw invalid(`${path} has no field ${name.slice(0, 64)}`);
    if (value === undefined || value === null) continue;
    const { type } = field.schema;
    if (type === 'u128' || type === 'u64')
      input[name] = wideOf(value, `${path}.${name}`, type === 'u128' ? U128_MAX : U64_MAX);
    else input[name] = narrowOf(value, field, `${path}.${name}`, LIMITS[type]);
  }
  for (const { schema } of fields.values()) {
    if (schema.required === true && input[schema.name] === undefined)
      throw invalid(`${path}.${schema.name} is missing`);
  }
  return input;
}

/** A u8, u16 or u32, or the names of flags: `['linked', 'pending']` or `'linked|pending'`. */
function narrowOf(value: unknown, field: KnownField, path: string, max: number): number {
  const { names } = field;
  if (names !== undefined && (typeof value === 'string' || Array.isArray(value))) {
    let bits = 0;
    for (const name of typeof value === 'string' ? value.split('|') : value) {
      const bit = typeof name === 'string' ? names.get(name) : undefined;
      if (bit === undefined) throw invalid(`${path} has no member ${String(name).slice(0, 64)}`);
      bits |= bit;
    }
    return bits;
  }
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > max) {
    throw invalid(`${path} must be a whole number from 0 to ${max}`);
  }
  return number;
}

/** A record as plain values: u128 as decimal text, u64 as `wide` makes it, statuses and kinds by name, flags as a number. */
export function toPlain(record: string, object: object, wide: (value: bigint) => unknown): Plain {
  const plain: { [field: string]: unknown } = {};
  const values = object as { readonly [field: string]: bigint | number };
  for (const [name, { schema, shown }] of known.get(record)!) {
    if (schema.untyped === true) continue;
    const value = values[name]!;
    if (schema.type === 'u128') plain[name] = String(value);
    else if (schema.type === 'u64') plain[name] = wide(value as bigint);
    else plain[name] = shown?.get(value as number) ?? value;
  }
  return plain;
}
