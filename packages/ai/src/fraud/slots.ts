/**
 * Numbers accounts from 0 in the order in which they are first seen: an open-addressed table of 128-bit ids in typed
 * arrays, 24 bytes an account at most half full. Ids are read where they lie, as four words, so a row of a batch makes
 * no bigint.
 */
import { assert } from 'tallystick/internal';

const WORDS = 4;
const EMPTY = -1;

export class Slots {
  #table: Int32Array;
  #ids: Uint32Array;
  #count = 0;

  constructor(capacity = 1024) {
    assert((capacity & (capacity - 1)) === 0, 'a capacity is a power of two');
    this.#table = new Int32Array(2 * capacity).fill(EMPTY);
    this.#ids = new Uint32Array(WORDS * capacity);
  }

  /** Accounts that were seen. */
  get count(): number {
    return this.#count;
  }

  /** Accounts for which there is room; doubles when a new one finds none. */
  get capacity(): number {
    return this.#ids.length / WORDS;
  }

  /** The number of the account whose id is at word `at`; -1 for one that was never seen. */
  find(words: Uint32Array, at: number): number {
    return this.#table[this.#place(words, at)]!;
  }

  /** The same, and a new account gets the next number. */
  add(words: Uint32Array, at: number): number {
    const place = this.#place(words, at);
    const found = this.#table[place]!;
    if (found !== EMPTY) return found;
    if (this.#count === this.capacity) {
      this.#grow();
      return this.add(words, at);
    }
    const slot = this.#count;
    this.#ids.set(words.subarray(at, at + WORDS), WORDS * slot);
    this.#table[place] = slot;
    this.#count += 1;
    return slot;
  }

  #place(words: Uint32Array, at: number): number {
    const mask = this.#table.length - 1;
    for (let place = hashOf(words, at) & mask; ; place = (place + 1) & mask) {
      const slot = this.#table[place]!;
      if (slot === EMPTY || this.#equals(slot, words, at)) return place;
    }
  }

  #equals(slot: number, words: Uint32Array, at: number): boolean {
    const ids = this.#ids;
    const own = WORDS * slot;
    return (
      ids[own] === words[at] &&
      ids[own + 1] === words[at + 1] &&
      ids[own + 2] === words[at + 2] &&
      ids[own + 3] === words[at + 3]
    );
  }

  #grow(): void {
    const ids = new Uint32Array(2 * this.#ids.length);
    ids.set(this.#ids);
    this.#ids = ids;
    this.#table = new Int32Array(2 * this.#table.length).fill(EMPTY);
    for (let slot = 0; slot < this.#count; slot++) this.#table[this.#place(ids, WORDS * slot)] = slot;
  }
}

/** Mixes the four words of an id, as MurmurHash3 does. */
export function hashOf(words: Uint32Array, at: number): number {
  let hash = 0;
  for (let word = at; word < at + WORDS; word++) {
    let mixed = Math.imul(words[word]!, 0xcc9e2d51);
    mixed = (mixed << 15) | (mixed >>> 17);
    hash ^= Math.imul(mixed, 0x1b873593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  return mix(hash);
}

/** Spreads every bit of a word over the others. */
export function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
