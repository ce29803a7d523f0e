/** A place in the ring that several agents have all passed. */
import { assert } from '../base/index.ts';
import { ahead } from './ring.ts';

export class Barrier {
  readonly #words: Int32Array;
  readonly #places: readonly number[];

  /** `places`: words in which agents publish the position behind the last request that they have done. */
  constructor(words: Int32Array, places: readonly number[]) {
    assert(places.length > 0, 'somebody stands at a barrier');
    this.#words = words;
    this.#places = places;
  }

  /** The ring position up to which all of them are done. */
  get passed(): number {
    let least = Atomics.load(this.#words, this.#places[0]!);
    for (let index = 1; index < this.#places.length; index++) {
      const position = Atomics.load(this.#words, this.#places[index]!);
      if (ahead(position, least) > 0) least = position;
    }
    return least;
  }
}
