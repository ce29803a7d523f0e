/**
 * What is remembered of each account: a fixed number of integers, whatever happens, so memory is O(1) an account. It is
 * a function of the ledger's feed alone, so reading the feed again makes the same state.
 *
 * Time has steps of ten minutes. An account keeps the last 6 steps one by one and the last 24 hours hour by hour, each
 * with a count and a sum; a bucket that comes round again is emptied first. Payees are known by 16 bits of their pair's
 * hash in a filter of 256 bits an account: it never forgets one, and takes a new one for known once in a while (0.9 %
 * with 16 payees).
 */
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
  #stepCounts!: Uint32Array;
  #stepSums!: Float64Array;
  #hourCounts!: Uint32Array;
  #hourSums!: Float64Array;
  #inCounts!: Uint32Array;
  #payerCounts!: Uint32Array;
  #stepNow!: Int32Array;
  #inHourNow!: Int32Array;
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
    this.#turn(payer, seconds);
    this.#turnIn(payee, seconds);
    const step = stepOf(seconds);
    const hour = hourOf(seconds);
    add(this.#stepCounts, STEPS * payer + (step % STEPS), 1);
    add(this.#stepSums, STEPS * payer + (step % STEPS), size);
    add(this.#hourCounts, HOURS * payer + (hour % HOURS), 1);
    add(this.#hourSums, HOURS * payer + (hour % HOURS), size);
    add(this.#inCounts, HOURS * payee + (hour % HOURS), 1);
    if (isNew) add(this.#payerCounts, HOURS * payee + (hour % HOURS), 1);
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
    this.#turn(payer, seconds);
    add(this.#stepCounts, STEPS * payer + (stepOf(seconds) % STEPS), 1);
    add(this.#hourCounts, HOURS * payer + (hourOf(seconds) % HOURS), 1);
  }

  /** Whether the payer has paid the payee before. */
  knows(payer: number, payee: number): boolean {
    const hash = pairOf(payer, payee);
    const at = FILTER_WORDS * payer;
    return bitAt(this.#payees, at, hash & 255) && bitAt(this.#payees, at, (hash >>> 8) & 255);
  }

  /** What the payer paid in the windows that end now. Looking changes nothing. */
  window(payer: number, seconds: number, into: Window): void {
    const last = this.#stepNow[payer]!;
    const step = Math.max(stepOf(seconds), last);
    const lastHour = Math.floor(last / STEPS);
    const hour = Math.floor(step / STEPS);
    into.count10m = step === last ? this.#stepCounts[STEPS * payer + (step % STEPS)]! : 0;
    into.count1h = total(this.#stepCounts, STEPS * payer, STEPS, last, step);
    into.sum1h = total(this.#stepSums, STEPS * payer, STEPS, last, step);
    into.count24h = total(this.#hourCounts, HOURS * payer, HOURS, lastHour, hour);
    into.sum24h = total(this.#hourSums, HOURS * payer, HOURS, lastHour, hour);
  }

  /** Payments that the payee got in 24 hours. */
  incoming(payee: number, seconds: number): number {
    return this.#in(this.#inCounts, payee, seconds);
  }

  /** Those of them that came from a payer which paid it for the first time. */
  newPayers(payee: number, seconds: number): number {
    return this.#in(this.#payerCounts, payee, seconds);
  }

  #in(counts: Uint32Array, payee: number, seconds: number): number {
    const last = this.#inHourNow[payee]!;
    return total(counts, HOURS * payee, HOURS, last, Math.max(hourOf(seconds), last));
  }

  /** Empties the buckets that time has passed over since the account last paid. */
  #turn(slot: number, seconds: number): void {
    const step = stepOf(seconds);
    const last = this.#stepNow[slot]!;
    if (step <= last) return;
    clear(this.#stepCounts, STEPS * slot, STEPS, last, step);
    clear(this.#stepSums, STEPS * slot, STEPS, last, step);
    clear(this.#hourCounts, HOURS * slot, HOURS, Math.floor(last / STEPS), Math.floor(step / STEPS));
    clear(this.#hourSums, HOURS * slot, HOURS, Math.floor(last / STEPS), Math.floor(step / STEPS));
    this.#stepNow[slot] = step;
  }

  #turnIn(slot: number, seconds: number): void {
    const hour = hourOf(seconds);
    const last = this.#inHourNow[slot]!;
    if (hour <= last) return;
    clear(this.#inCounts, HOURS * slot, HOURS, last, hour);
    clear(this.#payerCounts, HOURS * slot, HOURS, last, hour);
    this.#inHourNow[slot] = hour;
  }

  #know(payer: number, payee: number): void {
    const hash = pairOf(payer, payee);
    for (const bit of [hash & 255, (hash >>> 8) & 255]) {
      const word = FILTER_WORDS * payer + (bit >>> 5);
      this.#payees[word] = this.#payees[word]! | (1 << (bit & 31));
    }
  }

  /** Arrays as large as the slots' table. */
  #grow(): void {
    const capacity = this.slots.capacity;
    this.#capacity = capacity;
    const floats = (old: Float64Array | undefined, each = 1): Float64Array => {
      const grown = new Float64Array(each * capacity);
      if (old !== undefined) grown.set(old);
      return grown;
    };
    const words = (old: Uint32Array | undefined, each: number): Uint32Array => {
      const grown = new Uint32Array(each * capacity);
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
    this.#stepCounts = words(this.#stepCounts, STEPS);
    this.#stepSums = floats(this.#stepSums, STEPS);
    this.#hourCounts = words(this.#hourCounts, HOURS);
    this.#hourSums = floats(this.#hourSums, HOURS);
    this.#inCounts = words(this.#inCounts, HOURS);
    this.#payerCounts = words(this.#payerCounts, HOURS);
    this.#payees = words(this.#payees, FILTER_WORDS);
    this.#stepNow = Int32Array.from({ length: capacity }, (_, slot) => this.#stepNow?.[slot] ?? 0);
    this.#inHourNow = Int32Array.from({ length: capacity }, (_, slot) => this.#inHourNow?.[slot] ?? 0);
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
      this.#stepCounts,
      this.#stepSums,
      this.#hourCounts,
      this.#hourSums,
      this.#inCounts,
      this.#payerCounts,
      this.#payees,
      this.#stepNow,
      this.#inHourNow,
    ];
    let hash = this.slots.count;
    for (const part of parts) {
      for (const word of new Uint32Array(part.buffer)) hash = mix(Math.imul(hash, 31) + word);
    }
    return hash.toString(16).padStart(8, '0');
  }
}

const stepOf = (seconds: number): number => Math.floor(seconds / STEP_SECONDS);
const hourOf = (seconds: number): number => Math.floor(seconds / 3600);
const pairOf = (payer: number, payee: number): number => mix(Math.imul(payer, 0x9e3779b1) ^ mix(payee + 1));
const bitAt = (words: Uint32Array, at: number, bit: number): boolean =>
  ((words[at + (bit >>> 5)]! >>> (bit & 31)) & 1) === 1;

type Numbers = Uint32Array | Float64Array;

function add(numbers: Numbers, at: number, more: number): void {
  numbers[at] = numbers[at]! + more;
}

/** The buckets of the `count` steps up to `now`; `last` is the newest that was written. */
function total(numbers: Numbers, at: number, count: number, last: number, now: number): number {
  let sum = 0;
  for (let step = Math.max(now - count, -1) + 1; step <= last; step++) sum += numbers[at + (step % count)]!;
  return sum;
}

/** Empties the buckets of all steps after `last`, up to `now`. */
function clear(numbers: Numbers, at: number, count: number, last: number, now: number): void {
  if (now - last >= count) numbers.fill(0, at, at + count);
  else for (let step = last + 1; step <= now; step++) numbers[at + (step % count)] = 0;
}

/** log2(1 + amount) in 256ths, straight between powers of two: the same integer on every machine. */
export function log256(amount: number): number {
  const whole = amount + 1;
  const power = whole < 2 ** 31 ? 31 - Math.clz32(whole) : 31 + (31 - Math.clz32(Math.floor(whole / 2 ** 31)));
  return 256 * power + Math.floor((whole / 2 ** power - 1) * 256);
}
