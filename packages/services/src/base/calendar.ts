/** Where a moment lies in the calendar, in UTC. */

/** A moment, as limits and books count. */
export interface Moment {
  /** Since the epoch. */
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  /** The booking day, yyyymmdd. */
  readonly date: number;
}

const MS = 1_000_000n;
const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** Remembers the hour that it was last asked for: all of it follows from the hour, and most questions are about one. */
export class Calendar {
  #last: Moment | undefined;

  /** `now`: nanoseconds since the epoch. */
  at(now: bigint): Moment {
    const hour = Math.floor(Number(now / MS) / HOUR_MS);
    if (this.#last?.hour === hour) return this.#last;
    const date = new Date(hour * HOUR_MS);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    this.#last = {
      hour,
      day: Math.floor(hour / DAY_HOURS),
      month: year * 12 + month,
      date: year * 10_000 + (month + 1) * 100 + date.getUTCDate(),
    };
    return this.#last;
  }
}
