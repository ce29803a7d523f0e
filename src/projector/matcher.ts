/** Compares rows with what is searched: all words, after the hashes have narrowed. */
import { AccountFilterFlags, TransferOffset, U128_MAX } from '../model/index.ts';
import type { TransferSearch } from './filters.ts';

const DEBIT_WORD = TransferOffset.debit_account_id / 4;
const CREDIT_WORD = TransferOffset.credit_account_id / 4;
const AMOUNT_WORD = TransferOffset.amount / 4;
const TIMESTAMP_WORD = 30;

export class Matcher {
  readonly #search: TransferSearch;
  readonly #account: Uint32Array;
  readonly #window: Uint32Array;
  readonly #counterparty: Uint32Array | undefined;
  /** Smallest and largest amount, where they are bounds. */
  readonly #amountMin: Uint32Array | undefined;
  readonly #amountMax: Uint32Array | undefined;

  constructor(search: TransferSearch) {
    this.#search = search;
    const { account, window, more } = search;
    this.#account = wordsOf(account);
    if (more !== undefined) {
      const { counterparty, amountMin, amountMax } = more;
      if (counterparty !== 0n) this.#counterparty = wordsOf(counterparty);
      if (amountMin !== 0n) this.#amountMin = wordsOf(amountMin);
      if (amountMax !== U128_MAX) this.#amountMax = wordsOf(amountMax);
    }
    this.#window = new Uint32Array(BigUint64Array.of(window.min, window.max).buffer);
  }

  fits(words: Uint32Array, row: number): boolean {
    for (const { word, mask, value } of this.#search.tests)
      if ((words[row + word]! & mask) >>> 0 !== value) return false;
    if (this.#search.account !== 0n && this.side(words, row) < 0) return false;
    if (this.#search.more !== undefined && !this.#fitsMore(words, row)) return false;
    const low = words[row + TIMESTAMP_WORD]!;
    const high = words[row + TIMESTAMP_WORD + 1]!;
    const window = this.#window;
    if (high < window[1]! || (high === window[1]! && low < window[0]!)) return false;
    return high < window[3]! || (high === window[3]! && low <= window[2]!);
  }

  /** 0: our account is debited, 1: credited, -1: neither, or not a side that was asked for. */
  side(words: Uint32Array, row: number): number {
    const { sides } = this.#search;
    if ((sides & AccountFilterFlags.debits) !== 0 && isId(words, row + DEBIT_WORD, this.#account)) return 0;
    if ((sides & AccountFilterFlags.credits) !== 0 && isId(words, row + CREDIT_WORD, this.#account)) return 1;
    return -1;
  }

  #fitsMore(words: Uint32Array, row: number): boolean {
    const amount = row + AMOUNT_WORD;
    if (this.#amountMin !== undefined && compare(words, amount, this.#amountMin) < 0) return false;
    if (this.#amountMax !== undefined && compare(words, amount, this.#amountMax) > 0) return false;
    if (this.#counterparty === undefined) return true;
    return isId(words, row + (this.side(words, row) === 0 ? CREDIT_WORD : DEBIT_WORD), this.#counterparty);
  }
}

function wordsOf(value: bigint): Uint32Array {
  return new Uint32Array(BigUint64Array.of(BigInt.asUintN(64, value), value >> 64n).buffer);
}

function isId(words: Uint32Array, at: number, id: Uint32Array): boolean {
  return words[at] === id[0] && words[at + 1] === id[1] && words[at + 2] === id[2] && words[at + 3] === id[3];
}

/** Below zero where the u128 at `at` is the smaller one. */
function compare(words: Uint32Array, at: number, value: Uint32Array): number {
  for (let word = 3; word >= 0; word--) {
    const difference = words[at + word]! - value[word]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
