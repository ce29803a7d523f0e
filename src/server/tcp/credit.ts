/** How much of what clients want is taken at a time: of one connection, and of all together. */
import { cellsOf, type Frame } from '../../wire/index.ts';
import { isUrgent, replyMax } from './check.ts';
import type { NativeLimits } from './limits.ts';

/**
 * What all connections' unanswered requests that are not urgent take up together. Whoever finds no room waits in line, instead of filling the lanes until
 * they refuse; urgent requests pass by.
 */
export class Pool {
  readonly #cellsMax: number;
  #cells = 0;
  readonly #line = new Set<() => void>();

  constructor(cellsMax: number) {
    this.#cellsMax = cellsMax;
  }

  get cells(): number {
    return this.#cells;
  }

  /** Whether one more request may be taken, whatever its size. If not, `wake` is called, once, when it should ask again. */
  has(wake: () => void): boolean {
    if (this.#cells < this.#cellsMax) return true;
    this.#line.add(wake);
    return false;
  }

  take(cells: number): void {
    this.#cells += cells;
  }

  giveBack(cells: number): void {
    this.#cells -= cells;
    for (const wake of this.#line) {
      if (this.#cells >= this.#cellsMax) return;
      this.#line.delete(wake);
      wake();
    }
  }

  forget(wake: () => void): void {
    this.#line.delete(wake);
  }
}

/** What a connection's unanswered requests take up: their number, their cells, the bytes that they may be answered with. */
export class Credit {
  readonly #limits: NativeLimits;
  readonly #pool: Pool;
  readonly #wake: () => void;
  requests = 0;
  #cells = 0;
  #replies = 0;

  /** `wake` is called when there is room again that {@link admits} had found missing. */
  constructor(limits: NativeLimits, pool: Pool, wake: () => void) {
    this.#limits = limits;
    this.#pool = pool;
    this.#wake = wake;
  }

  /** Whether one more request may be taken, whatever its size, while `standing` bytes of replies are not sent yet. */
  has(standing: number): boolean {
    const { requestsMax, cellsMax, repliesMax } = this.#limits;
    return this.requests < requestsMax && this.#cells < cellsMax && this.#replies + standing < repliesMax;
  }

  /** Whether there is room for this one among those of all connections. */
  admits(frame: Frame): boolean {
    return isUrgent(frame) || this.#pool.has(this.#wake);
  }

  /** Charges for a request; what is returned gives it back, and is to be called once. */
  take(frame: Frame): () => void {
    const cells = 1 + cellsOf(frame.size);
    const pooled = isUrgent(frame) ? 0 : cells;
    const replies = replyMax(frame);
    this.requests++;
    this.#cells += cells;
    this.#replies += replies;
    this.#pool.take(pooled);
    return () => {
      this.requests--;
      this.#cells -= cells;
      this.#replies -= replies;
      this.#pool.giveBack(pooled);
    };
  }

  /** The connection is over. */
  close(): void {
    this.#pool.forget(this.#wake);
  }
}
