/** Cuts a stream of bytes into frames of a 4-byte big-endian length and a body. Holds at most one frame and what came with it. */
import { TallystickError } from '../model/index.ts';

export class Frames {
  readonly #sizeMax: number;
  #held: Buffer = Buffer.alloc(0);

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Bytes of a frame that has begun and is not whole. */
  get pending(): number {
    return this.#held.length;
  }

  /** The whole frames' bodies, in order; valid until the next call. Throws `frame_invalid` for one that is empty or too long. */
  *push(chunk: Buffer): Generator<Buffer, void> {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = bytes;
    while (bytes.length >= 4) {
      const size = bytes.readUInt32BE(0);
      if (size === 0 || size > this.#sizeMax) {
        throw new TallystickError(
          'frame_invalid',
          `a frame says it has ${size} bytes; 1 to ${this.#sizeMax} are allowed`,
        );
      }
      if (bytes.length < 4 + size) break;
      const body = bytes.subarray(4, 4 + size);
      bytes = bytes.subarray(4 + size);
      this.#held = bytes;
      yield body;
    }
  }
}
