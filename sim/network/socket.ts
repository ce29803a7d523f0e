/**
 * One end of a simulated connection: a stream with the manners of `net.Socket`. The kernel's part, its buffers and its
 * window, is played here, too.
 */
import type { OnReadOpts } from 'node:net';
import { Duplex } from 'node:stream';
import type { Receiver } from '../../packages/server/src/server/tcp/landing.ts';
import type { Connection } from './connection.ts';
import type { Life } from './scheduler.ts';
import type { Way } from './way.ts';

/** Bytes that one read of a socket takes at most. */
const READ_MAX = 65_536;
/** Where bytes land that are looked at until the call returns. */
const anywhere = new Uint8Array(READ_MAX);
/**
 * However little the network likes at once: what is long goes in about so many segments, and in so many windows. A
 * reply of a megabyte is cut often enough then.
 */
const SEGMENTS_MAX = 128;
const WINDOWS_MAX = 16;

interface Writing {
  readonly chunk: Uint8Array;
  readonly done: (error?: Error | null) => void;
}

export interface SocketOptions {
  readonly onread: OnReadOpts | undefined;
  readonly allowHalfOpen: boolean;
}

export class SimulatedSocket extends Duplex {
  readonly life: Life | undefined;
  connection: Connection<SimulatedSocket> | undefined;
  connecting = true;
  remoteAddress = '127.0.0.1';
  keepAliveMs: number | undefined;
  bytesRead = 0;
  #dispatched = 0;
  readonly #network: Way;
  #onread: OnReadOpts | undefined;
  /** Handed over by the program, and not wholly taken by the kernel. */
  #writing: Writing | undefined;
  #offset = 0;
  #finishing: (() => void) | undefined;
  /** Bytes that the kernel has and that the other program has not taken. */
  standing = 0;
  /** Received, and not taken by this program. */
  readonly #received: Uint8Array[] = [];
  #unread = 0;
  #wanted = false;
  /** A reader with memory of its own has paused. */
  #stopped = false;
  #delivering = false;
  #endReceived = false;
  #finSent = false;

  constructor(network: Way, life: Life | undefined, { onread, allowHalfOpen }: SocketOptions) {
    super({
      allowHalfOpen,
      emitClose: true,
      autoDestroy: true,
      readableHighWaterMark: 65_536,
      writableHighWaterMark: 16_384,
    });
    this.#network = network;
    this.life = life;
    this.#onread = onread;
    // A reader with memory of its own reads into it from the start.
    if (onread !== undefined) this.read(0);
  }

  // -------------------------------------------------------------------------------------------- as net.Socket has it

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(on: boolean, milliseconds = 0): this {
    this.keepAliveMs = on ? milliseconds : undefined;
    return this;
  }

  /** As a door reads its sockets: into memory that it names. */
  readInto(receiver: Receiver): this {
    this.#onread = {
      buffer: () => receiver.room() ?? anywhere,
      callback: (size, buffer) => {
        receiver.received(buffer.subarray(0, size), buffer !== anywhere);
        return true;
      },
    };
    return this.resume();
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  get bytesWritten(): number {
    return this.#dispatched + this.writableLength - (this.#writing === undefined ? 0 : this.#writing.chunk.length);
  }

  /** Node's internal handle, as far as the server looks at it: how much of a large write the kernel has not taken. */
  get _handle(): { readonly writeQueueSize: number } {
    return { writeQueueSize: this.#writing === undefined ? 0 : this.#writing.chunk.length - this.#offset };
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** The kernel says that it is over. */
  fail(code: 'ECONNRESET' | 'ECONNREFUSED' | 'ETIMEDOUT'): void {
    if (this.destroyed) return;
    this.connection?.closed(this, false);
    this.destroy(Object.assign(new Error(`${code} in the simulated network`), { code }));
  }

  // ------------------------------------------------------------------------------------------------------- the kernel

  connected(): void {
    if (this.destroyed) return;
    this.connecting = false;
    this.emit('connect');
    this.#send();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#dispatched += chunk.length;
    this.#writing = { chunk, done };
    this.#offset = 0;
    this.#send();
  }

  override _final(done: () => void): void {
    this.#finishing = done;
    this.#send();
  }

  /** The kernel copies what it has room for, and not before: until then the bytes are the program's. */
  #send(): void {
    const { connection } = this;
    if (connection === undefined || this.connecting) return;
    const { random, taste } = this.#network;
    while (this.#writing !== undefined) {
      const { chunk, done } = this.#writing;
      const room = Math.max(taste.window, Math.ceil(chunk.length / WINDOWS_MAX)) - this.standing;
      const segmentMax = Math.max(taste.segmentMax, Math.ceil((2 * chunk.length) / SEGMENTS_MAX));
      const size = Math.min(room, chunk.length - this.#offset, random.between(1, segmentMax));
      if (size <= 0 && chunk.length > this.#offset) return;
      const bytes = Uint8Array.prototype.slice.call(chunk, this.#offset, this.#offset + size);
      this.#offset += size;
      this.standing += size;
      connection.send(this, true, (to) => to.receive(bytes));
      if (this.#offset < chunk.length) continue;
      this.#writing = undefined;
      done();
    }
    if (this.#finishing === undefined || this.#finSent) return;
    this.#finSent = true;
    connection.send(this, false, (to) => to.receiveEnd());
    this.#finishing();
  }

  /** The other program has taken so many. */
  #taken(size: number): void {
    this.standing -= size;
    if (!this.destroyed) this.#send();
  }

  receive(bytes: Uint8Array): void {
    this.bytesRead += bytes.length;
    this.#received.push(bytes);
    this.#unread += bytes.length;
    this.#deliver();
  }

  receiveEnd(): void {
    this.#endReceived = true;
    this.#deliver();
  }

  override _read(): void {
    this.#wanted = true;
    this.#deliver();
  }

  #deliver(): void {
    // A reader that reads on in the middle of a read gets the rest behind it.
    if (this.#delivering) return;
    this.#delivering = true;
    while (this.#unread > 0 && !this.destroyed && (this.#onread === undefined ? this.#wanted : !this.#stopped)) {
      if (this.#onread === undefined) {
        this.#wanted = false;
        this.push(this.#next(READ_MAX));
      } else this.#hand(this.#onread);
    }
    this.#delivering = false;
    if (this.#endReceived && this.#unread === 0 && !this.destroyed) {
      this.#endReceived = false;
      this.push(null);
      if (this.#onread !== undefined) super.resume();
    }
  }

  #hand({ buffer, callback }: OnReadOpts): void {
    const room = typeof buffer === 'function' ? buffer() : buffer;
    const bytes = this.#next(room.length);
    room.set(bytes);
    callback(bytes.length, room);
  }

  /** Takes what there is, at most so many bytes, and says so to the other side. */
  #next(most: number): Uint8Array {
    const all = this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received);
    const bytes = all.subarray(0, most);
    this.#received.length = 0;
    if (bytes.length < all.length) this.#received.push(all.subarray(most));
    this.#unread -= bytes.length;
    const { length } = bytes;
    this.connection?.send(this, false, (to) => to.#taken(length));
    return bytes;
  }

  override pause(): this {
    this.#stopped = true;
    return super.pause();
  }

  override resume(): this {
    this.#stopped = false;
    super.resume();
    this.#deliver();
    return this;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { connection } = this;
    if (connection !== undefined) {
      // Bytes that nobody will read: the other side is told at once. Else what the kernel has is still sent.
      const reset = this.#unread > 0 || this.#writing !== undefined;
      if (!reset && !this.#finSent && error === null) {
        this.#finSent = true;
        connection.send(this, false, (to) => to.receiveEnd());
      }
      connection.closed(this, reset);
    }
    this.#writing = undefined;
    done(error);
  }
}
