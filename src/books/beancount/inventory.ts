/**
 * What an account holds: lots, each a currency and perhaps a cost. A lot that comes to zero is gone, and with it the
 * decimals it had; Beancount keeps books this way and the numbers it fills in depend on it.
 */
import { add, type Decimal, fit, format, isZero, multiply, normalize, ZERO } from '../decimal.ts';

export interface Cost {
  readonly number: Decimal;
  readonly currency: string;
  readonly date: number | undefined;
  readonly label: string | undefined;
}

export interface Units {
  readonly number: Decimal;
  readonly currency: string;
}

export interface Lot {
  readonly units: Units;
  readonly cost: Cost | undefined;
}

function keyOf(currency: string, cost: Cost | undefined): string {
  if (cost === undefined) return currency;
  const { mantissa, exponent } = normalize(cost.number);
  return JSON.stringify([currency, `${mantissa}e${exponent}`, cost.currency, cost.date ?? 0, cost.label ?? null]);
}

export class Inventory {
  readonly #lots: Map<string, Lot>;

  constructor(lots?: ReadonlyMap<string, Lot>) {
    this.#lots = new Map(lots);
  }

  copy(): Inventory {
    return new Inventory(this.#lots);
  }

  get lots(): Iterable<Lot> {
    return this.#lots.values();
  }

  get size(): number {
    return this.#lots.size;
  }

  add(units: Units, cost?: Cost): void {
    const key = keyOf(units.currency, cost);
    const lot = this.#lots.get(key);
    const number = lot === undefined ? units.number : fit(add(lot.units.number, units.number));
    if (isZero(number)) this.#lots.delete(key);
    else this.#lots.set(key, { units: { number, currency: units.currency }, cost });
  }

  /** Is there a lot of this currency with the other sign? */
  isReducedBy(units: Units): boolean {
    if (isZero(units.number)) return false;
    const negative = units.number.mantissa < 0n;
    for (const lot of this.#lots.values()) {
      if (lot.units.currency === units.currency && lot.units.number.mantissa < 0n !== negative) return true;
    }
    return false;
  }

  /** The units of a currency over all its lots. */
  unitsOf(currency: string): Decimal {
    let total = ZERO;
    for (const lot of this.#lots.values()) {
      if (lot.units.currency === currency) total = fit(add(total, lot.units.number));
    }
    return total;
  }

  currencies(): Set<string> {
    return new Set([...this.#lots.values()].map((lot) => lot.units.currency));
  }

  costCurrencies(): Set<string> {
    return new Set([...this.#lots.values()].flatMap((lot) => (lot.cost === undefined ? [] : [lot.cost.currency])));
  }

  toString(): string {
    return [...this.#lots.values()].map(describeLot).join(', ') || 'nothing';
  }
}

export function describeLot({ units, cost }: Lot): string {
  const held = `${format(units.number)} ${units.currency}`;
  return cost === undefined ? held : `${held} {${format(cost.number)} ${cost.currency}}`;
}

/** A posting with everything filled in. */
export interface Booked {
  readonly account: string;
  readonly units: Units;
  readonly cost: Cost | undefined;
  readonly price: Units | undefined;
  /** Its number was filled in by us: it says nothing about how exact the author was. */
  readonly automatic: boolean;
}

/** What a posting weighs when its transaction is balanced: its cost, else its price, else its units. */
export function weightOf({ units, cost, price }: Pick<Booked, 'units' | 'cost' | 'price'>): Units {
  if (cost !== undefined) return { number: fit(multiply(cost.number, units.number)), currency: cost.currency };
  if (price !== undefined) return { number: fit(multiply(price.number, units.number)), currency: price.currency };
  return units;
}
