/**
 * Numbers into and out of memory, little-endian. Writing checks, with the messages that programs written for
 * tigerbeetle-node know: u128 and u64 are bigints, u16 must fit. Its client wraps a u32 as `>>> 0` does and cuts
 * fractions off; whoever does not need that asks for `exact`.
 */
import type { Cells } from './cells.ts';
import { TallystickError } from './errors.ts';
import { U64_MAX, U128_MAX } from './gen/formats.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function invalid(message: string): TallystickError {
  return new TallystickError('invalid_argument', message);
}

/** As {@link invalid}, about one field of an argument. */
export function invalidField(field: string, why: string): TallystickError {
  return new TallystickError('invalid_argument', `${field} ${why}`, { field });
}

/** The same error, about event `index` of a list that its caller knows as `list`. */
export function atIndex(error: unknown, list: string, index: number): unknown {
  if (!(error instanceof TallystickError) || error.code !== 'invalid_argument') return error;
  const { message, field } = error;
  return new TallystickError('invalid_argument', `${list}[${index}].${message}`, { index, field, cause: error });
}

/** Said behind the path of the event. Zero is an amount; what is not said is none. */
export const amountMissing = 'amount is missing: only a void may leave it out; to post all of it, say 2^128 - 1';

/**
 * The amount of a transfer that does not say it. A void releases all, whatever its amount; everywhere else nothing is
 * not zero. Callers who are not `exact` hear it in the words of tigerbeetle-node.
 */
export function absentAmount(flags: number, exempt: number, exact: boolean): bigint | undefined {
  if ((flags & exempt) !== 0) return 0n;
  if (exact) throw new TallystickError('invalid_argument', amountMissing, { field: 'amount' });
  return undefined;
}

/** The u128 that a UUID's text prints, most significant digit first; undefined if it is no UUID. */
export function parseUuid(text: string): bigint | undefined {
  return UUID.test(text) ? BigInt(`0x${text.replaceAll('-', '')}`) : undefined;
}

/** A u128 as the text of a UUID. */
export function formatUuid(value: bigint): string {
  if (typeof value !== 'bigint' || value < 0n || value > U128_MAX)
    throw invalid('a UUID is printed of a u128, a BigInt');
  const digits = value.toString(16).padStart(32, '0');
  const parts = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)];
  return parts.join('-');
}

export function putId(cells: Cells, at: number, value: bigint | string, field: string): void {
  if (typeof value === 'string') putU128(cells, at, parseUuid(value), field);
  else putU128(cells, at, value, field);
}

export function putU128(cells: Cells, at: number, value: bigint | undefined, field: string): void {
  if (typeof value !== 'bigint') throw invalidField(field, 'must be a BigInt');
  const word = at >>> 2;
  if (!value) {
    // Half of a transfer's wide fields are zero, and telling so costs a third of comparing two bigints.
    cells.u32[word] = 0;
    cells.u32[word + 1] = 0;
    cells.u32[word + 2] = 0;
    cells.u32[word + 3] = 0;
    return;
  }
  if (value < 0n) throw invalidField(field, 'must be positive');
  cells.view.setBigUint64(at, value, true);
  if (value <= U64_MAX) {
    cells.u32[word + 2] = 0;
    cells.u32[word + 3] = 0;
    return;
  }
  if (value > U128_MAX) throw invalidField(field, 'must fit in 128 bits');
  cells.view.setBigUint64(at + 8, value >> 64n, true);
}

export function putU64(cells: Cells, at: number, value: bigint, field: string): void {
  if (typeof value !== 'bigint') throw invalidField(field, 'must be an unsigned 64-bit BigInt');
  if (!value) {
    cells.u32[at >>> 2] = 0;
    cells.u32[(at >>> 2) + 1] = 0;
    return;
  }
  if (value < 0n || value > U64_MAX) throw invalidField(field, 'conversion was lossy');
  cells.view.setBigUint64(at, value, true);
}

/** `exact`: a fraction, a negative or too wide number is refused; otherwise it wraps. */
export function putU32(cells: Cells, at: number, value: number, field: string, exact = true): void {
  if (typeof value !== 'number') throw invalidField(field, 'must be a number');
  if (exact && value >>> 0 !== value) throw invalidField(field, 'must be a u32.');
  cells.u32[at >>> 2] = value;
}

/** `exact`: a fraction is refused; otherwise it is cut off. */
export function putU16(cells: Cells, at: number, value: number, field: string, exact = true): void {
  if (typeof value !== 'number') throw invalidField(field, 'must be a number');
  const whole = value >>> 0;
  if (whole > 0xffff || (exact && whole !== value)) throw invalidField(field, 'must be a u16.');
  cells.view.setUint16(at, whole, true);
}

export function getU128(cells: Cells, at: number): bigint {
  const word = at >>> 2;
  if ((cells.u32[word + 2]! | cells.u32[word + 3]!) === 0) return getU64(cells, at);
  return (cells.view.getBigUint64(at + 8, true) << 64n) | cells.view.getBigUint64(at, true);
}

export function getU64(cells: Cells, at: number): bigint {
  const word = at >>> 2;
  if ((cells.u32[word]! | cells.u32[word + 1]!) === 0) return 0n;
  return cells.view.getBigUint64(at, true);
}

export function getU32(cells: Cells, at: number): number {
  return cells.u32[at >>> 2]!;
}

export function getU16(cells: Cells, at: number): number {
  return cells.view.getUint16(at, true);
}

export function getU8(cells: Cells, at: number): number {
  return cells.bytes[at]!;
}
