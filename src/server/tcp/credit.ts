/** How much of what one client wants is taken at a time. */
import { cellsOf, type Frame } from '../../wire/index.ts';
import type { Pool } from '../pool.ts';
import { isUrgent, replyMax } from './check.ts';
import type { NativeLimits } from './limits.ts';

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
