/** Time, as the ledger needs it. */
export interface Clock {
  /** Nanoseconds since the epoch. Follows the machine's clock, so it may jump either way when that is set. */
  wall(): bigint;
  /** Nanoseconds since some moment, never going back. */
  monotonic(): bigint;
}

/**
 * How far the machine's clock may leave the last anchor before it is followed; Date.now itself is a whole millisecond
 * coarse.
 */
const DRIFT_MS_MAX = 3;

/** The machine's clock: milliseconds of Date.now, refined to nanoseconds by the monotonic counter. */
export class SystemClock implements Clock {
  #anchorWallMs = 0;
  #anchorMonotonic = 0n;

  constructor() {
    this.#anchor(Date.now(), process.hrtime.bigint());
  }

  wall(): bigint {
    const monotonic = process.hrtime.bigint();
    const now = Date.now();
    const since = monotonic - this.#anchorMonotonic;
    if (Math.abs(now - this.#anchorWallMs - Number(since) / 1e6) > DRIFT_MS_MAX) {
      this.#anchor(now, monotonic);
      return BigInt(now) * 1_000_000n;
    }
    return BigInt(this.#anchorWallMs) * 1_000_000n + since;
  }

  monotonic(): bigint {
    return process.hrtime.bigint();
  }

  #anchor(wallMs: number, monotonic: bigint): void {
    this.#anchorWallMs = wallMs;
    this.#anchorMonotonic = monotonic;
  }
}
