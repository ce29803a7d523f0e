/**
 * What Ledger has learned about commodities from what was written so far: how many decimals, which mark splits them,
 * and which units are larger or smaller than others. All of it decides how the lines behind are read and what balances.
 */
import { type Decimal, multiply } from '../decimal.ts';

export interface Commodity {
  readonly name: string;
  /** The most decimals that an amount was written with so far. */
  precision: number;
  /** Once written with a decimal comma, it keeps it. */
  comma: boolean;
  /** Its format was declared: amounts change nothing any more. */
  declared: boolean;
  /** 1 KB = 1024 B: `{ factor: 1024, unit: B }`. */
  smaller: { readonly factor: Decimal; readonly unit: Commodity } | undefined;
}

export class Commodities {
  /** By name and by alias. */
  readonly #known: Map<string, Commodity> = new Map();
  /** `--decimal-comma`. */
  comma = false;

  constructor() {
    const second = this.of('s');
    const minute = { ...this.of('m'), precision: 1, smaller: { factor: SIXTY, unit: second } };
    this.#known.set('m', minute);
    this.#known.set('h', { ...this.of('h'), precision: 2, smaller: { factor: SIXTY, unit: minute } });
  }

  of(name: string): Commodity {
    let commodity = this.#known.get(name);
    if (commodity === undefined) {
      commodity = { name, precision: 0, comma: false, declared: false, smaller: undefined };
      this.#known.set(name, commodity);
    }
    return commodity;
  }

  /** False: the name is a commodity already. */
  alias(name: string, commodity: Commodity): boolean {
    if (this.#known.has(name)) return false;
    this.#known.set(name, commodity);
    return true;
  }

  /** Chains of units, the smallest first: `[s, 60 m, 60 h]`. Only those that were asked for in `used`. */
  unitsOf(used: ReadonlySet<string>): Map<string, { name: string; factor: Decimal }[]> {
    const chains = new Map<string, { name: string; factor: Decimal }[]>();
    for (const commodity of new Set(this.#known.values())) {
      const { smaller } = commodity;
      if (smaller === undefined) continue;
      const base = reduced({ mantissa: 1n, exponent: 0 }, commodity);
      if (!used.has(base.commodity.name)) continue;
      const chain = chains.get(base.commodity.name) ?? [];
      chain.push({ name: commodity.name, factor: base.number });
      chains.set(base.commodity.name, chain);
    }
    return chains;
  }
}

const SIXTY: Decimal = { mantissa: 60n, exponent: 0 };
/** Units of units of units: a chain that goes round would never end. */
export const CHAIN_MAX = 16;

/** In the smallest unit of its commodity. */
export function reduced(number: Decimal, commodity: Commodity): { number: Decimal; commodity: Commodity } {
  let small = { number, commodity };
  for (let steps = 0; small.commodity.smaller !== undefined && steps < CHAIN_MAX; steps++) {
    const { factor, unit } = small.commodity.smaller;
    small = { number: multiply(small.number, factor), commodity: unit };
  }
  return small;
}
