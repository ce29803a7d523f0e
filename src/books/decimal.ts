/**
 * Exact decimal numbers: a bigint mantissa times a power of ten. No floats, nothing is rounded unless a function says
 * so.
 *
 *   240.00 = { mantissa: 24000n, exponent: -2 }
 *
 * The exponent is kept as written, as Beancount's numbers keep it: 240.00 and 240 are equal but print differently,
 * and a sum takes the smaller exponent of its addends. Where Beancount rounds (28 significant digits, half to even),
 * its callers here ask for it with `fit` and `divide`.
 */
import { assert } from '../base/index.ts';

export interface Decimal {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Significant digits that Beancount's arithmetic keeps. */
export const PRECISION = 28;

export const ZERO: Decimal = { mantissa: 0n, exponent: 0 };
export const ONE: Decimal = { mantissa: 1n, exponent: 0 };

const powers: bigint[] = [1n];
/** 10 to the `n`, n >= 0. */
export function power(n: number): bigint {
  for (let i = powers.length; i <= n; i++) powers.push(powers[i - 1]! * 10n);
  return powers[n]!;
}

/** Digits, an optional sign and point, nothing else: `-12.50`, `3.`, `.5`. Undefined when `text` is not that. */
export function decimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null) return undefined;
  const fraction = match[3] ?? '';
  const digits = match[2]! + fraction;
  if (digits === '') return undefined;
  const mantissa = BigInt(digits);
  return { mantissa: match[1] === '-' ? -mantissa : mantissa, exponent: fraction.length === 0 ? 0 : -fraction.length };
}

const mantissaAt = (a: Decimal, exponent: number): bigint =>
  a.exponent === exponent ? a.mantissa : a.mantissa * power(a.exponent - exponent);

export function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { mantissa: mantissaAt(a, exponent) + mantissaAt(b, exponent), exponent };
}

export const negate = (a: Decimal): Decimal => ({ mantissa: -a.mantissa, exponent: a.exponent });
export const abs = (a: Decimal): Decimal => (a.mantissa < 0n ? negate(a) : a);
export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, negate(b));
export const isZero = (a: Decimal): boolean => a.mantissa === 0n;

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent };
}

/** Negative, zero or positive, as a is less than, equal to or greater than b. */
export function compare(a: Decimal, b: Decimal): number {
  const difference = subtract(a, b).mantissa;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const max = (a: Decimal, b: Decimal): Decimal => (compare(a, b) >= 0 ? a : b);
export const min = (a: Decimal, b: Decimal): Decimal => (compare(a, b) <= 0 ? a : b);

/** Decimals after the point. */
export const digits = (a: Decimal): number => (a.exponent < 0 ? -a.exponent : 0);

const lengthOf = (mantissa: bigint): number => (mantissa < 0n ? -mantissa : mantissa).toString().length;
/** How many significant digits the mantissa has as written. */
export const significant = (a: Decimal): number => lengthOf(a.mantissa);

/** mantissa / divisor, half to even. divisor > 0. */
function divideHalfEven(mantissa: bigint, divisor: bigint): bigint {
  const quotient = mantissa / divisor;
  const rest = mantissa - quotient * divisor;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  if (twice < divisor || (twice === divisor && quotient % 2n === 0n)) return quotient;
  return mantissa < 0n ? quotient - 1n : quotient + 1n;
}

/** The number with this exponent, rounded half to even where digits are lost. */
export function quantize(a: Decimal, exponent: number): Decimal {
  if (exponent <= a.exponent) return { mantissa: mantissaAt(a, exponent), exponent };
  return { mantissa: divideHalfEven(a.mantissa, power(exponent - a.exponent)), exponent };
}

const FEW = 18;
const FEW_MAX = 10n ** 18n;

/** At most `precision` significant digits. */
export function fit(a: Decimal, precision: number = PRECISION): Decimal {
  // Most numbers are far from full: no text is made to count their digits.
  if (precision >= FEW && a.mantissa < FEW_MAX && a.mantissa > -FEW_MAX) return a;
  const excess = significant(a) - precision;
  if (excess <= 0) return a;
  const rounded = quantize(a, a.exponent + excess);
  return significant(rounded) > precision ? quantize(rounded, rounded.exponent + 1) : rounded;
}

/** A unit in the 26th digit: what a handful of roundings to 28 digits can add up to. */
const NOISE_DIGITS = PRECISION - 2;
/** Decimals that people and exchanges write; a number that is this close to one of them was meant to be it. */
const SETTLED_DIGITS = 12;

/**
 * Takes away what is left of Beancount's rounding to 28 digits: a third of 100.00, three times, is 99.99…9 there. A
 * number that fills the 28 digits, and whose first 26 are those of a number with 12 decimals, is that number.
 */
export function settle(a: Decimal): Decimal {
  if (-a.exponent <= SETTLED_DIGITS || significant(a) < PRECISION - 1) return a;
  const settled = quantize(a, -SETTLED_DIGITS);
  const off = abs(subtract(a, settled));
  const size = significant(a) + a.exponent;
  if (settled.mantissa === 0n || compare(off, { mantissa: 1n, exponent: size - NOISE_DIGITS }) > 0) return a;
  const short = normalize(settled);
  return short.exponent > -2 ? quantize(short, -2) : short;
}

/** Trailing zeros of the mantissa become exponent: 0.500 -> 0.5, 100 -> 1E2. */
export function normalize(a: Decimal): Decimal {
  if (a.mantissa === 0n) return ZERO;
  let { mantissa, exponent } = a;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    exponent += 1;
  }
  return { mantissa, exponent };
}

/** a / b: exact where it can be, with the exponent that the operands suggest; else `precision` digits, half to even. */
export function divide(a: Decimal, b: Decimal, precision: number = PRECISION): Decimal {
  assert(b.mantissa !== 0n, 'division by zero is refused by the caller');
  const ideal = a.exponent - b.exponent;
  if (a.mantissa === 0n) return { mantissa: 0n, exponent: ideal };
  const shift = Math.max(0, lengthOf(b.mantissa) - lengthOf(a.mantissa) + precision + 1);
  const numerator = a.mantissa * power(shift);
  const divisor = b.mantissa < 0n ? -b.mantissa : b.mantissa;
  const signed = b.mantissa < 0n ? -numerator : numerator;
  let mantissa = signed / divisor;
  let exponent = ideal - shift;
  if (mantissa * divisor !== signed) {
    // Inexact: a last digit of 1 instead of 0 or 5 keeps the rest alive for the rounding.
    if (mantissa % 5n === 0n) mantissa += signed < 0n ? -1n : 1n;
    return fit({ mantissa, exponent }, precision);
  }
  while (exponent < ideal && mantissa % 10n === 0n) {
    mantissa /= 10n;
    exponent += 1;
  }
  return fit({ mantissa, exponent }, precision);
}

/** Plain notation with the decimals that the exponent says: `240.00`, `-22`, `0.5`; never an exponent in the text. */
export function format(a: Decimal): string {
  const plain = a.exponent > 0 ? quantize(a, 0) : a;
  const negative = plain.mantissa < 0n;
  const text = (negative ? -plain.mantissa : plain.mantissa).toString();
  const places = -plain.exponent;
  if (places === 0) return negative ? `-${text}` : text;
  const padded = text.padStart(places + 1, '0');
  const body = `${padded.slice(0, -places)}.${padded.slice(-places)}`;
  return negative ? `-${body}` : body;
}
