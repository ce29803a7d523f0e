/**
 * Amounts as text and back. A ledger counts whole units, the smallest that you care about; the scale says how many of
 * an amount's digits stand behind the point: 2 for cents (`1250n` is `12.50`), 0 for yen, 8 for satoshis. You choose it
 * once for each `ledger`, keep it in your program, and never change it. No floats, nothing is rounded.
 */
import { invalid, named } from '../model/index.ts';

/** Digits behind the point at most: 10^38 is the largest power of ten in 128 bits. */
const SCALE_MAX = 38;
/** Longer texts are amounts of no ledger, and not worth a conversion. */
const TEXT_MAX = 100;
const U128_MAX = 2n ** 128n - 1n;
const MONEY = /^(-?)(\d+)(?:[.](\d+))?$/;

/**
 * The amount, in the smallest unit, of a text such as `12.50`, `12`, `12.5` or `-0.01`.
 *
 *   parseMoney('12.50', 2)     // 1250n
 *   parseMoney('12.505', 2)    // throws: it has no place for half a cent
 *
 * Throws `invalid_argument` for a number (12.1 is not what was typed, but the nearest that a float has), for more
 * digits behind the point than the scale, even zeros, for more than 128 bits, and for signs, exponents, spaces, commas
 * and currencies in the text.
 */
export function parseMoney(text: string, scale: number): bigint {
  checkScale(scale);
  if (typeof text !== 'string')
    throw invalid('money is read from text, such as "12.50": a number may have lost a cent');
  const [, sign, whole, fraction = ''] = (text.length <= TEXT_MAX ? MONEY.exec(text) : null) ?? [];
  if (whole === undefined) {
    throw invalid(`${shown(text)} is no amount such as ${formatMoney(10n ** BigInt(scale), scale)}`);
  }
  if (fraction.length > scale) throw invalid(`${shown(text)} has more than ${scale} digits behind the point`);
  const amount = BigInt(fraction.length === scale ? whole + fraction : whole + fraction.padEnd(scale, '0'));
  if (amount > U128_MAX) throw invalid(`${shown(text)} does not fit in 128 bits at scale ${scale}`);
  return sign === '-' ? -amount : amount;
}

const shown = (text: string): string => `"${named(text)}"`;

/**
 * The text of an amount, with exactly as many digits behind the point as the scale says; `parseMoney` reads it back.
 *
 *   formatMoney(1250n, 2)                                                                         // 12.50
 *   new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' }).format(formatMoney(1250n, 2))   // 12,50 €
 *
 * Throws `invalid_argument` for anything but a BigInt.
 */
export function formatMoney(amount: bigint, scale: number): string {
  checkScale(scale);
  if (typeof amount !== 'bigint') throw invalid('an amount must be a BigInt');
  const digits = String(amount < 0n ? -amount : amount).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const sign = amount < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Throws `invalid_argument` unless it is a whole number from 0 to 38. */
export function checkScale(scale: number): void {
  if (!Number.isInteger(scale) || scale < 0 || scale > SCALE_MAX) {
    throw invalid(`a scale is the number of digits behind the point, from 0 to ${SCALE_MAX}`);
  }
}

/** Throws `invalid_argument` unless a transfer can move it. */
export function checkAmount(amount: bigint): void {
  if (typeof amount !== 'bigint' || amount < 0n || amount > U128_MAX) {
    throw invalid('an amount must be a BigInt from 0 to 2^128 - 1');
  }
}
