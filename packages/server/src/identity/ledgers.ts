/**
 * Ledger codes as ranges: which ledgers a caller may touch and see. A tenant is the upper 20 bits of every ledger code
 * of its own, so that the machine itself moves nothing between two tenants:
 *
 *   ledger (32 bits) = tenant (20 bits) | book (12 bits)
 */

/** First and last code. */
export type LedgerRange = readonly [first: number, last: number];

export const LEDGERS_MAX = 64;
const LEDGER_MAX = 2 ** 32 - 1;
const BOOK_BITS = 12;
const BOOKS = 2 ** BOOK_BITS;
export const TENANT_MAX: number = 2 ** 20 - 1;

export class Ledgers {
  /** In order, and apart from one another. */
  readonly ranges: readonly LedgerRange[];

  constructor(ranges: readonly LedgerRange[]) {
    const merged: [number, number][] = [];
    for (const [first, last] of [...ranges].sort(([one], [other]) => one - other)) {
      const before = merged.at(-1);
      if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
      else merged.push([first, last]);
    }
    this.ranges = merged;
  }

  /** All the books of a tenant. Ledger 0 does not exist. */
  static ofTenant(tenant: number): Ledgers {
    return new Ledgers([[Math.max(tenant * BOOKS, 1), tenant * BOOKS + BOOKS - 1]]);
  }

  /** The tenant whose books these are, all of them and no others; undefined: they are no tenant's. */
  get tenant(): number | undefined {
    const [range, ...others] = this.ranges;
    if (range === undefined || others.length > 0) return undefined;
    const tenant = Math.floor(range[0] / BOOKS);
    return String(Ledgers.ofTenant(tenant)) === String(this) ? tenant : undefined;
  }

  has(code: number): boolean {
    for (const [first, last] of this.ranges) if (code >= first && code <= last) return true;
    return false;
  }

  /** How many codes there are. */
  get count(): number {
    return this.ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  /** Every code; ask for few only. */
  *codes(): Generator<number> {
    for (const [first, last] of this.ranges) for (let code = first; code <= last; code++) yield code;
  }

  /** What is in both; undefined stands for all ledgers. */
  static both(one: Ledgers | undefined, other: Ledgers | undefined): Ledgers | undefined {
    if (one === undefined || other === undefined) return one ?? other;
    const common = one.ranges.flatMap(([first, last]) =>
      other.ranges.map(([from, to]): LedgerRange => [Math.max(first, from), Math.min(last, to)]),
    );
    return new Ledgers(common.filter(([first, last]) => first <= last));
  }

  /** `840, 28672-32767` */
  toString(): string {
    return this.ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
  }
}

/**
 * The ledgers that a token or a file names: codes, and ranges as text, `"28672-32767"`. Undefined if it is not a list
 * of them, which allows nothing.
 */
export function ledgersOf(ledgers: unknown): Ledgers | undefined {
  if (!Array.isArray(ledgers) || ledgers.length === 0 || ledgers.length > LEDGERS_MAX) return undefined;
  const ranges = ledgers.map(rangeOf);
  return ranges.every((range) => range !== undefined) ? new Ledgers(ranges as LedgerRange[]) : undefined;
}

function rangeOf(said: unknown): LedgerRange | undefined {
  const isCode = (code: number): boolean => Number.isInteger(code) && code > 0 && code <= LEDGER_MAX;
  if (typeof said === 'number') return isCode(said) ? [said, said] : undefined;
  const found = typeof said === 'string' ? /^(\d{1,10})-(\d{1,10})$/.exec(said) : null;
  if (found === null) return undefined;
  const [first, last] = [Number(found[1]), Number(found[2])];
  return isCode(first) && isCode(last) && first <= last ? [first, last] : undefined;
}
