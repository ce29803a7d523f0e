/**
 * The history: everything that was ever transferred, in runs on disk and, for the newest part, in generations in memory. Answers the lookups and
 * queries that the machine cannot answer from what it keeps at hand. Belongs to one thread, the one that fills the generations. `findById`, `readRow` and
 * `resolution` may be called in the middle of a batch, before it is known whether a chain is undone; `query` only between batches.
 */
import { assert, type SharedMemory } from '../base/index.ts';
import {
  ACCOUNT_BALANCE_SIZE,
  AccountBalanceOffset,
  AccountFilterFlags,
  AccountFlags,
  AccountOffset,
  Operation,
  TallystickError,
  TRANSFER_SIZE,
} from '../model/index.ts';
import { END, type Positions } from './candidates.ts';
import { ChangeEvents } from './change-events.ts';
import {
  type Hash,
  parseAccountFilter,
  parseChangeEventsFilter,
  parseQueryFilter,
  type TransferSearch,
} from './filters.ts';
import { GenerationPart } from './generation-part.ts';
import { type ProjectorKernel, projectorKernel } from './kernel.ts';
import { type AccountReader, type CellReader, Column, EntryKind, type HistoryLayout } from './layout.ts';
import type { Part } from './part.ts';
import { ROWS_MAX, Rows } from './rows.ts';
import type { Run } from './run.ts';
import { lowerBound } from './spans.ts';

/** What is known of an id. */
export interface Found {
  /** Number of the entry. */
  readonly entry: number;
  /** An `EntryKind`; `failed`: the id is burnt. */
  readonly kind: number;
}

const ROW_WORDS = TRANSFER_SIZE / 4;
const TIMESTAMP_WORD = 30;

export class History {
  readonly #memory: SharedMemory;
  readonly #accounts: AccountReader;
  readonly #kernel: ProjectorKernel;
  readonly #hash: Hash;
  readonly #runs: Run[] = [];
  readonly #generations: readonly GenerationPart[];
  /** All parts that hold entries, oldest first; renewed at the start of every call. */
  #parts: Part[] = [];
  #entries = 0;
  readonly #rows: Rows;
  readonly #changeEvents: ChangeEvents;
  readonly #positions = new Uint32Array(ROWS_MAX);
  readonly #row = new Uint32Array(ROW_WORDS);
  readonly #rowBytes = new Uint8Array(this.#row.buffer);

  constructor(memory: SharedMemory, layout: HistoryLayout, cells: CellReader, accounts: AccountReader) {
    this.#memory = memory;
    this.#accounts = accounts;
    this.#kernel = projectorKernel(memory);
    this.#hash = (lo, hi) => this.#kernel.hash32(lo, hi) >>> 0;
    this.#generations = layout.generations.map(
      (generation) => new GenerationPart(memory, this.#kernel, generation, layout.query),
    );
    this.#rows = new Rows(memory, layout, cells, (entry) => this.#partOf(entry));
    this.#changeEvents = new ChangeEvents(memory, this.#rows, accounts);
  }

  /** Runs in order, from entry 0 on without a gap. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Takes a run that follows the others. From now on it answers for its entries, and the generation it was made from may be used again. */
  addRun(run: Run): void {
    const last = this.#runs.at(-1);
    const next = last === undefined ? 0 : last.firstEntry + last.count;
    assert(run.firstEntry === next, 'runs follow one another');
    this.#rows.forget(next);
    this.#changeEvents.forget(next);
    this.#runs.push(run);
  }

  /** Entries in all. */
  entries(): number {
    this.#refresh();
    return this.#entries;
  }

  /**
   * The entry of an id, burnt ids too; undefined if the id was never used. Looks through all runs (filters first) and scans the generations.
   * `below`: the caller knows that entries from this number on do not have it, so parts that begin there are passed over.
   * Throws `run_corrupt`, `journal_corrupt`.
   */
  findById(lo: bigint, hi: bigint, below: number = Number.POSITIVE_INFINITY): Found | undefined {
    this.#refresh();
    const hash = this.#hash(lo, hi);
    const id = lo | (hi << 64n);
    const predicates = { any: [], all: [{ column: Column.id, hash }] };
    for (let index = this.#parts.length - 1; index >= 0; index--) {
      const part = this.#parts[index]!;
      if (part.firstEntry >= below) continue;
      const run = index < this.#runs.length ? this.#runs[index] : undefined;
      if (run !== undefined && (id < run.idMin || id > run.idMax || !run.mayHold(hash))) continue;
      const positions = part.candidates(predicates, 0, part.count, false);
      for (let pos = positions.seek(0); pos !== END; pos = positions.seek(pos + 1)) {
        if (this.#isId(part, pos, lo, hi)) return { entry: part.firstEntry + pos, kind: this.#kindAt(part, pos) };
      }
    }
    return undefined;
  }

  /**
   * Writes what `entry` remembers as 128 bytes to `target` and returns its kind. The stored transfer; for expired the pending transfer that
   * expired; for failed the event of the request. Throws `run_corrupt`, `journal_corrupt`.
   */
  readRow(entry: number, target: Uint8Array, at: number): number {
    this.#refresh();
    assert(entry >= 0 && entry < this.#entries, 'there is such an entry');
    const kind = this.#rows.readOne(entry, this.#entries, this.#row, 0);
    target.set(this.#rowBytes, at);
    return kind;
  }

  /**
   * What ended the pending transfer `entry`: the entry of its post, its void or its expiry; undefined while it is open. Throws `run_corrupt`, `journal_corrupt`.
   */
  resolution(entry: number): Found | undefined {
    this.#refresh();
    assert(entry >= 0 && entry < this.#entries, 'there is such an entry');
    const owner = this.#partOf(entry);
    this.#rows.readId(owner, entry - owner.firstEntry, this.#entries, this.#row);
    const view = new DataView(this.#row.buffer);
    const hash = this.#hash(view.getBigUint64(0, true), view.getBigUint64(8, true));
    const predicates = { any: [], all: [{ column: Column.pendingId, hash }] };
    for (let index = this.#parts.indexOf(owner); index < this.#parts.length; index++) {
      const part = this.#parts[index]!;
      const from = part === owner ? entry - part.firstEntry + 1 : 0;
      const positions = part.candidates(predicates, from, part.count, false);
      for (let pos = positions.seek(from); pos !== END; pos = positions.seek(pos + 1)) {
        const events = this.#rows.events;
        const record = events.at(part, pos);
        if (events.block.pendingEntry(record) !== entry) continue;
        return { entry: part.firstEntry + pos, kind: events.block.kind(record) };
      }
    }
    return undefined;
  }

  /**
   * Answers get_account_transfers, get_account_balances, query_transfers or get_change_events: the filter lies in `filter` from byte `filterAt`, the
   * reply goes to `target` from byte `at` (8,189 rows of 128 bytes or 2,730 of 384 at most). Returns the number of rows; 0 for an invalid filter.
   * Throws `run_corrupt`, `journal_corrupt`.
   */
  query(operation: number, filter: Uint8Array, filterAt: number, target: Uint8Array, at: number): number {
    this.#refresh();
    switch (operation) {
      case Operation.get_account_transfers: {
        const search = parseAccountFilter(filter, filterAt, this.#hash);
        return search === undefined ? 0 : this.#search(search, false, target, at);
      }
      case Operation.get_account_balances: {
        const search = parseAccountFilter(filter, filterAt, this.#hash);
        return search === undefined || !this.#hasHistory(search.account) ? 0 : this.#search(search, true, target, at);
      }
      case Operation.query_transfers: {
        const search = parseQueryFilter(filter, filterAt, this.#hash);
        return search === undefined ? 0 : this.#search(search, false, target, at);
      }
      case Operation.get_change_events: {
        const search = parseChangeEventsFilter(filter, filterAt);
        return search === undefined ? 0 : this.#changeEvents.read(this.#parts, this.#entries, search, target, at);
      }
      default:
        throw new TallystickError('invalid_argument', `operation ${operation} is no query of the history`);
    }
  }

  #hasHistory(account: bigint): boolean {
    const row = this.#accounts.row(BigInt.asUintN(64, account), account >> 64n);
    if (row === 0) return false;
    const flags = new DataView(this.#memory.buffer).getUint16(row + AccountOffset.flags, true);
    return (flags & AccountFlags.history) !== 0;
  }

  /** Finds transfers and writes them, or the balances of the account after each. */
  #search(search: TransferSearch, balances: boolean, target: Uint8Array, at: number): number {
    const matcher = new Matcher(search);
    const { window, reversed, limit, predicates } = search;
    const out = new RowWriter(target, at);
    const positions = this.#positions;
    const rows = this.#rows;
    const anything = predicates.any.length === 0 && predicates.all.length === 0;
    for (let nth = 0; nth < this.#parts.length && out.count < limit; nth++) {
      const part = this.#parts[reversed ? this.#parts.length - 1 - nth : nth]!;
      if (part.timestampMax < window.min || part.timestampMin > window.max) continue;
      const from = part.ascending ? lowerBound(part.spans, window.min) : 0;
      const to = part.ascending ? lowerBound(part.spans, window.max + 1n) : part.count;
      if (from >= to) continue;
      const list = anything
        ? this.#transfers(part, from, to, reversed)
        : part.candidates(predicates, from, to, reversed);
      const step = reversed ? -1 : 1;
      let next = reversed ? to - 1 : from;
      while (next !== END && out.count < limit) {
        const batch = Math.min(ROWS_MAX, limit - out.count);
        let count = 0;
        while (count < batch) {
          const pos = next < from || next >= to ? END : list.seek(next);
          if (pos === END || pos < from || pos >= to) {
            next = END;
            break;
          }
          positions[count++] = pos;
          next = pos + step;
          // One before position 0 is END as well.
        }
        rows.read(part, positions, count, this.#entries);
        for (let row = 0; row < count; row++) {
          const word = row * ROW_WORDS;
          if (!matcher.fits(rows.words, word)) continue;
          if (balances) this.#putBalance(part, positions[row]!, matcher.side(rows.words, word), word, out);
          else out.put(rows.words, word);
        }
      }
    }
    return out.count;
  }

  #putBalance(part: Part, pos: number, side: number, word: number, out: RowWriter): void {
    const { events, words } = this.#rows;
    const record = events.at(part, pos);
    this.#row.fill(0);
    events.block.putBalances(record, side, this.#rowBytes, 0);
    this.#row[AccountBalanceOffset.timestamp / 4] = words[word + TIMESTAMP_WORD]!;
    this.#row[AccountBalanceOffset.timestamp / 4 + 1] = words[word + TIMESTAMP_WORD + 1]!;
    out.put(this.#row, 0);
  }

  /** Every position of a stored transfer. */
  #transfers(part: Part, from: number, to: number, reversed: boolean): Positions {
    const events = this.#rows.events;
    const step = reversed ? -1 : 1;
    return {
      seek: (start) => {
        for (let pos = start; pos >= from && pos < to; pos += step) {
          if (events.block.kind(events.at(part, pos)) < EntryKind.expired) return pos;
        }
        return END;
      },
    };
  }

  #isId(part: Part, pos: number, lo: bigint, hi: bigint): boolean {
    this.#rows.readId(part, pos, this.#entries, this.#row);
    const view = new DataView(this.#row.buffer);
    return view.getBigUint64(0, true) === lo && view.getBigUint64(8, true) === hi;
  }

  #kindAt(part: Part, pos: number): number {
    const { events } = this.#rows;
    return events.block.kind(events.at(part, pos));
  }

  /** Sees what was added to the generations since the last call. */
  #refresh(): void {
    const last = this.#runs.at(-1);
    let next = last === undefined ? 0 : last.firstEntry + last.count;
    this.#rows.forget(next);
    this.#changeEvents.forget(next);
    const tail = this.#generations.filter((part) => part.refresh() && part.firstEntry >= next);
    tail.sort((a, b) => a.firstEntry - b.firstEntry);
    for (const part of tail) {
      assert(part.firstEntry === next, 'generations follow the runs and one another');
      next += part.count;
    }
    this.#parts = [...this.#runs, ...tail];
    this.#entries = next;
  }

  #partOf(entry: number): Part {
    const parts = this.#parts;
    let low = 0;
    let high = parts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (parts[middle]!.firstEntry <= entry) low = middle;
      else high = middle;
    }
    return parts[low]!;
  }
}

/** Compares rows with what is searched: all words, after the hashes have narrowed. */
class Matcher {
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

/** Writes rows of 128 bytes one after another. */
class RowWriter {
  count = 0;
  readonly #bytes: Uint8Array;
  readonly #at: number;
  /** The target as words, when it is aligned. */
  readonly #words: Uint32Array | undefined;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
    const start = bytes.byteOffset + at;
    if (start % 4 === 0) this.#words = new Uint32Array(bytes.buffer, start, (bytes.length - at) >>> 2);
  }

  put(words: Uint32Array, row: number): void {
    const target = this.#words;
    if (target === undefined) {
      const from = new Uint8Array(words.buffer, words.byteOffset + row * 4, ACCOUNT_BALANCE_SIZE);
      this.#bytes.set(from, this.#at + this.count * ACCOUNT_BALANCE_SIZE);
    } else {
      const to = this.count * ROW_WORDS;
      for (let at = 0; at < ROW_WORDS; at++) target[to + at] = words[row + at]!;
    }
    this.count++;
  }
}
