/**
 * Accounts as they were: by the newest entry that had changed them by then. Every entry has kept the balances of both
 * its accounts, so one entry is enough. It is the newest transfer of the account, which lists find, or an expiry behind
 * it, which no list has: expiries are looked through, and only where something was reserved or closed.
 */
import type { SharedMemory } from '../base/index.ts';
import {
  ACCOUNT_LOOKUP_SIZE,
  ACCOUNT_SIZE,
  AccountFilterFlags,
  AccountFlags,
  AccountLookupOffset,
  AccountOffset,
  Column,
  TIMESTAMP_MAX,
} from '../model/index.ts';
import type { Hash, TransferSearch } from './filters.ts';
import type { AccountReader } from './layout.ts';
import type { Part } from './part.ts';
import { NO_CELL } from './spans.ts';
import { entriesOf } from './transfer-filter.ts';
import { type Course, type Sink, type Source, searchTransfers } from './transfer-search.ts';
import { RECORD_UNITS, ROW_UNITS, type Work } from './work.ts';

const BALANCES_SIZE = 64;
const DEBIT_WORD = 4;
const CREDIT_WORD = 8;
const ROW_WORDS = 32;

/** What is asked of one account. */
interface Asked {
  readonly id: bigint;
  readonly until: bigint;
  readonly entries: number;
}

/** Balances and `closed` of the account after an entry. */
class State implements Sink {
  room = 1;
  entry = -1;
  closed = false;
  readonly balances = new Uint8Array(BALANCES_SIZE);
  readonly #source: Source;
  readonly #account: Uint32Array;

  constructor(source: Source, account: bigint) {
    this.#source = source;
    this.#account = new Uint32Array(BigUint64Array.of(BigInt.asUintN(64, account), account >> 64n).buffer);
  }

  put(words: Uint32Array, word: number, part: Part, pos: number): void {
    const side = this.sideIn(words, word);
    const { events } = this.#source.rows;
    const record = events.at(part, pos);
    events.block.putBalances(record, side, this.balances, 0);
    this.closed = side === 0 ? events.block.debitClosed(record) : events.block.creditClosed(record);
    this.entry = part.firstEntry + pos;
    this.room = 0;
  }

  /** 0: debited, 1: credited, -1: neither. */
  sideIn(words: Uint32Array, word: number): number {
    const is = (at: number): boolean => this.#account.every((value, index) => words[word + at + index] === value);
    return is(DEBIT_WORD) ? 0 : is(CREDIT_WORD) ? 1 : -1;
  }

  /** Whether an expiry can have changed anything. */
  get mayExpire(): boolean {
    const pending = (at: number): boolean => this.balances.subarray(at, at + 16).some((byte) => byte !== 0);
    return this.closed || pending(0) || pending(32);
  }
}

export class AccountsAt {
  readonly #memory: SharedMemory;
  readonly #source: Source;
  readonly #accounts: AccountReader;
  readonly #hash: Hash;

  constructor(memory: SharedMemory, source: Source, accounts: AccountReader, hash: Hash) {
    this.#memory = memory;
    this.#source = source;
    this.#accounts = accounts;
    this.#hash = hash;
  }

  /** Writes those that there were; what it yields between is a used-up slice. */
  *read(asked: Uint8Array, course: Course): Generator<void, void> {
    const view = new DataView(asked.buffer, asked.byteOffset, asked.byteLength);
    for (let at = 0; at < asked.length; at += ACCOUNT_LOOKUP_SIZE) {
      const low = view.getBigUint64(at + AccountLookupOffset.id, true);
      const high = view.getBigUint64(at + AccountLookupOffset.id + 8, true);
      const timestamp = view.getBigUint64(at + AccountLookupOffset.timestamp, true);
      const asOf = view.getBigUint64(at + AccountLookupOffset.as_of, true);
      yield* this.#one(low, high, course, {
        id: low | (high << 64n),
        until: timestamp === 0n || timestamp > TIMESTAMP_MAX ? TIMESTAMP_MAX : timestamp,
        entries: entriesOf(asOf, course.entries),
      });
      if (course.work.isOver) yield;
    }
  }

  *#one(low: bigint, high: bigint, course: Course, asked: Asked): Generator<void, void> {
    const { work, answer, entries } = course;
    work.spend(RECORD_UNITS);
    const row = this.#accounts.row(low, high);
    if (row === 0) return;
    const created = new DataView(this.#memory.buffer).getBigUint64(row + AccountOffset.timestamp, true);
    if (created > asked.until) return;
    const state = new State(this.#source, asked.id);
    yield* searchTransfers(this.#source, this.#newest(asked), state, { work, entries: asked.entries });
    if (state.entry >= 0 && state.mayExpire) yield* this.#expiry(state, asked, course);
    let { closed } = state;
    if (state.entry < 0 && this.#isClosed(row)) {
      // Without an entry by then it was as it was created, and one that has entries was not created closed.
      const later = new State(this.#source, asked.id);
      yield* searchTransfers(this.#source, this.#newest({ ...asked, until: TIMESTAMP_MAX }), later, { work, entries });
      closed = later.entry < 0;
    }
    this.#put(row, state, closed, answer.add(ACCOUNT_SIZE), course);
  }

  #isClosed(row: number): boolean {
    const flags = new DataView(this.#memory.buffer).getUint16(row + AccountOffset.flags, true);
    return (flags & AccountFlags.closed) !== 0;
  }

  #put(row: number, state: State, closed: boolean, to: number, { answer }: Course): void {
    answer.bytes.set(new Uint8Array(this.#memory.buffer, row, ACCOUNT_SIZE), to);
    answer.bytes.set(state.balances, to + AccountOffset.debits_pending);
    const flags = answer.view.getUint16(to + AccountOffset.flags, true) & ~AccountFlags.closed;
    answer.view.setUint16(to + AccountOffset.flags, flags | (closed ? AccountFlags.closed : 0), true);
  }

  #newest({ id, until }: Asked): TransferSearch {
    const hash = this.#hash(BigInt.asUintN(64, id), id >> 64n) >>> 0;
    return {
      window: { min: 1n, max: until },
      limit: 1,
      reversed: true,
      predicates: {
        any: [
          { column: Column.debitAccount, hash },
          { column: Column.creditAccount, hash },
        ],
        all: [],
      },
      account: id,
      sides: AccountFilterFlags.debits | AccountFilterFlags.credits,
      tests: [],
    };
  }

  /** The newest expiry behind `state.entry` that released something of the account, if there is one. */
  *#expiry(state: State, asked: Asked, { work }: Course): Generator<void, void> {
    const { parts } = this.#source;
    for (let end = asked.entries; end > state.entry + 1; ) {
      work.spend(1);
      if (work.isOver) yield;
      const { firstEntry, spans } = parts.of(end - 1);
      const span = spans.find(end - 1 - firstEntry);
      const first = firstEntry + spans.first(span);
      if (spans.cell(span, spans.first(span)) === NO_CELL && spans.timestamp(span) <= asked.until) {
        if (yield* this.#expiryIn(state, Math.max(first, state.entry + 1), end, asked.until, work)) return;
      }
      end = first;
    }
  }

  /** The same among expiries that follow one another, from entry `first` on, below `end`. */
  *#expiryIn(state: State, first: number, end: number, until: bigint, work: Work): Generator<void, boolean> {
    const { parts, rows } = this.#source;
    const words = new Uint32Array(ROW_WORDS);
    for (let entry = end - 1; entry >= first; entry--) {
      const part = parts.of(entry);
      const pos = entry - part.firstEntry;
      const span = part.spans.find(pos);
      work.spend(RECORD_UNITS);
      if (part.spans.timestamp(span) + BigInt(pos - part.spans.first(span)) > until) continue;
      work.spend(ROW_UNITS);
      rows.readOne(entry, parts.entries, words, 0);
      if (state.sideIn(words, 0) >= 0) {
        state.put(words, 0, part, pos);
        return true;
      }
      if (work.isOver) yield;
    }
    return false;
  }
}
