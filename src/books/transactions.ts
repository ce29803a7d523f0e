/**
 * The transactions of a book, in columns. A book of a million postings would be some five million objects, and the
 * collector of garbage would copy and mark them over and over: a fifth of an import's work, before this.
 *
 * A transaction lies in a slot, its postings one behind another. What a posting moves is a pair of account and
 * commodity, of which a book has few, and a number: a double where its mantissa is a safe integer, and else in a map.
 */
import type { Decimal } from './decimal.ts';
import type { BookPosting, BookTransaction, Place } from './records.ts';

/** An account in one of its commodities. */
export interface Pair {
  readonly account: string;
  readonly commodity: string;
}

const Kind = { none: 0, transaction: 1, pad: 2 } as const;
const ROOM = 1024;

/** Numbers one behind another. */
class Column {
  #numbers: Float64Array = new Float64Array(ROOM);
  length = 0;

  push(value: number): void {
    if (this.length === this.#numbers.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.length] = value;
    this.length += 1;
  }

  at(index: number): number {
    return this.#numbers[index]!;
  }

  set(index: number, value: number): void {
    this.#numbers[index] = value;
  }
}

export class Transactions implements Iterable<BookTransaction> {
  /** In the order in which they were read. */
  readonly pairs: Pair[] = [];
  readonly #pairIds: Map<string, Map<string, number>> = new Map();
  /** By slot. */
  readonly #kinds: Column = new Column();
  readonly #dates: Column = new Column();
  readonly #lines: Column = new Column();
  readonly #columns: Column = new Column();
  readonly #paths: string[] = [];
  readonly #payees: string[] = [];
  readonly #narrations: string[] = [];
  readonly #firsts: Column = new Column();
  readonly #counts: Column = new Column();
  /** By posting. */
  readonly #moved: Column = new Column();
  readonly #mantissas: Column = new Column();
  readonly #exponents: Column = new Column();
  readonly #large: Map<number, bigint> = new Map();
  /** Slots by date; undefined: as they were filled. */
  #order: Uint32Array | undefined;

  static of(transactions: Iterable<BookTransaction>): Transactions {
    const all = new Transactions();
    for (const transaction of transactions) all.push(transaction);
    return all.sorted();
  }

  push(transaction: BookTransaction): void {
    this.fill(this.reserve(), transaction);
  }

  /** A place in the order of the file for a transaction that is completed later, if it is. */
  reserve(): number {
    const slot = this.#kinds.length;
    for (const column of [this.#kinds, this.#dates, this.#lines, this.#columns, this.#firsts, this.#counts]) {
      column.push(Kind.none);
    }
    this.#paths.push('');
    this.#payees.push('');
    this.#narrations.push('');
    return slot;
  }

  fill(slot: number, { date, payee, narration, kind, postings, place }: BookTransaction): void {
    this.#kinds.set(slot, Kind[kind]);
    this.#dates.set(slot, date);
    this.#lines.set(slot, place.line);
    this.#columns.set(slot, place.column);
    this.#paths[slot] = place.path;
    this.#payees[slot] = payee;
    this.#narrations[slot] = narration;
    this.#firsts.set(slot, this.#moved.length);
    this.#counts.set(slot, postings.length);
    for (const { account, commodity, number } of postings) {
      const mantissa = Number(number.mantissa);
      const safe = Number.isSafeInteger(mantissa);
      if (!safe) this.#large.set(this.#moved.length, number.mantissa);
      this.#moved.push(this.#pairOf(account, commodity));
      this.#mantissas.push(safe ? mantissa : Number.NaN);
      this.#exponents.push(number.exponent);
    }
  }

  #pairOf(account: string, commodity: string): number {
    let ids = this.#pairIds.get(commodity);
    if (ids === undefined) {
      ids = new Map();
      this.#pairIds.set(commodity, ids);
    }
    let id = ids.get(account);
    if (id === undefined) {
      id = this.pairs.length;
      this.pairs.push({ account, commodity });
      ids.set(account, id);
    }
    return id;
  }

  /** From here on in the order of their dates, those of a day as they were reserved; slots never filled are gone. */
  sorted(): this {
    const slots = new Uint32Array(this.#kinds.length);
    let count = 0;
    let inOrder = true;
    let before = 0;
    for (let slot = 0; slot < slots.length; slot++) {
      if (this.#kinds.at(slot) === Kind.none) continue;
      const date = this.#dates.at(slot);
      inOrder &&= date >= before;
      before = date;
      slots[count] = slot;
      count += 1;
    }
    const order = slots.subarray(0, count);
    if (!inOrder) order.sort((a, b) => this.#dates.at(a) - this.#dates.at(b) || a - b);
    this.#order = order;
    return this;
  }

  get length(): number {
    return this.#order?.length ?? this.#kinds.length;
  }

  /** The slot of a transaction by its place in the order. */
  slotAt(index: number): number {
    return this.#order === undefined ? index : this.#order[index]!;
  }

  date(slot: number): number {
    return this.#dates.at(slot);
  }

  kind(slot: number): BookTransaction['kind'] {
    return this.#kinds.at(slot) === Kind.pad ? 'pad' : 'transaction';
  }

  payee(slot: number): string {
    return this.#payees[slot]!;
  }

  narration(slot: number): string {
    return this.#narrations[slot]!;
  }

  place(slot: number): Place {
    return { path: this.#paths[slot]!, line: this.#lines.at(slot), column: this.#columns.at(slot) };
  }

  /** The slot's first posting; `count` postings follow each other. */
  first(slot: number): number {
    return this.#firsts.at(slot);
  }

  count(slot: number): number {
    return this.#counts.at(slot);
  }

  /** What a posting moves: an index of `pairs`. */
  pair(posting: number): number {
    return this.#moved.at(posting);
  }

  /** NaN: it is no safe integer, and only `number` has it. */
  mantissa(posting: number): number {
    return this.#mantissas.at(posting);
  }

  exponent(posting: number): number {
    return this.#exponents.at(posting);
  }

  number(posting: number): Decimal {
    const mantissa = this.#mantissas.at(posting);
    return {
      mantissa: Number.isNaN(mantissa) ? this.#large.get(posting)! : BigInt(mantissa),
      exponent: this.#exponents.at(posting),
    };
  }

  postings(slot: number): BookPosting[] {
    return Array.from({ length: this.count(slot) }, (_, index): BookPosting => {
      const posting = this.first(slot) + index;
      return { ...this.pairs[this.pair(posting)]!, number: this.number(posting) };
    });
  }

  at(index: number): BookTransaction {
    const slot = this.slotAt(index);
    return {
      date: this.date(slot),
      payee: this.payee(slot),
      narration: this.narration(slot),
      kind: this.kind(slot),
      postings: this.postings(slot),
      place: this.place(slot),
    };
  }

  *[Symbol.iterator](): Generator<BookTransaction, void> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}
