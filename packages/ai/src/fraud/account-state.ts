/**
 * What is remembered of each account: a fixed number of integers, whatever happens, so memory is O(1) an account. It is
 * a function of the ledger's feed alone, so reading the feed again makes the same state.
 *
 * Time has steps of ten minutes. An account keeps the last 6 steps one by one and the last 24 hours hour by hour, each
 * with a count and a sum; a bucket that comes round again is emptied first. Payees are known by 16 bits of their pair's
 * hash in a filter of 256 bits an account: it never forgets one, and takes a new one for known once in a while (0.9 %
 * with 16 payees).
 */
import { Buckets } from './buckets.ts';
import { mix, Slots } from './slots.ts';

export const STEP_SECONDS = 600;
const STEPS = 6;
const HOURS = 24;
const FILTER_WORDS = 8;

/** Amounts above are counted as this much, so that sums stay exact integers in 64-bit floats. */
export const AMOUNT_MAX: number = 2 ** 40;

/** Whole windows of one account. */
export interface Window {
  count10m: number;
  count1h: number;
  sum1h: number;
  count24h: number;
  sum24h: number;
}

export class AccountState {
  readonly slots: Slots = new Slots();
  /** Seconds since the epoch: creation, and the last payment; 0: none yet. */
  opened!: Float64Array;
  paid!: Float64Array;
  /** Payments made and received since the beginning, and what the ledger has of it now. */
  payments!: Float64Array;
  received!: Float64Array;
  balance!: Float64Array;
  /** Sums over all payments: amounts, and logarithms of amounts in 256ths of a bit with their squares. */
  amounts!: Float64Array;
  logs!: Float64Array;
  logSquares!: Float64Array;
  readonly #stepCounts = new Buckets(STEPS, (size) => new Uint32Array(size));
  readonly #stepSums = new Buckets(STEPS, (size) => new Float64Array(size));
  readonly #hourCounts = new Buckets(HOURS, (size) => new Uint32Array(size));
  readonly #hourSums = new Buckets(HOURS, (size) => new Float64Array(size));
  readonly #inCounts = new Buckets(HOURS, (size) => new Uint32Array(size));
  readonly #payerCounts = new Buckets(HOURS, (size) => new Uint32Array(size));
  #payees!: Uint32Array;
  #capacity = 0;

  constructor() {
    this.#grow();
  }

  /** The account whose id is at word `at`; a new one gets its place. */
  slotOf(words: Uint32Array, at: number): number {
    const slot = this.slots.add(words, at);
    if (this.slots.capacity > this.#capacity) this.#grow();
    return slot;
  }

  /** A payment that the feed tells of; the feed's times only grow. */
  pay(payer: number, payee: number, amount: number, seconds: number): void {
    const size = Math.min(amount, AMOUNT_MAX);
    const log = log256(size);
    const isNew = !this.knows(payer, payee);
    const step = stepOf(seconds);
    const hour = hourOf(seconds);
    this.#stepCounts.add(payer, step, 1);
    this.#stepSums.add(payer, step, size);
    this.#hourCounts.add(payer, hour, 1);
    this.#hourSums.add(payer, hour, size);
    this.#inCounts.add(payee, hour, 1);
    if (isNew) this.#payerCounts.add(payee, hour, 1);
    add(this.payments, payer, 1);
    add(this.received, payee, 1);
    add(this.amounts, payer, size);
    add(this.logs, payer, log);
    add(this.logSquares, payer, log * log);
    this.paid[payer] = seconds;
    this.#know(payer, payee);
  }

  /** A payment that was denied: it counts, and says nothing of the payer's habits. */
  attempt(payer: number, seconds: number): void {
    this.#stepCounts.add(payer, stepOf(seconds), 1);
    this.#hourCounts.add(payer, hourOf(seconds), 1);
  }

  /** Whether the payer has paid the payee before. */
  knows(payer: number, payee: number): boolean {
    const hash = pairOf(payer, payee);
    const at = FILTER_WORDS * payer;
    return bitAt(this.#payees, at, hash & 255) && bitAt(this.#payees, at, (hash >>> 8) & 255);
  }

  /** What the payer paid in the windows that end now. Looking changes nothing. */
  window(payer: number, seconds: number, into: Window): void {
    const step = stepOf(seconds);
    const hour = hourOf(seconds);
    into.count10m = this.#stepCounts.at(payer, step);
    into.count1h = this.#stepCounts.total(payer, step);
    into.sum1h = this.#stepSums.total(payer, step);
    into.count24h = this.#hourCounts.total(payer, hour);
    into.sum24h = this.#hourSums.total(payer, hour);
  }

  /** Payments that the payee got in 24 hours. */
  incoming(payee: number, seconds: number): number {
    return this.#inCounts.total(payee, hourOf(seconds));
  }

  /** Those of them that came from a payer which paid it for the first time. */
  newPayers(payee: number, seconds: number): number {
    return this.#payerCounts.total(payee, hourOf(seconds));
  }

  #know(payer: number, payee: number): void {
    const hash = pairOf(payer, payee);
    this.#mark(payer, hash & 255);
    this.#mark(payer, (hash >>> 8) & 255);
  }

  #mark(payer: number, bit: number): void {
    const word = FILTER_WORDS * payer + (bit >>> 5);
    this.#payees[word] = this.#payees[word]! | (1 << (bit & 31));
  }

  get #windows(): readonly Buckets[] {
    return [this.#stepCounts, this.#stepSums, this.#hourCounts, this.#hourSums, this.#inCounts, this.#payerCounts];
  }

  /** Arrays as large as the slots' table. */
  #grow(): void {
    const capacity = this.slots.capacity;
    this.#capacity = capacity;
    const floats = (old: Float64Array | undefined): Float64Array => {
      const grown = new Float64Array(capacity);
      if (old !== undefined) grown.set(old);
      return grown;
    };
    this.opened = floats(this.opened);
    this.paid = floats(this.paid);
    this.payments = floats(this.payments);
    this.received = floats(this.received);
    this.balance = floats(this.balance);
    this.amounts = floats(this.amounts);
    this.logs = floats(this.logs);
    this.logSquares = floats(this.logSquares);
    const payees = new Uint32Array(FILTER_WORDS * capacity);
    if (this.#payees !== undefined) payees.set(this.#payees);
    this.#payees = payees;
    for (const buckets of this.#windows) buckets.grow(capacity);
  }

  /** Everything as text, to compare two states. */
  digest(): string {
    const parts = [
      this.opened,
      this.paid,
      this.payments,
      this.received,
      this.balance,
      this.amounts,
      this.logs,
      this.logSquares,
      this.#payees,
    ];
    let hash = this.slots.count;
    const words = [...parts.map(({ buffer }) => new Uint32Array(buffer)), ...this.#windows.flatMap((one) => one.words)];
    for (const part of words) for (const word of part) hash = mix(Math.imul(hash, 31) + word);
    return hash.toString(16).padStart(8, '0');
  }
}

const stepOf = (seconds: number): number => Math.floor(seconds / STEP_SECONDS);
const hourOf = (seconds: number): number => Math.floor(seconds / 3600);
const pairOf = (payer: number, payee: number): number => mix(Math.imul(payer, 0x9e3779b1) ^ mix(payee + 1));
const bitAt = (words: Uint32Array, at: number, bit: number): boolean =>
  ((words[at + (bit >>> 5)]! >>> (bit & 31)) & 1) === 1;

function add(numbers: Float64Array, at: number, more: number): void {
  numbers[at] = numbers[at]! + more;
}

const bits = new Float64Array(1);
const halves = new Uint32Array(bits.buffer);
/** Which half of a number of 64 bits has the exponent. */
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
/** What the exponent of 1 looks like in 256ths. */
const ONE = 1023 * 256;

/**
 * log2(1 + amount) in 256ths, straight between powers of two: the exponent of a double and the first 8 bits behind it,
 * the same integer on every machine.
 */
export function log256(amount: number): number {
  bits[0] = amount + 1;
  return (halves[HIGH]! >>> 12) - ONE;
}
