/**
 * Bytes of replies that one connection has coming or standing: within its own limit, and what there is for all
 * connections.
 */
import { type Budget, Holding } from '../budget.ts';
import type { Replies } from './replies.ts';

export class Room {
  readonly #budget: Budget;
  readonly #holding: Holding;
  readonly #replies: Replies;
  readonly #max: number;
  readonly #wake: () => void;
  /** Bytes that the requests in flight may be answered with. */
  #expected = 0;
  #waiting = false;
  #closed = false;

  /** `wake` is called when there is room again that all connections together did not have. */
  constructor(budget: Budget, replies: Replies, max: number, wake: () => void) {
    this.#budget = budget;
    this.#holding = new Holding(budget);
    this.#replies = replies;
    this.#max = max;
    this.#wake = wake;
  }

  /** A request was taken that may be answered with so many bytes; negative: it is answered. */
  expect(bytes: number): void {
    this.#expected += bytes;
    this.settle();
  }

  /** Brings what is held up to date; returns it. */
  settle(): number {
    const bytes = this.#expected + this.#replies.standing;
    if (!this.#closed) this.#holding.set(bytes);
    return bytes;
  }

  /** Whether one more request may be taken, whatever its size. */
  has(): boolean {
    const bytes = this.settle();
    if (bytes >= this.#max || !this.#budget.welcomes(bytes - this.#expected)) return false;
    if (this.#budget.fits(1)) return true;
    if (this.#waiting) return false;
    this.#waiting = true;
    this.#budget.wait(() => {
      this.#waiting = false;
      this.#wake();
    });
    return false;
  }

  close(): void {
    this.#closed = true;
    this.#holding.set(0);
  }
}
