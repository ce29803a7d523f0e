/** How fast a lane empties, and so how long a client that finds it full should wait. */

/** A measurement takes that long at least. */
const MEASURED_MS = 20;
/** Without a measurement: most lanes drain in milliseconds. */
const WAIT_MS_UNKNOWN = 20;
const WAIT_MS_MIN = 5;
const WAIT_MS_MAX = 5000;

/** All times in milliseconds, of one clock. */
export class DrainRate {
  /** The running measurement: its beginning, and the cells that have left since. */
  #since = 0;
  #left = 0;
  /** Cells a millisecond while some waited; 0: never measured. */
  #rate = 0;

  /** The lane had been empty until now: nothing can be said about the time before. */
  began(now: number): void {
    this.#since = now;
    this.#left = 0;
  }

  left(cells: number, now: number): void {
    this.#left += cells;
    const elapsed = now - this.#since;
    if (elapsed < MEASURED_MS) return;
    const rate = this.#left / elapsed;
    this.#rate = this.#rate === 0 ? rate : (this.#rate + rate) / 2;
    this.began(now);
  }

  /**
   * Milliseconds until so many cells have left: at least 5, so that clients do not come back at once, and at most
   * 5,000, so that they do come back.
   */
  waitMs(cells: number, now: number): number {
    const elapsed = now - this.#since;
    // The running measurement counts as soon as it is slower: if a disk hangs, nothing leaves, and we notice.
    const current = elapsed < MEASURED_MS ? Number.POSITIVE_INFINITY : this.#left / elapsed;
    const rate = this.#rate === 0 ? current : Math.min(this.#rate, current);
    const wait = rate === Number.POSITIVE_INFINITY ? WAIT_MS_UNKNOWN : cells / rate;
    return Math.ceil(Math.min(Math.max(wait, WAIT_MS_MIN), WAIT_MS_MAX));
  }
}
