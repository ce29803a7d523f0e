/**
 * Replies on their way to a socket: written one behind the other into one buffer, handed to the socket together at the
 * end of the turn. The buffer is used again as soon as the kernel has all of it, and given up when nothing is left to
 * say.
 */

import type { Writable } from 'node:stream';
import { CELL_SIZE } from 'tallystick/internal/model';
import { type FrameBytes, type FrameHeader, frameSize, sealFrame } from 'tallystick/internal/wire';
import type { Served } from '../served.ts';

const BUFFER_SIZE = 16 * 1024;
const BUFFER_SIZE_MAX = 256 * 1024;

export class Outbox {
  readonly #socket: Writable;
  readonly #session: Uint8Array;
  readonly #served: Served;
  #buffer: FrameBytes | undefined;
  /** Bytes of the buffer before this were handed over; those up to `#end` are written. */
  #start = 0;
  #end = 0;
  /** Full buffers that go first. */
  #full: Uint8Array[] = [];
  #fullSize = 0;
  #scheduled = false;

  /** `session`: 16 bytes that stand in every frame; so does the op of what is `served`. */
  constructor(socket: Writable, session: Uint8Array, served: Served) {
    this.#socket = socket;
    this.#session = session;
    this.#served = served;
  }

  /** Bytes that are not sent yet. */
  get standing(): number {
    return this.#fullSize + this.#end - this.#start + this.#socket.writableLength;
  }

  /** Adds a frame whose body is the `size` bytes from byte `at` of `bytes`, unless the socket is at its end. */
  say(
    operation: number,
    request: number,
    count: number,
    status: number,
    bytes: Uint8Array,
    at = 0,
    size: number = bytes.length,
  ): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#add({ operation, request, count, size, status, lane: 0, timestamp: 0n, op: this.#served.op }, bytes, at);
  }

  /** Adds a frame with the first `header.size` bytes from byte `at` of `source` for a body. */
  #add(header: FrameHeader, source: Uint8Array, at: number): void {
    const buffer = this.#room(frameSize(header.size));
    // A view is dearer than a few bytes.
    const body = this.#end + CELL_SIZE;
    if (header.size <= 32) for (let i = 0; i < header.size; i++) buffer.bytes[body + i] = source[at + i]!;
    else buffer.bytes.set(source.subarray(at, at + header.size), body);
    this.#end += sealFrame(buffer, this.#end, header, this.#session);
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  #room(size: number): FrameBytes {
    if (this.#buffer !== undefined && this.#buffer.bytes.length - this.#end >= size) return this.#buffer;
    let next = BUFFER_SIZE;
    if (this.#buffer !== undefined) {
      if (this.#end > this.#start) {
        this.#full.push(this.#buffer.bytes.subarray(this.#start, this.#end));
        this.#fullSize += this.#end - this.#start;
      }
      next = Math.min(this.#buffer.bytes.length * 4, BUFFER_SIZE_MAX);
    }
    const bytes = new Uint8Array(Math.max(next, size));
    this.#buffer = { bytes, view: new DataView(bytes.buffer) };
    this.#start = 0;
    this.#end = 0;
    return this.#buffer;
  }

  /** Hands everything to the socket. */
  flush(): void {
    const socket = this.#socket;
    if (this.#buffer === undefined || socket.destroyed || socket.writableEnded) {
      this.#buffer = undefined;
      this.#full = [];
      this.#fullSize = 0;
      this.#start = this.#end;
      return;
    }
    const several = this.#full.length > 0;
    if (several) socket.cork();
    for (const bytes of this.#full) socket.write(bytes);
    if (this.#end > this.#start) socket.write(this.#buffer.bytes.subarray(this.#start, this.#end));
    if (several) {
      this.#full = [];
      this.#fullSize = 0;
      socket.uncork();
    }
    this.#start = this.#end;
    if (socket.writableLength === 0) {
      this.#start = 0;
      this.#end = 0;
    }
  }

  /** Gives up the buffer if the kernel has all of it. */
  trim(): void {
    if (this.#end === 0) this.#buffer = undefined;
  }
}
