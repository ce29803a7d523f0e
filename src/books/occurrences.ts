/** How often a hash was seen: a table of a book's hashes in two arrays, where a map would keep a million objects. */
import { assert } from '../base/index.ts';

export class Occurrences {
  /** Places of hashes, from 1, by the lower bits of the hash; 0: free. At most half of it is used. */
  readonly #table: Uint32Array;
  readonly #low: BigUint64Array;
  readonly #high: BigUint64Array;
  readonly #counts: Uint32Array;
  #length = 0;

  constructor(max: number) {
    this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(1, max) * 2)));
    this.#low = new BigUint64Array(max);
    this.#high = new BigUint64Array(max);
    this.#counts = new Uint32Array(max);
  }

  /** How often before. */
  count(hash: bigint): number {
    const low = BigInt.asUintN(64, hash);
    const high = hash >> 64n;
    const mask = this.#table.length - 1;
    let at = Number(low & 0xffff_ffffn) & mask;
    for (let place = this.#table[at]!; place !== 0; place = this.#table[at]!) {
      if (this.#low[place - 1] === low && this.#high[place - 1] === high) {
        const before = this.#counts[place - 1]!;
        this.#counts[place - 1] = before + 1;
        return before;
      }
      at = (at + 1) & mask;
    }
    assert(this.#length < this.#counts.length, 'no more hashes than were announced');
    this.#low[this.#length] = low;
    this.#high[this.#length] = high;
    this.#counts[this.#length] = 1;
    this.#length += 1;
    this.#table[at] = this.#length;
    return 0;
  }
}
