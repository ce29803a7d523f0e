/**
 * Plain values as the wire bytes of records, for the doors that speak JSON or MessagePack and for archives: names as in
 * the schema, wide numbers in any form that is exact. Each field is checked; an unknown one is an error, not a guess.
 */
import { amountMissing, type Cells, invalid, named, parseUuid, U64_MAX, U128_MAX } from '../model/index.ts';
import type { PlainField, PlainRecord } from './plain.ts';

const LIMITS = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff } as const;

/**
 * Writes a plain value as a record at byte `at`, which must be zero. `path` names the value in errors. Throws
 * `invalid_argument` for whatever is not exactly a record; fields that are absent get their defaults, null is no value
 * of any.
 */
export function packRecord(record: PlainRecord, plain: unknown, cells: Cells, at: number, path: () => string): void {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) throw invalid(`${path()} must be an object`);
  const values = plain as { readonly [field: string]: unknown };
  let given = 0;
  for (const name of Object.keys(values)) {
    const field = record.byName.get(name);
    if (field === undefined) throw invalid(`${path()} has no field ${named(name)}`);
    const value = values[name];
    if (value === undefined) continue;
    given |= 1 << field.index;
    packField(field, value, cells, at + field.at, path);
  }
  if ((given & record.required) !== record.required) {
    const missing = record.fields.find(({ index }) => (record.required & ~given & (1 << index)) !== 0);
    throw invalid(`${path()}.${missing!.name} is missing`);
  }
  const { unless } = record;
  if (unless !== undefined && (given & (1 << unless.field.index)) === 0) {
    const flags = cells.view.getUint16(at + unless.flagsAt, true);
    if ((flags & unless.flag) === 0) throw invalid(`${path()}.${amountMissing}`);
  }
  for (const { field, value } of record.presets) {
    if ((given & (1 << field.index)) === 0) cells.view.setUint32(at + field.at, value, true);
  }
}

function packField(field: PlainField, value: unknown, cells: Cells, at: number, path: () => string): void {
  switch (field.type) {
    case 'u128':
      packWide(value, cells, at, U128_MAX, () => `${path()}.${field.name}`);
      break;
    case 'u64':
      packWide(value, cells, at, U64_MAX, () => `${path()}.${field.name}`);
      break;
    case 'u32':
      cells.view.setUint32(at, narrowOf(value, field, LIMITS.u32, path), true);
      break;
    case 'u16':
      cells.view.setUint16(at, narrowOf(value, field, LIMITS.u16, path), true);
      break;
    case 'u8':
      cells.view.setUint8(at, narrowOf(value, field, LIMITS.u8, path));
      break;
  }
}

/** Writes a u128 or u64 at byte `at`, which must be zero. */
export function packWide(value: unknown, cells: Cells, at: number, max: bigint, path: () => string): void {
  const small = typeof value === 'number' ? value : typeof value === 'string' ? shortDecimal(value) : -1;
  if (small >= 0 && Number.isSafeInteger(small) && !Object.is(small, -0)) {
    cells.view.setUint32(at, small, true);
    cells.view.setUint32(at + 4, small / 2 ** 32, true);
    return;
  }
  const wide = wideOf(value, path, max);
  cells.view.setBigUint64(at, wide, true);
  if (max === U128_MAX) cells.view.setBigUint64(at + 8, wide >> 64n, true);
}

/** The number that up to 15 decimal digits are; -1 for any other text. */
function shortDecimal(text: string): number {
  const { length } = text;
  if (length === 0 || length > 15) return -1;
  let number = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/**
 * A u128 or u64 from a bigint, a whole number, decimal or 0x text, and for a u128 also a UUID's text or its 16 bytes,
 * most significant first. Throws `invalid_argument`.
 */
export function wideOf(value: unknown, path: () => string, max: bigint = U128_MAX): bigint {
  const wide = parseWide(value, max);
  if (wide === undefined) {
    const forms = `a whole number, its decimal or 0x text${max === U128_MAX ? ', a UUID or its 16 bytes' : ''}`;
    const why = typeof value === 'number' && !Number.isSafeInteger(value) ? '; beyond 2^53 only text is exact' : '';
    throw invalid(`${path()} must be ${forms}${why}`);
  }
  if (wide < 0n || wide > max) throw invalid(`${path()} must be from 0 to 2^${max === U128_MAX ? 128 : 64} - 1`);
  return wide;
}

function parseWide(value: unknown, max: bigint): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return isWhole(value) ? BigInt(value) : undefined;
  if (typeof value === 'string') {
    if (/^-?\d{1,39}$/.test(value) || /^0x[0-9a-f]{1,32}$/i.test(value))
      return signedZero(value) ? undefined : BigInt(value);
    return max === U128_MAX ? parseUuid(value) : undefined;
  }
  if (value instanceof Uint8Array && value.length === 16 && max === U128_MAX) {
    let wide = 0n;
    for (const byte of value) wide = (wide << 8n) | BigInt(byte);
    return wide;
  }
  return undefined;
}

/** Exact, and not a zero with a sign: a program that computed that has lost a number on the way. */
function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function signedZero(text: string): boolean {
  return /^-0+$/.test(text);
}

/** A u8, u16 or u32, or the names of flags: `['linked', 'pending']` or `'linked|pending'`. */
function narrowOf(value: unknown, field: PlainField, max: number, path: () => string): number {
  const { names } = field;
  if (names !== undefined && (typeof value === 'string' || Array.isArray(value))) {
    let bits = 0;
    for (const name of typeof value === 'string' ? value.split('|') : value) {
      const bit = typeof name === 'string' ? names.get(name) : undefined;
      if (bit === undefined) throw invalid(`${path()}.${field.name} has no member ${shortly(name)}`);
      bits |= bit;
    }
    return bits;
  }
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !isWhole(number) || number < 0 || number > max) {
    throw invalid(`${path()}.${field.name} must be a whole number from 0 to ${max}`);
  }
  return number;
}

function shortly(name: unknown): string {
  return typeof name === 'string' ? named(name) : `of type ${typeof name}`;
}
