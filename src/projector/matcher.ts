/** Compares rows with what is searched: all words, after the hashes have narrowed. */
import { AccountFilterFlags } from '../model/index.ts';
import type { TransferSearch } from './filters.ts';

const TIMESTAMP_WORD = 30;

export class Matcher {
  readonly #search: TransferSearch;
  readonly #account: Uint32Array;
  readonly #window: Uint32Array;

  constructor(search: TransferSearch) {
    this.#search = search;
    const { account, window } = search;
    const low = BigInt.asUintN(64, account);
    this.#account = new Uint32Array(BigUint64Array.of(low, account >> 64n).buffer);
    this.#window = new Uint32Array(BigUint64Array.of(window.min, window.max).buffer);
  }

  fits(words: Uint32Array, row: number): boolean {
    for (const { word, mask, value } of this.#search.tests)
      if ((words[row + word]! & mask) >>> 0 !== value) return false;
    if (this.#search.account !== 0n && this.side(words, row) < 0) return false;
    const low = words[row + TIMESTAMP_WORD]!;
    const high = words[row + TIMESTAMP_WORD + 1]!;
    const window = this.#window;
    if (high < window[1]! || (high === window[1]! && low < window[0]!)) return false;
    return high < window[3]! || (high === window[3]! && low <= window[2]!);
  }

  /** 0: our account is debited, 1: credited, -1: neither, or not a side that was asked for. */
  side(words: Uint32Array, row: number): number {
    const { sides } = this.#search;
    if ((sides & AccountFilterFlags.debits) !== 0 && this.#isAccount(words, row + 4)) return 0;
    if ((sides & AccountFilterFlags.credits) !== 0 && this.#isAccount(words, row + 8)) return 1;
    return -1;
  }

  #isAccount(words: Uint32Array, at: number): boolean {
    const account = this.#account;
    return (
      words[at] === account[0] &&
      words[at + 1] === account[1] &&
      words[at + 2] === account[2] &&
      words[at + 3] === account[3]
    );
  }
}
