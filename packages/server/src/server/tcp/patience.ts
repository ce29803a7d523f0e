/**
 * How long a client has kept us waiting: for its hello, for the rest of a frame, for taking its replies. Looked at
 * every now and then, not timed one by one.
 */
import type { Socket } from 'node:net';
import { Stall } from '../stall.ts';
import type { NativeLimits } from './limits.ts';

/** How long a client that was refused may take to hear it. */
const LINGER_MS = 1000;

export class Patience {
  readonly #limits: NativeLimits;
  /** Since when, and at most for how long, in milliseconds. */
  #since: number = performance.now();
  #allowed: number;
  #what = 'a hello';
  readonly stall: Stall;

  /** `socket`: the one that is written to. */
  constructor(limits: NativeLimits, socket: Socket) {
    this.#limits = limits;
    this.stall = new Stall(socket);
    this.#allowed = limits.helloMs;
  }

  /** A frame has begun; if one had, the clock runs on. */
  frameBegun(): void {
    if (this.#since === 0) this.#wait('the rest of a frame', this.#limits.frameMs);
  }

  /** Nothing is owed. */
  settled(): void {
    this.#since = 0;
  }

  refused(): void {
    this.#wait('the end', LINGER_MS);
  }

  #wait(what: string, allowed: number): void {
    this.#since = performance.now();
    this.#what = what;
    this.#allowed = allowed;
  }

  /** Names what did not come in time, for a message; undefined while there is time. */
  missing(now: number): string | undefined {
    if (this.#since === 0 || now - this.#since <= this.#allowed) return undefined;
    return `${this.#what} did not come within ${this.#allowed} ms`;
  }

  /** Whether the client has not taken a byte for too long, or too few; call it now and then. */
  isStalled(now: number): boolean {
    const { writeMs } = this.#limits;
    return this.stall.lasts(now) > writeMs || this.stall.isTooSlow(now, writeMs);
  }
}
