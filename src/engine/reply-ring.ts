/**
 * A ring of replies in the shared memory: the machine claims places in order, and the egress gives them back in that
 * order by moving one word.
 */
import { ahead } from '../ring/index.ts';

export class ReplyRing {
  readonly #words: Int32Array;
  readonly #start: number;
  readonly #size: number;
  /** The control word with the position up to which replies have been read. */
  readonly #read: number;
  /** Where the next reply goes: an endless count of bytes, like positions of the ring of requests. */
  #position = 0;

  /** `start`: byte of the memory; `size`: bytes, a power of two. */
  constructor(words: Int32Array, start: number, size: number, read: number) {
    this.#words = words;
    this.#start = start;
    this.#size = size;
    this.#read = read;
  }

  /** Behind the last reply. */
  get position(): number {
    return this.#position;
  }

  /**
   * A contiguous place for up to `size` bytes, or -1 when what stands there has not been read. Skips the end of the
   * ring if need be.
   */
  claim(size: number): number {
    let index = this.#position & (this.#size - 1);
    if (index + size > this.#size) {
      this.#position = (this.#position + this.#size - index) | 0;
      index = 0;
    }
    const read = Atomics.load(this.#words, this.#read);
    return ahead(read, this.#position) + size <= this.#size ? this.#start + index : -1;
  }

  /** A reply of `size` bytes lies where the last {@link claim} said. */
  advance(size: number): void {
    this.#position = (this.#position + Math.ceil(size / 16) * 16) | 0;
  }
}
