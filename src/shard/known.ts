/**
 * What never changes about accounts, by their ids as they lie in memory: an open hash table of words, since every
 * transfer that crosses looks up two accounts.
 *
 *   slot   0 to 3   the id, its lowest 32 bits first; zero: the slot is free
 *          4        the currency
 *          5        1 where the account's balance decides what it may do
 */
import { hashOfWords } from './map.ts';

const SLOT_WORDS = 6;
const LEDGER = 4;
const LIMITED = 5;
const SLOTS_MIN = 1024;

/** What never changes about an account. */
export interface Known {
  readonly ledger: number;
  /** Its balance decides what it may do. */
  readonly limited: boolean;
}

export class KnownAccounts {
  readonly #most: number;
  #words = new Uint32Array(SLOTS_MIN * SLOT_WORDS);
  #mask = SLOTS_MIN - 1;
  #count = 0;
  /** An id that came as a number. */
  readonly #id = new Uint32Array(4);

  /** When there are more than `most`, all are forgotten. */
  constructor(most: number) {
    this.#most = most;
  }

  get(account: bigint): Known | undefined {
    const slot = this.find(this.#wordsOf(account), 0);
    return slot < 0 ? undefined : { ledger: this.#words[slot + LEDGER]!, limited: this.#words[slot + LIMITED] === 1 };
  }

  set(account: bigint, { ledger, limited }: Known): void {
    if (account === 0n) return;
    const id = this.#wordsOf(account);
    if (this.find(id, 0) >= 0) return;
    if (this.#count >= this.#most) this.#resize(SLOTS_MIN);
    else if (this.#count * 2 > this.#mask) this.#grow();
    this.#put(id, 0, ledger, limited ? 1 : 0);
  }

  /** The account without limits whose id lies at word `at`, and its currency; 0: there may be none. */
  ledgerOfUnlimited(words: Uint32Array, at: number): number {
    const slot = this.find(words, at);
    return slot < 0 || this.#words[slot + LIMITED] === 1 ? 0 : this.#words[slot + LEDGER]!;
  }

  /** The first word of the slot with the id that lies at word `at`; -1: there is none. */
  find(ids: Uint32Array, at: number): number {
    const words = this.#words;
    for (let place = hashOfWords(ids, at) & this.#mask; ; place = (place + 1) & this.#mask) {
      const slot = place * SLOT_WORDS;
      if (isId(words, slot, ids, at)) return slot;
      if (isFree(words, slot)) return -1;
    }
  }

  #put(ids: Uint32Array, at: number, ledger: number, limited: number): void {
    const words = this.#words;
    let place = hashOfWords(ids, at) & this.#mask;
    while (!isFree(words, place * SLOT_WORDS)) place = (place + 1) & this.#mask;
    const slot = place * SLOT_WORDS;
    for (let word = 0; word < LEDGER; word++) words[slot + word] = ids[at + word]!;
    words[slot + LEDGER] = ledger;
    words[slot + LIMITED] = limited;
    this.#count++;
  }

  #grow(): void {
    const before = this.#words;
    this.#resize((this.#mask + 1) * 2);
    for (let slot = 0; slot < before.length; slot += SLOT_WORDS) {
      if (!isFree(before, slot)) this.#put(before, slot, before[slot + LEDGER]!, before[slot + LIMITED]!);
    }
  }

  #resize(slots: number): void {
    this.#words = new Uint32Array(slots * SLOT_WORDS);
    this.#mask = slots - 1;
    this.#count = 0;
  }

  #wordsOf(account: bigint): Uint32Array {
    for (let word = 0; word < 4; word++) this.#id[word] = Number((account >> BigInt(32 * word)) & 0xffff_ffffn);
    return this.#id;
  }
}

function isFree(words: Uint32Array, slot: number): boolean {
  return (words[slot]! | words[slot + 1]! | words[slot + 2]! | words[slot + 3]!) === 0;
}

function isId(words: Uint32Array, slot: number, ids: Uint32Array, at: number): boolean {
  return (
    words[slot] === ids[at] &&
    words[slot + 1] === ids[at + 1] &&
    words[slot + 2] === ids[at + 2] &&
    words[slot + 3] === ids[at + 3]
  );
}
