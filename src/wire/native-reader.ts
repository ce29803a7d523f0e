/**
 * Frames out of what a socket delivers. A frame that came whole is not copied: its body stays where the socket put it.
 * One that came in parts is put together, and what is missing of a large one may be read straight to where it belongs.
 * Holds at most one frame that is not whole, and what came behind it.
 *
 *   bytes = …        reader.push(bytes), or reader.arrived(n) for reader.room()
 *   reader.next()    … until it is undefined
 *   reader.settle()  and the bytes may be written over
 */
import { CELL_SIZE, FrameOffset } from '../model/index.ts';
import { crc32 } from '../platform/index.ts';
import { BODY_CELLS_MAX, checkBody, checkHeader, type FrameBytes, invalidFrame, opAt } from './native.ts';
import { traceAt } from './native-trace.ts';
import { type Slab, Slabs } from './slabs.ts';

/** One frame that arrived whole and matches its checksums. */
export interface Frame {
  readonly operation: number;
  readonly request: number;
  readonly count: number;
  readonly size: number;
  readonly status: number;
  readonly lane: number;
  readonly timestamp: bigint;
  /** The last op that the server has vouched for, in a reply; in a request the last one that its client knew. */
  readonly op: number;
  /** Whether the reply is to be kept for when the client asks again: {@link Asking}. */
  readonly once: number;
  /** Requests of the session before that number were answered. */
  readonly answered: number;
  /** The body's. */
  readonly checksum: number;
  /** For how long the caller waits, milliseconds; 0: it does not say. */
  readonly timeoutMs: number;
  /** 1 in a request: a node that does not lead may answer. In a reply: how old it may be, milliseconds. */
  readonly staleness: number;
  /** The caller's span, as W3C writes it, where the reader looks for it. */
  readonly traceparent: string | undefined;
  /** 16 bytes, a copy only where it is not the same as the frame's before. */
  readonly session: Uint8Array;
  /** `size` bytes. */
  readonly body: Uint8Array;
  /** Where the body lies; to be released. Undefined: in what was pushed, until that is settled. */
  readonly slab: Slab | undefined;
}

const nothing = new Uint8Array(0);
/**
 * The missing part of a frame is read straight to its place if it is that large; a smaller one comes together with the
 * next frames.
 */
const ROOM_MIN = 64 * 1024;
/** Room for a frame is so many times what has come of it. */
const GROWTH = 4;
const GROWTH_MIN = 16 * 1024;

export class FrameReader {
  /** Cells of a body at most; a header that announces more is refused before they come. */
  cellsMax: number = BODY_CELLS_MAX;
  /** Whether anybody wants to know of callers' spans. */
  traces = false;
  readonly #slabs: Slabs;
  /** Not looked at yet. */
  #chunk: Uint8Array = nothing;
  /** The chunk is memory of the caller. */
  #borrowed = false;
  readonly #header: FrameBytes;
  #headerFilled = 0;
  /** Bytes of the body that the header announced; -1: the header is not whole. */
  #bodySize = -1;
  /** Room for its first bytes; undefined while there are none but in the chunk. */
  #body: Uint8Array | undefined;
  #bodySlab: Slab | undefined;
  #bodyFilled = 0;
  #session = new Uint8Array(16);

  constructor(slabs: Slabs = new Slabs()) {
    const bytes = new Uint8Array(CELL_SIZE);
    this.#header = { bytes, view: new DataView(bytes.buffer) };
    this.#slabs = slabs;
  }

  /** Bytes that are no whole frame yet, or were not asked for. */
  get unread(): number {
    return this.#headerFilled + this.#bodyFilled + this.#chunk.length;
  }

  /** More bytes; they may be looked at until {@link settle}. */
  push(chunk: Uint8Array): void {
    if (this.#chunk.length === 0) this.#chunk = chunk;
    else {
      const both = new Uint8Array(this.#chunk.length + chunk.length);
      both.set(this.#chunk);
      both.set(chunk, this.#chunk.length);
      this.#chunk = both;
    }
    this.#borrowed = true;
  }

  /** Where the rest of a frame is to be put, and nothing behind it; undefined: anywhere, to be pushed. */
  room(): Uint8Array | undefined {
    if (this.#body === undefined || this.#chunk.length > 0) return undefined;
    return this.#body.length - this.#bodyFilled >= ROOM_MIN ? this.#body.subarray(this.#bodyFilled) : undefined;
  }

  /** So many bytes were put there. */
  arrived(size: number): void {
    this.#bodyFilled += size;
  }

  /**
   * The next frame, undefined until it is whole. Throws `frame_invalid` or `version_mismatch`; nothing after that can
   * be trusted.
   */
  next(): Frame | undefined {
    if (this.#bodySize === -1 && !this.#takeHeader()) return undefined;
    const size = this.#bodySize;
    if (this.#body !== undefined) this.#fill();
    else if (this.#chunk.length >= size) this.#body = this.#take(size);
    if (this.#body === undefined || (this.#bodySlab !== undefined && this.#bodyFilled < size)) return undefined;
    const body = this.#body;
    const slab = this.#bodySlab;
    this.#headerFilled = 0;
    this.#bodySize = -1;
    this.#body = undefined;
    this.#bodySlab = undefined;
    this.#bodyFilled = 0;
    return this.#frame(body, slab);
  }

  /** The chunk that was pushed is the caller's again: the reader moves the rest of it to memory of its own. */
  settle(): void {
    if (!this.#borrowed) return;
    this.#borrowed = false;
    const size = this.#bodySize;
    if (this.#chunk.length === 0 || size === -1 || this.#chunk.length >= size) {
      // Whole frames that are not wanted now.
      if (this.#chunk.length > 0) this.#chunk = this.#chunk.slice();
      return;
    }
    this.#fill();
  }

  /** The reader is not needed any more, whatever it holds. */
  close(): void {
    if (this.#bodySlab !== undefined) this.#slabs.release(this.#bodySlab);
    this.#bodySlab = undefined;
    this.#body = undefined;
    this.#chunk = nothing;
  }

  #takeHeader(): boolean {
    const { bytes } = this.#header;
    const missing = CELL_SIZE - this.#headerFilled;
    if (this.#chunk.length < missing) {
      bytes.set(this.#chunk, this.#headerFilled);
      this.#headerFilled += this.#chunk.length;
      this.#chunk = nothing;
      return false;
    }
    bytes.set(this.#take(missing), this.#headerFilled);
    this.#headerFilled = CELL_SIZE;
    const cells = checkHeader(this.#header, 0);
    if (cells > this.cellsMax) throw invalidFrame(`a body of ${cells} cells where ${this.cellsMax} are allowed`);
    this.#bodySize = cells * CELL_SIZE;
    return true;
  }

  /** The next `size` bytes of the chunk, which are there. */
  #take(size: number): Uint8Array {
    const taken = this.#chunk.subarray(0, size);
    this.#chunk = size === this.#chunk.length ? nothing : this.#chunk.subarray(size);
    return taken;
  }

  /** Moves what the chunk has of the body to where the body is put together. */
  #fill(): void {
    const size = Math.min(this.#bodySize - this.#bodyFilled, this.#chunk.length);
    if (size === 0) return;
    const body = this.#grown(this.#bodyFilled + size);
    body.set(this.#take(size), this.#bodyFilled);
    this.#bodyFilled += size;
  }

  /**
   * A place for the body's first `size` bytes, and for all of it when some have come: who announces much gets nothing
   * for that.
   */
  #grown(size: number): Uint8Array {
    if (this.#body !== undefined && this.#body.length >= size) return this.#body;
    const room = Math.min(this.#bodySize, Math.max(GROWTH_MIN, GROWTH * size));
    const slab = this.#slabs.withRoom(room);
    const at = this.#slabs.claim(slab, room);
    const body = slab.cells.bytes.subarray(at, at + room);
    if (this.#body !== undefined) body.set(this.#body.subarray(0, this.#bodyFilled));
    if (this.#bodySlab !== undefined) this.#slabs.release(this.#bodySlab);
    this.#body = body;
    this.#bodySlab = slab;
    return body;
  }

  #frame(body: Uint8Array, slab: Slab | undefined): Frame {
    const { bytes, view } = this.#header;
    checkBody(view, 0, body.length === 0 ? 0 : crc32(body));
    const size = view.getUint32(FrameOffset.size, true);
    return {
      operation: view.getUint16(FrameOffset.operation, true),
      request: view.getUint32(FrameOffset.request, true),
      count: view.getUint32(FrameOffset.count, true),
      size,
      status: view.getUint32(FrameOffset.status, true),
      lane: view.getUint32(FrameOffset.lane, true),
      timestamp: view.getBigUint64(FrameOffset.timestamp, true),
      op: opAt(view, 0),
      once: view.getUint32(FrameOffset.once, true),
      answered: view.getUint32(FrameOffset.answeredBefore, true),
      checksum: view.getUint32(FrameOffset.checksumBody, true),
      timeoutMs: view.getUint32(FrameOffset.timeout, true),
      staleness: view.getUint32(FrameOffset.staleness, true),
      traceparent: this.traces ? traceAt(bytes, 0) : undefined,
      session: this.#sessionOf(bytes),
      body: size === body.length ? body : body.subarray(0, size),
      slab,
    };
  }

  #sessionOf(header: Uint8Array): Uint8Array {
    const session = this.#session;
    for (let i = 0; i < 16; i++) {
      if (session[i] !== header[FrameOffset.session + i]) {
        this.#session = header.slice(FrameOffset.session, FrameOffset.session + 16);
        break;
      }
    }
    return this.#session;
  }
}
