/**
 * Frames out of what a socket delivers, chunk by chunk. Nothing is copied together: a body stays in the pieces in which it came until it is copied to
 * where it belongs. Holds at most one frame and what came behind it.
 */
import { crc32 } from '../platform/index.ts';
import {
  BODY_CELLS_MAX,
  CELL_SIZE,
  checkBody,
  checkHeader,
  type FrameBytes,
  FrameOffset,
  invalidFrame,
} from './native.ts';

/** One frame that arrived whole and matches its checksums. */
export interface Frame {
  readonly operation: number;
  readonly request: number;
  readonly count: number;
  readonly size: number;
  readonly status: number;
  readonly lane: number;
  readonly timestamp: bigint;
  /** 16 bytes, a copy only where it is not the same as the frame's before. */
  readonly session: Uint8Array;
  /** The body's cells, in order; views of the chunks. */
  readonly body: readonly Uint8Array[];
}

const nothing: readonly Uint8Array[] = [];

export class FrameReader {
  /** Cells of a body at most; a header that announces more is refused before they come. */
  cellsMax: number = BODY_CELLS_MAX;
  #chunks: Uint8Array[] = [];
  /** Of the first chunk, what was read already. */
  #offset = 0;
  #unread = 0;
  readonly #header: FrameBytes;
  /** Cells of the body that the header announced; -1: the header is not read yet. */
  #cells = -1;
  #session = new Uint8Array(16);

  constructor() {
    const bytes = new Uint8Array(CELL_SIZE);
    this.#header = { bytes, view: new DataView(bytes.buffer) };
  }

  /** Bytes that are no whole frame yet, or were not asked for. */
  get unread(): number {
    return this.#unread + (this.#cells === -1 ? 0 : CELL_SIZE);
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#unread += chunk.length;
  }

  /** The next frame, undefined until it is whole. Throws `frame_invalid` or `version_mismatch`; nothing after that can be trusted. */
  next(): Frame | undefined {
    const { bytes, view } = this.#header;
    if (this.#cells === -1) {
      if (this.#unread < CELL_SIZE) return undefined;
      this.#takeHeader(bytes);
      const cells = checkHeader(this.#header, 0);
      if (cells > this.cellsMax) throw invalidFrame(`a body of ${cells} cells where ${this.cellsMax} are allowed`);
      this.#cells = cells;
    }
    if (this.#unread < this.#cells * CELL_SIZE) return undefined;
    const body = this.#cells === 0 ? nothing : this.#take(this.#cells * CELL_SIZE);
    this.#cells = -1;
    let checksum = 0;
    for (const piece of body) checksum = crc32(piece, checksum);
    checkBody(view, 0, checksum);
    return {
      operation: view.getUint16(FrameOffset.operation, true),
      request: view.getUint32(FrameOffset.request, true),
      count: view.getUint32(FrameOffset.count, true),
      size: view.getUint32(FrameOffset.size, true),
      status: view.getUint32(FrameOffset.status, true),
      lane: view.getUint32(FrameOffset.lane, true),
      timestamp: view.getBigUint64(FrameOffset.timestamp, true),
      session: this.#sessionOf(bytes),
      body,
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

  #takeHeader(target: Uint8Array): void {
    const first = this.#chunks[0]!;
    if (first.length - this.#offset >= CELL_SIZE) {
      const end = this.#offset + CELL_SIZE;
      target.set(first.subarray(this.#offset, end));
      this.#consume(first, CELL_SIZE);
      return;
    }
    let at = 0;
    for (const piece of this.#take(CELL_SIZE)) {
      target.set(piece, at);
      at += piece.length;
    }
  }

  /** The next `size` bytes, which are there, in pieces. */
  #take(size: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let left = size; left > 0; ) {
      const first = this.#chunks[0]!;
      const length = Math.min(left, first.length - this.#offset);
      pieces.push(first.subarray(this.#offset, this.#offset + length));
      this.#consume(first, length);
      left -= length;
    }
    return pieces;
  }

  #consume(first: Uint8Array, length: number): void {
    this.#unread -= length;
    this.#offset += length;
    if (this.#offset === first.length) {
      this.#chunks.shift();
      this.#offset = 0;
    }
  }
}

/** Copies a body's first `size` bytes to byte `at` of `target`. */
export function copyBody(body: readonly Uint8Array[], size: number, target: Uint8Array, at: number): void {
  let done = 0;
  for (const piece of body) {
    const length = Math.min(piece.length, size - done);
    target.set(length === piece.length ? piece : piece.subarray(0, length), at + done);
    done += length;
  }
}

/** A body's first `size` bytes in one piece. */
export function joinBody(body: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = body;
  if (body.length === 1) return only!.subarray(0, size);
  const joined = new Uint8Array(size);
  copyBody(body, size, joined, 0);
  return joined;
}
