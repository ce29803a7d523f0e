/** What a connection's unanswered requests take up: their number, their cells, the bytes that they may be answered with. */
import type { NativeLimits } from './limits.ts';

export class Credit {
  readonly #limits: NativeLimits;
  requests = 0;
  #cells = 0;
  #replies = 0;

  constructor(limits: NativeLimits) {
    this.#limits = limits;
  }

  take(cells: number, replies: number): void {
    this.requests++;
    this.#cells += cells;
    this.#replies += replies;
  }

  giveBack(cells: number, replies: number): void {
    this.requests--;
    this.#cells -= cells;
    this.#replies -= replies;
  }

  /** Whether one more request may be taken, whatever its size, while `standing` bytes of replies are not sent yet. */
  has(standing: number): boolean {
    const { requestsMax, cellsMax, repliesMax } = this.#limits;
    return this.requests < requestsMax && this.#cells < cellsMax && this.#replies + standing < repliesMax;
  }
}
