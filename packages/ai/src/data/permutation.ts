/**
 * A permutation of 0 to n - 1 as a function of (seed, epoch, place): four rounds of a Feistel network over the smallest
 * even number of bits that holds n, walked until the number is below n. It needs no memory and no order of asking, so
 * the order of an epoch is the same for any number of workers and shards.
 */
import { mix } from '../fraud/slots.ts';

const ROUNDS = 4;

export class Permutation {
  readonly #count: number;
  readonly #half: number;
  readonly #mask: number;
  readonly #keys: Uint32Array;

  constructor(count: number, seed: number, epoch: number) {
    this.#count = count;
    this.#half = Math.max(1, Math.ceil(Math.ceil(Math.log2(Math.max(count, 2))) / 2));
    this.#mask = 2 ** this.#half - 1;
    const start = mix(seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32) + 0x51ed2701) ^ mix(epoch + 0x2545f491);
    this.#keys = Uint32Array.from({ length: ROUNDS }, (_, round) => mix(start + Math.imul(round + 1, 0x9e3779b9)));
  }

  /** The number at a place. Walks at most four steps on average. */
  at(place: number): number {
    let found = this.#step(place);
    while (found >= this.#count) found = this.#step(found);
    return found;
  }

  #step(place: number): number {
    let left = Math.floor(place / 2 ** this.#half);
    let right = place % 2 ** this.#half;
    for (const key of this.#keys) [left, right] = [right, (left ^ (mix(right ^ key) & this.#mask)) >>> 0];
    return left * 2 ** this.#half + right;
  }
}
