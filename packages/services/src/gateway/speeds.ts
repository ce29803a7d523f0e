/**
 * How fast each tenant may ask: a bucket of tokens that fills at a steady rate. It counts messages, whichever door they
 * come by, so that a stream is no way round it. Who asks too fast waits, which is how a stream is slowed down; who
 * would wait too long is refused, and told when to come again.
 */
import { TallystickError } from 'tallystick/internal/model';
import type { Speed } from './plans.ts';

/** A message waits so long at most, milliseconds. */
const WAIT_MS_MAX = 500;

/** The time that counts, and how to wait. */
export interface Clock {
  /** Milliseconds that only grow. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

interface Bucket {
  /** Below zero: taken in advance, by those who wait. */
  tokens: number;
  at: number;
}

export class Speeds {
  readonly #clock: Clock;
  readonly #buckets = new Map<number, Bucket>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Resolves when `cost` messages may go on. Rejects with `lane_full` and when to come again; nothing was done. */
  async admit(tenant: number, speed: Speed, cost: number): Promise<void> {
    const bucket = this.#filled(tenant, speed);
    const missing = cost - bucket.tokens;
    const waitMs = missing <= 0 ? 0 : (missing / speed.perSecond) * 1000;
    // Many at once, more than the bucket holds, may overdraw a full one: they are no more than their rate afterwards.
    const isWhole = cost > speed.burst && bucket.tokens >= speed.burst;
    if (waitMs > WAIT_MS_MAX && !isWhole) {
      const why = `the tenant ${tenant} asks for more than ${speed.perSecond} payments a second; nothing was done`;
      throw new TallystickError('lane_full', why, { retryAfterMs: Math.ceil(waitMs - WAIT_MS_MAX / 2) });
    }
    bucket.tokens -= cost;
    if (waitMs > 0 && !isWhole) await this.#clock.sleep(waitMs);
  }

  /** Messages that may go on at once. */
  left(tenant: number, speed: Speed): number {
    return Math.max(0, Math.floor(this.#filled(tenant, speed).tokens));
  }

  #filled(tenant: number, { perSecond, burst }: Speed): Bucket {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(tenant) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    this.#buckets.set(tenant, bucket);
    return bucket;
  }
}
