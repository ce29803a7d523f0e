/** How long a client has taken nothing of what stands in its socket for it. */
import type { Socket } from 'node:net';

export class Stall {
  readonly #socket: Socket;
  #completed = 0;
  #queued = 0;
  #since: number = performance.now();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Milliseconds without a byte taken, up to `now`; to be asked every now and then, as it goes by what has changed since it was asked before. */
  lasts(now: number): number {
    const { bytesWritten, writableLength } = this.#socket;
    // A large write completes as a whole; in between only the system's queue gets shorter.
    const completed = bytesWritten - writableLength;
    const queued = queuedOf(this.#socket);
    if (writableLength === 0 || completed > this.#completed || queued < this.#queued) this.#since = now;
    this.#completed = completed;
    this.#queued = queued;
    return now - this.#since;
  }
}

/** Bytes that the system has not taken yet. Node tells only itself (its own timeout of a socket goes by it): where it is not there any more, a write is taken when it is complete. */
function queuedOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
