/** Cuts a stream of bytes into frames of a 4-byte big-endian length and a body. Holds at most one frame and what came with it. */
import { TallystickError } from '../model/index.ts';

const HEADER = 4;
const nothing = Buffer.alloc(0);

export class Frames {
  readonly #sizeMax: number;
  /** The body that {@link next} found lies here, from `start` to `end`; valid until the next `push`. */
  bytes: Buffer = nothing;
  start = 0;
  end = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Bytes that were not taken as frames yet. */
  get pending(): number {
    return this.bytes.length - this.end;
  }

  /** What was not taken stays in front. */
  push(chunk: Buffer): void {
    this.bytes = this.pending === 0 ? chunk : Buffer.concat([this.bytes.subarray(this.end), chunk]);
    this.start = 0;
    this.end = 0;
  }

  /** Finds the next whole frame; false: there is none yet. Throws `frame_invalid` for one that is empty or too long. */
  next(): boolean {
    const { bytes, end } = this;
    if (bytes.length - end < HEADER) return this.#none();
    const size = bytes.readUInt32BE(end);
    if (size === 0 || size > this.#sizeMax) {
      throw new TallystickError(
        'frame_invalid',
        `a frame says it has ${size} bytes; 1 to ${this.#sizeMax} are allowed`,
      );
    }
    if (bytes.length - end < HEADER + size) return false;
    this.start = end + HEADER;
    this.end = this.start + size;
    return true;
  }

  /** A chunk that was taken to its end is let go. */
  #none(): false {
    if (this.pending === 0) {
      this.bytes = nothing;
      this.end = 0;
    }
    return false;
  }
}
