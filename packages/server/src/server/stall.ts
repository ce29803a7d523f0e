/** How long a client has taken nothing of what stands in its socket for it, and how fast it takes the rest. */
import type { Socket } from 'node:net';

/**
 * A client takes so many bytes a second while some stand for it, on average over the time in which it must take one at
 * all.
 */
export const LEAST_SPEED = 1024;
/** Where room is short, clients who take less than that part, the slowest first. */
const SLOW_SPEED = 256 * 1024;
/** A client whose bytes have stood for less is not called slow yet. */
const STANDING_MS = 2000;
/** Room that is short for less will come by itself. */
const SHORT_MS = 1000;

export class Stall {
  readonly #socket: Socket;
  #completed = 0;
  #queued = 0;
  #since: number = performance.now();
  /** The time in which bytes have been standing: its beginning, and the bytes taken since. */
  #standingSince = 0;
  #taken = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Milliseconds without a byte taken, up to `now`; to be asked every now and then, as it goes by what has changed
   * since it was asked before.
   */
  lasts(now: number): number {
    const { bytesWritten, writableLength } = this.#socket;
    // A large write completes as a whole; in between only the system's queue gets shorter.
    const completed = bytesWritten - writableLength;
    const queued = queuedOf(this.#socket);
    if (writableLength === 0 || completed > this.#completed || queued < this.#queued) this.#since = now;
    this.#taken += completed > this.#completed ? completed - this.#completed : Math.max(0, this.#queued - queued);
    this.#completed = completed;
    this.#queued = queued;
    if (writableLength === 0 || this.#standingSince === 0) this.#begin(now);
    return now - this.#since;
  }

  #begin(now: number): void {
    this.#standingSince = now;
    this.#taken = 0;
  }

  /**
   * Whether it has taken less than the least speed allows for `milliseconds`; then another such time begins. After
   * {@link lasts}.
   */
  isTooSlow(now: number, milliseconds: number): boolean {
    const elapsed = now - this.#standingSince;
    if (this.#standingSince === 0 || elapsed < milliseconds) return false;
    const slow = this.#taken < (LEAST_SPEED * elapsed) / 1000;
    this.#begin(now);
    return slow;
  }

  /** Bytes a second; infinite unless bytes have been standing for a while. After {@link lasts}. */
  speed(now: number): number {
    const elapsed = now - this.#standingSince;
    if (this.#standingSince === 0 || elapsed < STANDING_MS) return Number.POSITIVE_INFINITY;
    return (this.#taken * 1000) / elapsed;
  }
}

/** The clients that must make room when it has been short for `shortMs`: the slower half of the slow ones. */
export function slowest<T>(clients: Iterable<readonly [T, Stall]>, now: number, shortMs: number): T[] {
  if (shortMs < SHORT_MS) return [];
  const slow = [...clients]
    .map(([client, stall]) => ({ client, speed: stall.speed(now) }))
    .filter(({ speed }) => speed < SLOW_SPEED)
    .sort((one, other) => one.speed - other.speed);
  return slow.slice(0, Math.ceil(slow.length / 2)).map(({ client }) => client);
}

/**
 * Bytes still in the kernel's queue. Node exposes this only internally (its own timeout of a socket goes by it);
 * without it, a write counts once it has completed.
 */
function queuedOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
