/** How fast a lane empties, and so how long somebody who finds it full should wait. */

/** A measurement takes that long at least. */
const MEASURED_MS = 20;
/** Without a measurement: most lanes drain in milliseconds. */
const WAIT_MS_UNKNOWN = 20;
const WAIT_MS_MIN = 5;
const WAIT_MS_MAX = 5000;

/** All times in milliseconds, of one clock. */
export class DrainRate {
  /** Of what is being measured: since when, and cells that have left. */
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

  /** Until so many cells have left: from 5 ms, so that nobody comes back in the same breath, to 5 s, so that nobody is forgotten. */
  waitMs(cells: number, now: number): number {
    const elapsed = now - this.#since;
    // What is being measured counts as soon as it is slower: a disk that hangs is noticed by nothing leaving.
    const current = elapsed < MEASURED_MS ? Number.POSITIVE_INFINITY : this.#left / elapsed;
    const rate = this.#rate === 0 ? current : Math.min(this.#rate, current);
    const wait = rate === Number.POSITIVE_INFINITY ? WAIT_MS_UNKNOWN : cells / rate;
    return Math.ceil(Math.min(Math.max(wait, WAIT_MS_MIN), WAIT_MS_MAX));
  }
}
