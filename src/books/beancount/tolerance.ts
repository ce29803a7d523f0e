/**
 * How far from zero a transaction may end: half of the last digit that its author wrote, by currency; Beancount's
 * inference. Whole numbers say nothing about exactness, and neither do numbers that we filled in.
 */
import {
  add,
  compare,
  type Decimal,
  fit,
  max,
  min,
  multiply,
  normalize,
  quantize,
  significant,
  ZERO,
} from '../decimal.ts';
import type { Cost } from './inventory.ts';
import type { Options } from './options.ts';
import { type Amount, type CostSpec, type Missing, missing } from './syntax.ts';

const MAXIMUM: Decimal = { mantissa: 5n, exponent: -1 };
/** A quantum of fewer digits than this was meant by a person and may round what we fill in. */
const DIGITS_MAX = 5;

export class Tolerances {
  readonly #byCurrency: ReadonlyMap<string, Decimal>;
  readonly #fallback: Decimal;

  constructor(byCurrency: ReadonlyMap<string, Decimal>, fallback: Decimal) {
    this.#byCurrency = byCurrency;
    this.#fallback = fallback;
  }

  of(currency: string): Decimal {
    return this.#byCurrency.get(currency) ?? this.#fallback;
  }

  /** A filled-in number, rounded to what the author's numbers suggest. */
  quantize(number: Decimal, currency: string): Decimal {
    const tolerance = this.of(currency);
    if (tolerance.mantissa === 0n) return number;
    const quantum = normalize(fit(multiply(tolerance, { mantissa: 2n, exponent: 0 })));
    return significant(quantum) < DIGITS_MAX ? quantize(number, quantum.exponent) : number;
  }
}

/** The parts of a posting that tolerance looks at, before or after booking. */
export interface Written {
  readonly units: Amount | Missing;
  readonly cost: CostSpec | Cost | undefined;
  readonly price: Amount | undefined;
  readonly automatic?: boolean;
}

export function inferTolerances(postings: readonly Written[], options: Options, mode: 'max' | 'min'): Tolerances {
  const pick = mode === 'max' ? max : min;
  const tolerances = defaults(postings, options);
  const note = (currency: string, tolerance: Decimal): void => {
    const known = tolerances.get(currency);
    tolerances.set(currency, known === undefined ? tolerance : pick(tolerance, known));
  };
  const fromCosts = new Map<string, Decimal>();
  for (const { units, cost, price, automatic } of postings) {
    if (automatic === true || units === missing || units.number === missing || units.currency === missing) continue;
    const { exponent } = units.number;
    if (exponent >= 0) continue;
    const tolerance = fit(multiply({ mantissa: 1n, exponent }, options.multiplier));
    note(units.currency, tolerance);
    if (!options.toleranceFromCost) continue;
    const widen = (currency: string | Missing, numbers: readonly (Decimal | Missing | undefined)[]): void => {
      if (currency === missing) return;
      const written = numbers.filter((number): number is Decimal => number !== undefined && number !== missing);
      const share = written.map((number) => fit(multiply(tolerance, number))).reduce(min, MAXIMUM);
      fromCosts.set(currency, fit(add(fromCosts.get(currency) ?? ZERO, share)));
    };
    if (cost !== undefined) widen(cost.currency, 'per' in cost ? [cost.total, cost.per] : [cost.number]);
    if (price !== undefined && price.number !== missing) widen(price.currency, [price.number]);
  }
  for (const [currency, tolerance] of fromCosts) note(currency, tolerance);
  const fallback = tolerances.get('*') ?? ZERO;
  tolerances.delete('*');
  return new Tolerances(tolerances, fallback);
}

/** The defaults of the book, for the currencies that this transaction names. */
function defaults(postings: readonly Written[], options: Options): Map<string, Decimal> {
  if (options.toleranceDefaults.size === 0) return new Map();
  const seen = new Set<string | Missing>(['*']);
  for (const { units, cost, price } of postings) {
    if (units !== missing) seen.add(units.currency);
    if (cost !== undefined) seen.add(cost.currency);
    if (price !== undefined) seen.add(price.currency);
  }
  return new Map([...options.toleranceDefaults].filter(([currency]) => seen.has(currency)));
}

/** Is `number` further from zero than the tolerance? */
export const exceeds = (number: Decimal, tolerance: Decimal): boolean =>
  compare(number.mantissa < 0n ? { mantissa: -number.mantissa, exponent: number.exponent } : number, tolerance) > 0;
