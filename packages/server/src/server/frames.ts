/**
 * Cuts a stream of bytes into frames of a 4-byte big-endian length and a body. Holds at most one frame and what came
 * with it.
 */
import { TallystickError } from 'tallystick/internal/model';

const HEADER = 4;
/** Besides the largest frame. */
const ROOM_MORE = 64 * 1024;
const nothing = Buffer.alloc(0);

export class Frames {
  /** Bytes of a body, at most. */
  sizeMax: number;
  /** The body that {@link next} found lies here, from `start` to `end`; valid until the next `push`. */
  bytes: Buffer = nothing;
  start = 0;
  end = 0;
  /** How many of `bytes` have come. */
  #come = 0;
  /** Whether `bytes` were made here, and may be written to. */
  #own = false;

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  /** Bytes that were not taken as frames yet. */
  get pending(): number {
    return this.#come - this.end;
  }

  /**
   * Bytes that were not taken stay in front. Room doubles as bytes come, not as a header announces them, so bytes that
   * drip in are not copied again and again.
   */
  push(chunk: Buffer): void {
    const { pending } = this;
    if (pending > 0) {
      if (!this.#own || this.bytes.length - this.#come < chunk.length) this.#move(pending, pending + chunk.length);
      chunk.copy(this.bytes, this.#come);
      this.#come += chunk.length;
      return;
    }
    this.bytes = chunk;
    this.#own = false;
    this.#come = chunk.length;
    this.start = 0;
    this.end = 0;
  }

  #move(pending: number, needed: number): void {
    const fits = this.#own && this.bytes.length >= needed;
    const room = Math.max(needed, Math.min(needed * 2, this.sizeMax + ROOM_MORE));
    const to = fits ? this.bytes : Buffer.allocUnsafeSlow(room);
    this.bytes.copy(to, 0, this.end, this.#come);
    this.bytes = to;
    this.#own = true;
    this.#come = pending;
    this.start = 0;
    this.end = 0;
  }

  /** Finds the next whole frame; false: there is none yet. Throws `frame_invalid` for one that is empty or too long. */
  next(): boolean {
    const { bytes, end } = this;
    if (this.pending < HEADER) return this.#none();
    const size = bytes.readUInt32BE(end);
    if (size === 0 || size > this.sizeMax) {
      throw new TallystickError('frame_invalid', `a frame says it has ${size} bytes; 1 to ${this.sizeMax} are allowed`);
    }
    if (this.pending < HEADER + size) return false;
    this.start = end + HEADER;
    this.end = this.start + size;
    return true;
  }

  /** A chunk that was taken to its end is let go. */
  #none(): false {
    if (this.pending === 0) {
      this.bytes = nothing;
      this.end = 0;
      this.#come = 0;
      this.#own = false;
    }
    return false;
  }
}
