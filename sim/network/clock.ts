/**
 * The clock of a simulated machine: it drifts, stands still, and is set forward and back. Its monotonic side only ever
 * goes on.
 */
import type { Clock } from '../../src/platform/index.ts';
import type { Random } from '../../testing/model/random.ts';
import type { Scheduler } from './scheduler.ts';

const NS_PER_MS = 1_000_000;

export class SimulatedClock implements Clock {
  readonly #scheduler: Scheduler;
  /** Wall time at `#since`. */
  #wall: bigint;
  #since: number;
  /** Wall milliseconds in one of true time. */
  #rate = 1;

  constructor(scheduler: Scheduler, wall: bigint) {
    this.#scheduler = scheduler;
    this.#wall = wall;
    this.#since = scheduler.now;
  }

  wall(): bigint {
    return this.#wall + nanoseconds((this.#scheduler.now - this.#since) * this.#rate);
  }

  monotonic(): bigint {
    return nanoseconds(this.#scheduler.now);
  }

  /** Somebody sets it: forward or back. */
  jump(by: bigint): void {
    this.#run(this.wall() + by, this.#rate);
  }

  /** 1: as time goes; 0: it stands still. */
  drift(rate: number): void {
    this.#run(this.wall(), rate);
  }

  #run(wall: bigint, rate: number): void {
    this.#wall = wall > 0n ? wall : 0n;
    this.#since = this.#scheduler.now;
    this.#rate = rate;
  }
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * NS_PER_MS));
}

const SECOND = 1_000_000_000n;

/** Something happens to a clock. Returns what, in words. */
export function disturb(clock: SimulatedClock, random: Random): string {
  const far = random.pick([SECOND / 1000n, SECOND, 60n * SECOND, 3600n * SECOND, 86_400n * SECOND]);
  switch (random.below(4)) {
    case 0:
      clock.jump(far);
      return 'clock set forward';
    case 1:
      clock.jump(-far);
      return 'clock set back';
    case 2:
      clock.drift(0);
      return 'clock stands still';
    default:
      clock.drift(random.pick([0.5, 0.999, 1, 1, 1.001, 2]));
      return 'clock drifts';
  }
}
