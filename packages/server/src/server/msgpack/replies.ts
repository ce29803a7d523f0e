/**
 * Replies on their way to a socket: written one behind the other into one buffer, which goes out as one piece when the
 * turn ends: a write for each would cost more than the replies. The buffer is used again as soon as the kernel has all
 * of it.
 */
import type { Socket } from 'node:net';

const BUFFER_SIZE = 16 * 1024;
const BUFFER_SIZE_MAX = 64 * 1024;

export class Replies {
  readonly #socket: Socket;
  readonly #writeTimeoutMs: number;
  readonly #flushed: () => void;
  #stalled: NodeJS.Timeout | undefined;
  #buffer: Buffer | undefined;
  #start = 0;
  #end = 0;
  /** Full buffers, which go before the open one. */
  #full: Buffer[] = [];
  #fullBytes = 0;
  #scheduled = false;

  /**
   * `flushed` is called when a turn's replies were handed to the socket. A client that takes nothing for
   * `writeTimeoutMs` is cut off.
   */
  constructor(socket: Socket, writeTimeoutMs: number, flushed: () => void) {
    this.#socket = socket;
    this.#writeTimeoutMs = writeTimeoutMs;
    this.#flushed = flushed;
  }

  /** Bytes that the client has not been sent yet. */
  get standing(): number {
    return this.#fullBytes + this.#end - this.#start + this.#socket.writableLength;
  }

  /** Whether everything was handed to the socket. */
  get empty(): boolean {
    return this.#full.length === 0 && this.#end === this.#start;
  }

  /**
   * Adds what `write` writes into at most `room` bytes from `at`; it returns where it ended, or -1 when it would rather
   * not. False then.
   */
  add(room: number, write: (to: Buffer, at: number) => number): boolean {
    if (this.#socket.destroyed) return true;
    const large = room > BUFFER_SIZE_MAX;
    const to = large ? Buffer.allocUnsafeSlow(room) : this.#room(room);
    const at = large ? 0 : this.#end;
    const end = write(to, at);
    if (end < 0) return false;
    if (!large) this.#end = end;
    // Gives back the room that was too much.
    else this.#put(end < room / 2 ? Buffer.from(to.subarray(0, end)) : to.subarray(0, end));
    if (this.#scheduled) return true;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
    return true;
  }

  #room(size: number): Buffer {
    if (this.#buffer !== undefined && this.#buffer.length - this.#end >= size) return this.#buffer;
    const grown = this.#buffer === undefined ? BUFFER_SIZE : Math.min(this.#buffer.length * 2, BUFFER_SIZE_MAX);
    this.#close();
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(grown, size));
    return this.#buffer;
  }

  /** Queues the buffer's bytes next, and begins another buffer. */
  #close(): void {
    if (this.#buffer !== undefined && this.#end > this.#start) {
      const bytes = this.#buffer.subarray(this.#start, this.#end);
      this.#full.push(bytes);
      this.#fullBytes += bytes.length;
    }
    this.#buffer = undefined;
    this.#start = 0;
    this.#end = 0;
  }

  #put(bytes: Buffer): void {
    this.#close();
    this.#full.push(bytes);
    this.#fullBytes += bytes.length;
  }

  flush(): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) {
      this.#buffer = undefined;
      this.#full = [];
      return;
    }
    const several = this.#full.length > 0;
    if (several) {
      socket.cork();
      for (const bytes of this.#full) socket.write(bytes, this.#taken);
      this.#full = [];
      this.#fullBytes = 0;
    }
    if (this.#buffer !== undefined && this.#end > this.#start)
      socket.write(this.#buffer.subarray(this.#start, this.#end), this.#taken);
    if (several) socket.uncork();
    this.#start = this.#end;
    if (socket.writableLength === 0) {
      this.#start = 0;
      this.#end = 0;
    }
    if (socket.writableLength > 0) this.#watch();
    this.#flushed();
  }

  #watch(): void {
    this.#stalled ??= setTimeout(() => this.#socket.destroy(), this.#writeTimeoutMs).unref();
  }

  /** The kernel has taken something: the client lives. */
  readonly #taken = (): void => {
    if (this.#stalled === undefined || this.#socket.writableEnded) return;
    this.close();
    if (this.#socket.writableLength > 0) this.#watch();
  };

  /** Nothing more will be said; who does not take the rest, or does not leave, is cut off. */
  end(): void {
    this.#socket.end();
    this.#watch();
  }

  /** Nobody is waited for any more. */
  close(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
  }
}
