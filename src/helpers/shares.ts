/** Parts of amounts: fees, interest, exchange, splitting. Exact; where a unit must be rounded, the caller says how. */
import { invalid, named } from '../model/index.ts';
import { checkAmount, checkScale } from './money.ts';

/**
 * `down`: cut off. `up`: to the next unit, if anything is left over. `half-up`: to the nearest, halves up. `half-even`:
 * to the nearest, halves to the even one, so that many roundings lean to neither side.
 */
export type Rounding = 'down' | 'up' | 'half-up' | 'half-even';

const ROUNDINGS: readonly string[] = ['down', 'up', 'half-up', 'half-even'];
/** Digits of a factor at most: enough for 10^38 with as many digits behind the point. */
const FACTOR = /^(\d{1,39})(?:[.](\d{1,38}))?$/;

/**
 * The amount times a decimal factor, both in the same unit.
 *
 *   times(30_00n, '0.029', 'half-even')    // 87n: a fee of 2.9 % of 30.00
 *
 * Throws `invalid_argument` for a factor that is not the text of a decimal number such as `0.029`, and for an amount or
 * a product outside of 0 to 2^128 - 1.
 */
export function times(amount: bigint, factor: string, rounding: Rounding): bigint {
  checkAmount(amount);
  const { digits, scale } = decimal(factor);
  return fitting(divided(amount * digits, 10n ** BigInt(scale), rounding));
}

/** How one asset becomes another. */
export interface Exchange {
  /** Units that people speak of: how many of the target for one of the source, as decimal text: `1.0820`. */
  readonly rate: string;
  /** Digits behind the point of the source's amounts: 2 for EUR. */
  readonly from: number;
  /** Digits behind the point of the target's amounts: 0 for JPY. */
  readonly to: number;
  readonly rounding: Rounding;
}

/**
 * The amount of the target, in its smallest unit, for an amount of the source in its own.
 *
 *   exchange(100_00n, { rate: '162.35', from: 2, to: 0, rounding: 'down' })    // 16235n yen for 100.00 EUR
 *
 * Throws `invalid_argument` as {@link times}, and for a scale that is not a whole number from 0 to 38.
 */
export function exchange(amount: bigint, { rate, from, to, rounding }: Exchange): bigint {
  checkAmount(amount);
  checkScale(from);
  checkScale(to);
  const { digits, scale } = decimal(rate);
  return fitting(divided(amount * digits * 10n ** BigInt(to), 10n ** BigInt(scale + from), rounding));
}

/**
 * The amount in as many parts as there are weights, in their proportion and without a rest: the parts add up to the
 * amount, and each is off by less than a unit. What rounding down leaves over goes, a unit each, to those that lost
 * most by it; among equals, to the first.
 *
 *   split(100n, [1n, 1n, 1n])    // [34n, 33n, 33n]
 *
 * Throws `invalid_argument` for an amount outside of 0 to 2^128 - 1, for a weight that is negative, and when no weight
 * is above zero.
 */
export function split(amount: bigint, weights: readonly bigint[]): bigint[] {
  checkAmount(amount);
  for (const weight of weights) {
    if (typeof weight !== 'bigint' || weight < 0n) throw invalid('a weight must be a BigInt that is not negative');
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total === 0n) throw invalid('at least one weight must be above zero');
  const parts = weights.map((weight) => (amount * weight) / total);
  const rests = weights.map((weight, index) => ({ index, rest: (amount * weight) % total }));
  rests.sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  const left = Number(amount - parts.reduce((sum, part) => sum + part, 0n));
  for (const { index } of rests.slice(0, left)) parts[index]! += 1n;
  return parts;
}

function decimal(text: string): { digits: bigint; scale: number } {
  if (typeof text !== 'string') throw invalid('a factor is read from text, such as "0.029": floats are not exact');
  const [, whole, fraction = ''] = FACTOR.exec(text) ?? [];
  if (whole === undefined) throw invalid(`"${named(text)}" is no decimal number such as 0.029`);
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

function divided(value: bigint, by: bigint, rounding: Rounding): bigint {
  if (!ROUNDINGS.includes(rounding)) throw invalid(`rounding must be one of ${ROUNDINGS.join(', ')}`);
  const down = value / by;
  const twice = (value - down * by) * 2n;
  if (twice === 0n || rounding === 'down') return down;
  if (rounding === 'up' || twice > by) return down + 1n;
  if (twice < by) return down;
  return rounding === 'half-up' || down % 2n === 1n ? down + 1n : down;
}

function fitting(amount: bigint): bigint {
  checkAmount(amount);
  return amount;
}
