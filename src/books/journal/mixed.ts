/**
 * Sums of amounts that may carry a cost, as hledger keeps them: an amount for each commodity and kind of cost. Together
 * with each number goes its precision, the decimals that it shows: what a transaction may be off by depends on it.
 */
import { abs, add, type Decimal, digits, isZero, multiply, negate, normalize, subtract } from '../decimal.ts';
import type { Amount, Cost } from './amount.ts';

export interface Priced extends Amount {
  readonly cost?: Cost | undefined;
  /** Decimals shown; those of the number where nothing is said. */
  readonly precision?: number | undefined;
}

export const precisionOf = ({ number, precision }: Priced): number => precision ?? digits(number);

function keyOf({ commodity, cost }: Priced): string {
  if (cost === undefined) return commodity;
  if (cost.total) return JSON.stringify([commodity, cost.commodity]);
  const { mantissa, exponent } = normalize(cost.number);
  return JSON.stringify([commodity, cost.commodity, `${mantissa}e${exponent}`]);
}

export class Mixed {
  readonly #amounts: Map<string, Priced> = new Map();

  static of(...amounts: readonly Priced[]): Mixed {
    const mixed = new Mixed();
    for (const amount of amounts) mixed.add(amount);
    return mixed;
  }

  add(amount: Priced): void {
    const key = keyOf(amount);
    const held = this.#amounts.get(key);
    if (held === undefined) {
      this.#amounts.set(key, amount);
      return;
    }
    const { cost } = held;
    this.#amounts.set(key, {
      commodity: held.commodity,
      number: add(held.number, amount.number),
      precision: Math.max(precisionOf(held), precisionOf(amount)),
      cost: cost?.total === true ? { ...cost, number: add(cost.number, amount.cost!.number) } : cost,
    });
  }

  /** Those that it has ever held. */
  get commodities(): string[] {
    return [...this.#amounts.values()].map(({ commodity }) => commodity);
  }

  /** Those that are not zero. */
  get amounts(): Priced[] {
    return [...this.#amounts.values()].filter(({ number, cost }) => !isZero(number) || !isZero(totalOf(cost)));
  }

  minus(other: Mixed): Mixed {
    const difference = Mixed.of(...this.#amounts.values());
    for (const amount of other.#amounts.values()) difference.add(opposite(amount));
    return difference;
  }
}

const NOTHING: Decimal = { mantissa: 0n, exponent: 0 };
const totalOf = (cost: Cost | undefined): Decimal => (cost?.total === true ? cost.number : NOTHING);

export function opposite({ cost, ...amount }: Priced): Priced {
  const turned = cost?.total === true ? { ...cost, number: negate(cost.number) } : cost;
  return { ...amount, number: negate(amount.number), cost: turned };
}

/** What an amount weighs: its cost, if it has one. */
export function weightOf(amount: Priced): Priced {
  const { cost, number } = amount;
  if (cost === undefined) return amount;
  const precision = digits(cost.number);
  if (cost.total) return { commodity: cost.commodity, number: cost.number, precision };
  return { commodity: cost.commodity, number: multiply(number, cost.number), precision };
}

export const costless = ({ commodity, number, precision }: Priced): Priced => ({ commodity, number, precision });

/** At most half of the last digit shown. */
export function looksZero(number: Decimal, precision: number): boolean {
  const twice = add(abs(number), abs(number));
  return subtract(twice, { mantissa: 1n, exponent: -precision }).mantissa <= 0n;
}
