/**
 * Rows of a table that belong to one transaction. Rows with a number of their own go together wherever they lie;
 * without such a column, rows that say the same about their transaction follow each other until they balance.
 */
import type { BookPosting, Place, Problems } from './book.ts';
import { add, type Decimal, format, isZero } from './decimal.ts';
import { Transactions } from './transactions.ts';

export interface Group {
  readonly place: Place;
  readonly date: number;
  readonly payee: string;
  readonly narration: string;
  readonly postings: BookPosting[];
}

interface Open extends Group {
  readonly slot: number;
  readonly number: string | undefined;
}

export class Groups {
  readonly #transactions: Transactions = new Transactions();
  readonly #problems: Problems;
  /** Those with a number, whose rows may lie apart. */
  readonly #numbered: Map<string, Open> = new Map();
  #last: Open | undefined;
  readonly #unbalanced: { readonly slot: number; readonly place: Place; readonly rest: string }[] = [];

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /**
   * One row, by its number where the table has such a column; `apart`: a row is a whole transaction, unless numbered.
   */
  add(row: Group, number: string | undefined, apart: boolean): void {
    const isNumbered = number !== undefined && number !== '';
    const key = isNumbered ? JSON.stringify([row.date, number]) : '';
    const before = isNumbered ? this.#numbered.get(key) : this.#last;
    if (before !== undefined && (isNumbered || (!apart && continues(before, row, number)))) {
      before.postings.push(...row.postings);
      return;
    }
    const open: Open = { ...row, slot: this.#transactions.reserve(), number };
    if (this.#last !== undefined && !isOf(this.#last.number)) this.#complete(this.#last);
    this.#last = open;
    if (isNumbered) this.#numbered.set(key, open);
  }

  /** In the order of their dates; what does not balance is told as an error. */
  finish(): Transactions {
    if (this.#last !== undefined && !isOf(this.#last.number)) this.#complete(this.#last);
    for (const open of this.#numbered.values()) this.#complete(open);
    for (const { place, rest } of this.#unbalanced.sort((a, b) => a.slot - b.slot)) {
      this.#problems.tell('error', place, `the transaction does not balance: ${rest} is left over`);
    }
    return this.#transactions.sorted();
  }

  #complete({ slot, date, payee, narration, postings, place }: Open): void {
    this.#transactions.fill(slot, { date, payee, narration, postings, place, kind: 'transaction' });
    const left = sums(postings);
    // Two commodities with opposite signs are an exchange.
    const exchange = left.length === 2 && left[0]![1].mantissa < 0n !== left[1]![1].mantissa < 0n;
    if (left.length === 0 || exchange) return;
    const rest = left.map(([commodity, sum]) => `${format(sum)} ${commodity}`).join(', ');
    this.#unbalanced.push({ slot, place, rest });
  }
}

const isOf = (number: string | undefined): boolean => number !== undefined && number !== '';

/** Without a column of numbers, rows say payee and narration; with one, that theirs is empty. */
function continues(before: Open, { date, payee, narration }: Group, number: string | undefined): boolean {
  if (before.date !== date || before.number !== number) return false;
  if (number === undefined && (before.payee !== payee || before.narration !== narration)) return false;
  return sums(before.postings).length > 0;
}

function sums(postings: readonly BookPosting[]): [string, Decimal][] {
  const [first, ...others] = postings;
  if (first === undefined) return [];
  let sum = first.number;
  for (const { commodity, number } of others) {
    if (commodity !== first.commodity) return sumsOfMany(postings);
    sum = add(sum, number);
  }
  return isZero(sum) ? [] : [[first.commodity, sum]];
}

function sumsOfMany(postings: readonly BookPosting[]): [string, Decimal][] {
  const totals = new Map<string, Decimal>();
  for (const { commodity, number } of postings) {
    const sum = totals.get(commodity);
    totals.set(commodity, sum === undefined ? number : add(sum, number));
  }
  return [...totals].filter(([, sum]) => !isZero(sum));
}
