/** What becomes of the transfers that a search finds: rows of an answer, balances after each, or sums. */
import {
  AccountBalanceOffset,
  EntryKind,
  TallystickError,
  TRANSFER_SUM_SIZE,
  TransferFilterFlags,
  TransferFlags,
  TransferOffset,
  TransferSumOffset,
} from '../model/index.ts';
import type { Answer } from './answer.ts';
import type { TransferSearch } from './filters.ts';
import { Matcher } from './matcher.ts';
import type { Part } from './part.ts';
import type { PendingEnds } from './pending-ends.ts';
import type { Rows } from './rows.ts';
import type { Course, Sink } from './transfer-search.ts';
import { RECORD_UNITS } from './work.ts';

const ROW_WORDS = 32;
const FLAGS_WORD = TransferOffset.code / 4;
const AMOUNT_WORD = TransferOffset.amount / 4;
const TIMESTAMP_WORD = TransferOffset.timestamp / 4;

/** Rows as they are. */
export class RowSink implements Sink {
  readonly #answer: Answer;
  readonly #limit: number;

  constructor(answer: Answer, limit: number) {
    this.#answer = answer;
    this.#limit = limit;
  }

  get room(): number {
    return this.#limit - this.#answer.rows;
  }

  put(words: Uint32Array, word: number): void {
    this.#answer.put(words, word);
  }
}

/** The balances of the account after each. */
export class BalanceSink implements Sink {
  readonly #rows: Rows;
  readonly #course: Course;
  readonly #limit: number;
  readonly #matcher: Matcher;
  readonly #row = new Uint32Array(ROW_WORDS);
  readonly #rowBytes = new Uint8Array(this.#row.buffer);

  constructor(rows: Rows, search: TransferSearch, course: Course) {
    this.#rows = rows;
    this.#course = course;
    this.#limit = search.limit;
    this.#matcher = new Matcher(search);
  }

  get room(): number {
    return this.#limit - this.#course.answer.rows;
  }

  put(words: Uint32Array, word: number, part: Part, pos: number): void {
    const { events } = this.#rows;
    const record = events.at(part, pos);
    this.#course.work.spend(RECORD_UNITS);
    this.#row.fill(0);
    events.block.putBalances(record, this.#matcher.side(words, word), this.#rowBytes, 0);
    this.#row[AccountBalanceOffset.timestamp / 4] = words[word + TIMESTAMP_WORD]!;
    this.#row[AccountBalanceOffset.timestamp / 4 + 1] = words[word + TIMESTAMP_WORD + 1]!;
    this.#course.answer.put(this.#row, 0);
  }
}

/** A u128 that grows, in four words of 32 bits; each of them may hold more until it is carried. */
class Sum {
  readonly #words = new Float64Array(4);
  #added = 0;

  /** Throws `too_much_data` where it needs more than 128 bits. */
  add(words: Uint32Array, at: number): void {
    for (let word = 0; word < 4; word++) this.#words[word]! += words[at + word]!;
    // 2^20 words of 32 bits are below 2^53, so exact.
    if (++this.#added === 2 ** 20) this.#carry();
  }

  put(target: Uint32Array, at: number): void {
    this.#carry();
    for (let word = 0; word < 4; word++) target[at + word] = this.#words[word]!;
  }

  #carry(): void {
    this.#added = 0;
    let carried = 0;
    for (let word = 0; word < 4; word++) {
      const value = this.#words[word]! + carried;
      carried = Math.floor(value / 2 ** 32);
      this.#words[word] = value - carried * 2 ** 32;
    }
    if (carried > 0) throw new TallystickError('too_much_data', 'the sum needs more than 128 bits');
  }
}

/** Adds up what was posted and what was reserved, by the side that the account is on. */
export class SumSink implements Sink {
  readonly room: number = Number.POSITIVE_INFINITY;
  readonly #matcher: Matcher;
  readonly #isOfAccount: boolean;
  /** Posted and pending, of debits and then of credits, as in the record. */
  readonly #sums = [new Sum(), new Sum(), new Sum(), new Sum()] as const;
  #count = 0;
  readonly #first = new Uint32Array(2);
  readonly #last = new Uint32Array(2);

  /** `ofAccount`: amounts count on the side that the account is on, else on both. */
  constructor(search: TransferSearch, ofAccount: boolean) {
    this.#matcher = new Matcher(search);
    this.#isOfAccount = ofAccount;
  }

  put(words: Uint32Array, word: number): void {
    for (const half of [0, 1]) {
      const time = words[word + TIMESTAMP_WORD + half]!;
      if (this.#count === 0) this.#first[half] = time;
      this.#last[half] = time;
    }
    this.#count++;
    const flags = words[word + FLAGS_WORD]! >>> 16;
    if ((flags & TransferFlags.void_pending_transfer) !== 0) return;
    const pending = (flags & TransferFlags.pending) === 0 ? 0 : 1;
    const side = this.#isOfAccount ? this.#matcher.side(words, word) : undefined;
    if (side !== 1) this.#sums[pending]!.add(words, word + AMOUNT_WORD);
    if (side !== 0) this.#sums[2 + pending]!.add(words, word + AMOUNT_WORD);
  }

  /** Writes the record. `reversed`: what came first is the newest. */
  finish(answer: Answer, reversed: boolean): void {
    const at = answer.add(TRANSFER_SUM_SIZE);
    const words = answer.words.subarray(at / 4, at / 4 + ROW_WORDS);
    for (const [index, sum] of this.#sums.entries()) sum.put(words, index * 4);
    answer.view.setBigUint64(at + TransferSumOffset.count, BigInt(this.#count), true);
    words.set(reversed ? this.#last : this.#first, TransferSumOffset.timestamp_first / 4);
    words.set(reversed ? this.#first : this.#last, TransferSumOffset.timestamp_last / 4);
  }
}

/** Transfers whose state is not known yet; each costs more than a slice may have left. */
const UNSETTLED_MAX = 64;

/** Hands on the pending transfers that are in one of the states, as of the entries that the search looks at. */
export class StateSink implements Sink {
  readonly #behind: RowSink | SumSink;
  readonly #ends: PendingEnds;
  readonly #states: number;
  readonly #course: Omit<Course, 'answer'>;
  readonly #words = new Uint32Array(UNSETTLED_MAX * ROW_WORDS);
  readonly #entries: number[] = [];

  constructor(behind: RowSink | SumSink, ends: PendingEnds, states: number, course: Omit<Course, 'answer'>) {
    this.#behind = behind;
    this.#ends = ends;
    this.#states = states;
    this.#course = course;
  }

  get room(): number {
    return this.#behind.room <= 0 ? 0 : UNSETTLED_MAX - this.#entries.length;
  }

  put(words: Uint32Array, word: number, part: Part, pos: number): void {
    this.#words.set(words.subarray(word, word + ROW_WORDS), this.#entries.length * ROW_WORDS);
    this.#entries.push(part.firstEntry + pos);
  }

  *settle(): Generator<void, void> {
    const { work, entries } = this.#course;
    for (const [index, entry] of this.#entries.entries()) {
      if (this.#behind.room <= 0) break;
      const end = yield* this.#ends.of(entry, entries, work);
      if ((this.#states & flagOf(end?.kind)) !== 0) this.#behind.put(this.#words, index * ROW_WORDS);
      if (work.isOver) yield;
    }
    this.#entries.length = 0;
  }
}

function flagOf(ended: number | undefined): number {
  switch (ended) {
    case undefined:
      return TransferFilterFlags.open;
    case EntryKind.posted:
      return TransferFilterFlags.posted;
    case EntryKind.voided:
      return TransferFilterFlags.voided;
    default:
      return TransferFilterFlags.expired;
  }
}
