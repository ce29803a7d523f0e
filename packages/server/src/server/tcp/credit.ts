/** How much of what one client wants is taken at a time. */
import { cellsCount, type Frame } from 'tallystick/internal/wire';
import { type Budget, Holding } from '../budget.ts';
import type { Pool } from '../pool.ts';
import { isUrgent, replyMax } from './check.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { NativeLimits } from './limits.ts';

/** The room of a connection's unanswered requests: their number, their cells, the most bytes of their replies. */
export class Credit {
  readonly #limits: NativeLimits;
  readonly #pool: Pool;
  readonly #budget: Budget;
  readonly #holding: Holding;
  readonly #standing: () => number;
  readonly #wake: () => void;
  #closed = false;
  /** Whether it will be told when others have given room back. */
  #waiting = false;
  requests = 0;
  #cells = 0;
  #replies = 0;

  /**
   * `standing`: bytes of replies that are not sent yet. `wake` is called when there is room again that had been
   * missing.
   */
  constructor(
    { limits, pool, budget }: Pick<ConnectionOptions, 'limits' | 'pool' | 'budget'>,
    standing: () => number,
    wake: () => void,
  ) {
    this.#standing = standing;
    this.#limits = limits;
    this.#pool = pool;
    this.#budget = budget;
    this.#holding = new Holding(budget);
    this.#wake = wake;
  }

  /** Whether one more request may be taken, whatever its size. */
  has(): boolean {
    const { requestsMax, cellsMax, repliesMax } = this.#limits;
    const replies = this.settle();
    if (this.requests >= requestsMax || this.#cells >= cellsMax || replies >= repliesMax) return false;
    if (!this.#budget.welcomes(replies - this.#replies)) return false;
    if (this.#budget.fits(1)) return true;
    this.#wait();
    return false;
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#budget.wait(() => {
      this.#waiting = false;
      this.#wake();
    });
  }

  /** Brings what is held up to date; returns bytes of replies that are coming or standing. */
  settle(): number {
    const replies = this.#replies + this.#standing();
    if (!this.#closed) this.#holding.set(replies);
    return replies;
  }

  /** Whether there is room for this one among those of all connections. */
  admits(frame: Frame): boolean {
    return isUrgent(frame) || this.#pool.has(this.#wake);
  }

  /** Charges for a request; what is returned gives it back, and is to be called once. */
  take(frame: Frame): () => void {
    const cells = 1 + cellsCount(frame.size);
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
      this.settle();
    };
  }

  /** The connection is over. */
  close(): void {
    this.#pool.forget(this.#wake);
    this.#closed = true;
    this.#holding.set(0);
  }
}
