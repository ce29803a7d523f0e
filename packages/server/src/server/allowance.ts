/**
 * What one client of a door may have in its hands at a time: unanswered requests, their cells, and the bytes of their
 * replies, which count from when they are expected until the client has taken them. All of it lies within what the
 * clients of the door, and of all doors, have together.
 */
import { assert } from 'tallystick/internal/base';
import { Holding, type Meter } from './meter.ts';

/** Fewer bytes than that are on their way, and may not be told of when they have gone. */
const STANDING_SIZE = 64 * 1024;

export interface AllowanceLimits {
  /** Requests that may be unanswered at a time. */
  readonly requestsMax: number;
  /** Bytes of replies that may be coming or standing; at that many requests wait. */
  readonly repliesMax: number;
  /** Cells of unanswered requests, headers included; one request may always be sent. Left out: no limit of its own. */
  readonly cellsMax?: number;
}

/** What one request takes. */
export interface Cost {
  /** With its header. */
  readonly cells: number;
  /** Those of them that wait in the lanes behind others: none if the request is urgent. */
  readonly pooled: number;
  /** The most bytes of its reply. */
  readonly reply: number;
}

export interface AllowanceOptions {
  readonly limits: AllowanceLimits;
  /** Cells that all clients have in the lanes. */
  readonly pool: Meter;
  /** Bytes of replies of all clients. */
  readonly budget: Meter;
  /** Bytes of replies that are not sent yet. */
  readonly standing: () => number;
  /** Called when there is room again that had been missing. */
  readonly wake: () => void;
}

export class Allowance {
  readonly #options: AllowanceOptions;
  readonly #holding: Holding;
  #closed = false;
  /** Unanswered. */
  requests = 0;
  #cells = 0;
  #replies = 0;

  constructor(options: AllowanceOptions) {
    this.#options = options;
    this.#holding = new Holding(options.budget);
  }

  /**
   * Whether one more request may be taken, whatever its size. With half of all room used, clients that take what they
   * get go first: one that does not is heard of again when its socket drains.
   */
  has(): boolean {
    const { limits, budget, wake } = this.#options;
    const { requestsMax, repliesMax, cellsMax } = limits;
    const replies = this.settle();
    if (this.requests >= requestsMax || replies >= repliesMax) return false;
    if (cellsMax !== undefined && this.#cells >= cellsMax) return false;
    if (replies - this.#replies >= STANDING_SIZE && budget.isHalfFull) return false;
    return budget.has(wake);
  }

  /** Whether a request that is not urgent has room in the lanes now, among those of all clients. */
  admits(): boolean {
    return this.#options.pool.has(this.#options.wake);
  }

  /** Charges for a request, which gives it back when it is answered. */
  take({ cells, pooled, reply }: Cost): void {
    this.requests++;
    this.#cells += cells;
    this.#replies += reply;
    if (pooled > 0) this.#options.pool.charge(pooled);
  }

  /** Gives back what a request took, once. */
  give({ cells, pooled, reply }: Cost): void {
    this.requests--;
    this.#cells -= cells;
    this.#replies -= reply;
    assert(this.requests >= 0 && this.#cells >= 0 && this.#replies >= 0, 'no request gives back more than it took');
    if (pooled > 0) this.#options.pool.give(pooled);
    this.settle();
  }

  /** Brings what is held up to date; returns bytes of replies that are coming or standing. */
  settle(): number {
    const replies = this.#replies + this.#options.standing();
    if (!this.#closed) this.#holding.set(replies);
    return replies;
  }

  /** The client has gone. */
  close(): void {
    const { pool, budget, wake } = this.#options;
    pool.forget(wake);
    budget.forget(wake);
    this.#closed = true;
    this.#holding.set(0);
  }
}
