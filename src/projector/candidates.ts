/**
 * Candidates: positions whose hashes fit a query, in the query's order. A hash only narrows; a reader that takes a
 * candidate reads the record. Every call looks at a bounded number of hashes, found or not, so that a search can stop
 * between two calls.
 */
import type { Work } from './work.ts';

/** No further position. */
export const END = -1;

/** The hashes that an entry must have. */
export interface Predicates {
  /** Any of these (a column and a hash): an account on one side or the other. Empty: no such predicate. */
  readonly any: readonly ColumnHash[];
  /** And all of these. */
  readonly all: readonly ColumnHash[];
  /** And any of these two, which a part without lists leaves to who reads the rows. */
  readonly also?: readonly [ColumnHash, ColumnHash] | undefined;
}

export interface ColumnHash {
  readonly column: number;
  readonly hash: number;
}

/** Positions in one direction: ascending ones, or descending ones if made `reversed`. */
export interface Positions {
  /**
   * Writes the nearest positions at or beyond `pos`, in their direction, to `target`, at most `most` of them, and
   * returns how many. It may be none although there are some: `next` says where to go on. `pos` never goes back.
   */
  take(pos: number, target: Uint32Array, most: number): number;
  /** Behind what the last `take` looked at; {@link END} when nothing is left. */
  readonly next: number;
}

/** Positions that were counted, and that can say of positions whether they are among them. */
export interface Postings extends Positions {
  readonly count: number;
  /** The nearest position at or beyond `pos` in its direction, or {@link END}. `pos` never goes back. */
  seek(pos: number): number;
  /**
   * Sets `marks[i]` for every one of the first `count` positions that is here. They are in our direction and do not go
   * back.
   */
  mark(positions: Uint32Array, count: number, marks: Uint8Array): void;
}

/** All positions of a part of `count` entries. */
export class AllPositions implements Postings {
  readonly count: number;
  next = 0;
  readonly #step: number;
  readonly #work: Work;

  constructor(count: number, reversed: boolean, work: Work) {
    this.count = count;
    this.#step = reversed ? -1 : 1;
    this.#work = work;
  }

  seek(pos: number): number {
    return pos >= 0 && pos < this.count ? pos : END;
  }

  take(pos: number, target: Uint32Array, most: number): number {
    let n = 0;
    let at = pos;
    for (; n < most && at >= 0 && at < this.count; at += this.#step) target[n++] = at;
    this.next = at >= 0 && at < this.count ? at : END;
    this.#work.spend(n);
    return n;
  }

  mark(_positions: Uint32Array, count: number, marks: Uint8Array): void {
    marks.fill(1, 0, count);
  }
}

export const noPositions: Postings = { count: 0, next: END, seek: () => END, take: () => 0, mark: () => {} };

/** Positions that were taken of one list and not yet handed on. */
class Ahead {
  readonly list: Postings;
  readonly #reversed: boolean;
  readonly #taken = new Uint32Array(AHEAD_MAX);
  #from = 0;
  #count = 0;
  #ended = false;

  constructor(list: Postings, reversed: boolean) {
    this.list = list;
    this.#reversed = reversed;
  }

  /** The nearest position at or beyond `pos`, which stays the first until it is passed, or {@link END}. */
  first(pos: number): number {
    for (;;) {
      while (this.#from < this.#count) {
        const at = this.#taken[this.#from]!;
        if (this.#reversed ? at <= pos : at >= pos) return at;
        this.#from++;
      }
      if (this.#ended) return END;
      this.#count = this.list.take(pos, this.#taken, AHEAD_MAX);
      this.#from = 0;
      this.#ended = this.list.next === END;
    }
  }
}

const AHEAD_MAX = 512;

/** Positions of one list or of another, each once. */
export class EitherPosition implements Postings {
  readonly count: number;
  next = 0;
  readonly #a: Ahead;
  readonly #b: Ahead;
  readonly #reversed: boolean;

  constructor(a: Postings, b: Postings, reversed: boolean) {
    this.count = a.count + b.count;
    this.#a = new Ahead(a, reversed);
    this.#b = new Ahead(b, reversed);
    this.#reversed = reversed;
  }

  seek(pos: number): number {
    const a = this.#a.first(pos);
    const b = this.#b.first(pos);
    if (a === END) return b;
    if (b === END) return a;
    return this.#reversed ? Math.max(a, b) : Math.min(a, b);
  }

  take(pos: number, target: Uint32Array, most: number): number {
    const step = this.#reversed ? -1 : 1;
    let n = 0;
    let at = this.seek(pos);
    while (at !== END && n < most) {
      target[n++] = at;
      // One before position 0 is the end as well.
      at = at + step < 0 ? END : this.seek(at + step);
    }
    this.next = at;
    return n;
  }

  mark(positions: Uint32Array, count: number, marks: Uint8Array): void {
    this.#a.list.mark(positions, count, marks);
    this.#b.list.mark(positions, count, marks);
  }
}

/** Positions that one `take` looks at. */
export const CANDIDATES_MAX = 2048;

/** The marks of one comparison of lists; there is one at a time. */
const marks = new Uint8Array(CANDIDATES_MAX);

/** Positions that stand in every one of the lists: those of the rarest, which is read through, that all others have. */
export class EveryPosition implements Positions {
  readonly #rarest: Postings;
  readonly #others: readonly Postings[];

  constructor(rarest: Postings, others: readonly Postings[]) {
    this.#rarest = rarest;
    this.#others = others;
  }

  get next(): number {
    return this.#rarest.next;
  }

  take(pos: number, target: Uint32Array, most: number): number {
    let n = this.#rarest.take(pos, target, Math.min(most, CANDIDATES_MAX));
    for (const list of this.#others) {
      if (n === 0) return 0;
      marks.fill(0, 0, n);
      list.mark(target, n, marks);
      let kept = 0;
      for (let i = 0; i < n; i++) {
        target[kept] = target[i]!;
        kept += marks[i]!;
      }
      n = kept;
    }
    return n;
  }
}
