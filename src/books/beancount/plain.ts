/**
 * Most transactions: postings in one currency, without costs and prices, with the same number of decimals, at most one
 * of them elided. Nothing is rounded in them: what is elided is what is left, and the rest is zero or another's matter.
 */
import { add, type Decimal, isZero, negate } from '../decimal.ts';
import type { Booked } from './inventory.ts';
import type { Options } from './options.ts';
import { missing, type Posting } from './syntax.ts';

/** Sums of numbers below it are far from 28 digits. */
const MANTISSA_MAX = 10n ** 15n;
const POSTINGS_MAX = 100;

/** Undefined: all steps of booking are needed. */
export function bookPlain(postings: readonly Posting[], options: Options): Booked[] | undefined {
  const { multiplier } = options;
  // With another tolerance than half of the last digit, what is filled in may be rounded.
  if (options.toleranceDefaults.size > 0 || multiplier.mantissa !== 5n || multiplier.exponent !== -1) return undefined;
  if (postings.length > POSTINGS_MAX) return undefined;
  let elided = false;
  let sum: Decimal | undefined;
  let currency: string | undefined;
  for (const { units, cost, price } of postings) {
    if (cost !== undefined || price !== undefined) return undefined;
    if (units === missing) {
      if (elided) return undefined;
      elided = true;
      continue;
    }
    const { number } = units;
    if (number === missing || units.currency === missing) return undefined;
    if (number.mantissa >= MANTISSA_MAX || number.mantissa <= -MANTISSA_MAX) return undefined;
    if (currency !== undefined && (units.currency !== currency || number.exponent !== sum!.exponent)) return undefined;
    currency = units.currency;
    sum = sum === undefined ? number : add(sum, number);
  }
  if (sum === undefined || currency === undefined || (!elided && !isZero(sum))) return undefined;
  const left = { number: negate(sum), currency };
  const booked: Booked[] = [];
  for (const { account, units } of postings) {
    if (units === missing) {
      if (!isZero(sum)) booked.push({ account, units: left, cost: undefined, price: undefined, automatic: true });
    } else {
      const written = { number: units.number as Decimal, currency };
      booked.push({ account, units: written, cost: undefined, price: undefined, automatic: false });
    }
  }
  return booked;
}
