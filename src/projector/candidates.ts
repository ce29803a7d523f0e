/**
 * Candidates: positions whose hashes fit a query, in the query's order. A hash only narrows; whoever takes a candidate reads the record.
 */

/** No further position. */
export const END = -1;

/** What the hashes must be. */
export interface Predicates {
  /** Any of these (a column and a hash): an account on one side or the other. Empty: no such predicate. */
  readonly any: readonly ColumnHash[];
  /** And all of these. */
  readonly all: readonly ColumnHash[];
}

export interface ColumnHash {
  readonly column: number;
  readonly hash: number;
}

/** Positions in one direction: ascending ones, or descending ones if made `reversed`. */
export interface Positions {
  /** The nearest position at or beyond `pos` in its direction, or {@link END}. `pos` never goes back. */
  seek(pos: number): number;
}

/** Positions that were counted. */
export interface Postings extends Positions {
  readonly count: number;
}

/** All positions of a part of `count` entries. */
export class AllPositions implements Postings {
  readonly count: number;

  constructor(count: number) {
    this.count = count;
  }

  seek(pos: number): number {
    return pos >= 0 && pos < this.count ? pos : END;
  }
}

export const noPositions: Postings = { count: 0, seek: () => END };

/** Of two lists the nearer position. */
export class EitherPosition implements Positions {
  readonly #a: Positions;
  readonly #b: Positions;
  readonly #reversed: boolean;
  #nextA = 0;
  #nextB = 0;
  #started = false;

  constructor(a: Positions, b: Positions, reversed: boolean) {
    this.#a = a;
    this.#b = b;
    this.#reversed = reversed;
  }

  seek(pos: number): number {
    if (!this.#started || this.#behind(this.#nextA, pos)) this.#nextA = this.#a.seek(pos);
    if (!this.#started || this.#behind(this.#nextB, pos)) this.#nextB = this.#b.seek(pos);
    this.#started = true;
    if (this.#nextA === END) return this.#nextB;
    if (this.#nextB === END) return this.#nextA;
    return this.#behind(this.#nextA, this.#nextB) ? this.#nextA : this.#nextB;
  }

  /** Does `next` come before `pos` in our direction? */
  #behind(next: number, pos: number): boolean {
    return next !== END && (this.#reversed ? next > pos : next < pos);
  }
}

/** Positions that stand in every one of the lists; put the rarest first. */
export class EveryPosition implements Positions {
  readonly #lists: readonly Positions[];

  constructor(lists: readonly Positions[]) {
    this.#lists = lists;
  }

  seek(pos: number): number {
    const lists = this.#lists;
    let candidate = lists[0]!.seek(pos);
    for (
      let agreed = 1, next = 1 % lists.length;
      candidate !== END && agreed < lists.length;
      next = (next + 1) % lists.length
    ) {
      const found = lists[next]!.seek(candidate);
      if (found === candidate) {
        agreed++;
      } else {
        candidate = found;
        agreed = 1;
      }
    }
    return candidate;
  }
}
