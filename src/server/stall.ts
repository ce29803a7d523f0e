/** How long a client has taken nothing of what stands in its socket for it. */
import type { Socket } from 'node:net';

export class Stall {
  readonly #socket: Socket;
  #written = 0;
  #since: number = performance.now();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Milliseconds without a byte taken, up to `now`; to be asked every now and then, as it goes by what has changed since it was asked before. */
  lasts(now: number): number {
    const { bytesWritten, writableLength } = this.#socket;
    if (writableLength === 0 || bytesWritten !== this.#written) this.#since = now;
    this.#written = bytesWritten;
    return now - this.#since;
  }
}
