/**
 * The history: everything that was ever transferred, in runs on disk and, for the newest part, in generations in
 * memory. Answers the lookups and queries that the machine cannot answer from what it keeps at hand. Belongs to one
 * thread, the one that fills the generations. `findById`, `readRow` and `resolution` may be called in the middle of a
 * batch, before it is known whether a chain is undone; `query` only between batches.
 */

import { assert, type SharedMemory } from '../base/index.ts';
import { AccountFlags, AccountOffset, Column, Operation, TallystickError, TRANSFER_SIZE } from '../model/index.ts';
import { AccountsAt } from './accounts-at.ts';
import { Answer } from './answer.ts';
import { END, type Positions } from './candidates.ts';
import { ChangeEvents } from './change-events.ts';
import {
  type Hash,
  parseAccountFilter,
  parseChangeEventsFilter,
  parseQueryFilter,
  type TransferSearch,
} from './filters.ts';
import { found } from './found-transfers.ts';
import { GenerationPart } from './generation-part.ts';
import { type ProjectorKernel, projectorKernel } from './kernel.ts';
import type { AccountReader, CellReader, HistoryLayout } from './layout.ts';
import type { Part } from './part.ts';
import { Parts } from './parts.ts';
import { type Found, PendingEnds } from './pending-ends.ts';
import { Pendings } from './pendings.ts';
import { Rows } from './rows.ts';
import type { Run } from './run.ts';
import { BalanceSink, RowSink } from './sinks.ts';
import { parseTransferFilter } from './transfer-filter.ts';
import { type Course, type Source, searchTransfers } from './transfer-search.ts';
import { type Slice, WHOLE, Work } from './work.ts';

/** A question that is being answered: as of the moment when it was asked, in as many slices as it takes. */
export interface Search {
  readonly answer: Answer;
  readonly work: Work;
  /** Yields whenever a slice is used up. */
  readonly steps: Generator<void, void>;
}

const ROW_WORDS = TRANSFER_SIZE / 4;
/** Candidates for an id: mostly one, or none. */
const IDS_TOGETHER = 16;

export class History {
  readonly #memory: SharedMemory;
  readonly #accounts: AccountReader;
  readonly #kernel: ProjectorKernel;
  readonly #hash: Hash;
  readonly #runs: Run[] = [];
  readonly #generations: readonly GenerationPart[];
  /** Renewed at the start of every call. */
  readonly #parts = new Parts();
  readonly #rows: Rows;
  readonly #source: Source;
  readonly #changeEvents: ChangeEvents;
  readonly #ends: PendingEnds;
  readonly #pendings: Pendings;
  readonly #accountsAt: AccountsAt;
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
    this.#rows = new Rows(memory, layout, cells, (entry) => this.#parts.of(entry));
    this.#source = { parts: this.#parts, rows: this.#rows };
    this.#changeEvents = new ChangeEvents(memory, this.#rows, this.#parts, accounts);
    this.#ends = new PendingEnds(this.#parts, this.#rows, this.#runs, this.#hash);
    this.#pendings = new Pendings(this.#source, this.#ends);
    this.#accountsAt = new AccountsAt(memory, this.#source, accounts, this.#hash);
  }

  /** Runs in order, from entry 0 on without a gap. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  /**
   * Takes a run that follows the others. From now on it answers for its entries, and the generation it was made from
   * may be used again.
   */
  addRun(run: Run): void {
    const last = this.#runs.at(-1);
    const next = last === undefined ? 0 : last.firstEntry + last.count;
    assert(run.firstEntry === next, 'runs follow one another');
    this.#rows.forget(next);
    this.#runs.push(run);
  }

  /** Entries in all. */
  entries(): number {
    this.#refresh();
    return this.#parts.entries;
  }

  /**
   * The entry of an id, burnt ids too; undefined if the id was never used. Looks through all runs (filters first) and
   * scans the generations. `below`: the caller knows that entries from this number on do not have it, so parts that
   * begin there are passed over. Throws `run_corrupt`, `journal_corrupt`.
   */
  findById(lo: bigint, hi: bigint, below: number = Number.POSITIVE_INFINITY): Found | undefined {
    this.#refresh();
    const hash = this.#hash(lo, hi);
    const id = lo | (hi << 64n);
    const predicates = { any: [], all: [{ column: Column.id, hash }] };
    for (let index = this.#parts.all.length - 1; index >= 0; index--) {
      const part = this.#parts.all[index]!;
      if (part.firstEntry >= below) continue;
      const run = index < this.#runs.length ? this.#runs[index] : undefined;
      if (run !== undefined && (id < run.idMin || id > run.idMax || !run.mayHold(hash))) continue;
      const range = { from: 0, to: part.count, reversed: false };
      for (const pos of each(part.candidates(predicates, range, new Work()), 0)) {
        if (this.#isId(part, pos, lo, hi)) return { entry: part.firstEntry + pos, kind: this.#kindAt(part, pos) };
      }
    }
    return undefined;
  }

  /**
   * Writes what `entry` remembers as 128 bytes to `target` and returns its kind. The stored transfer; for expired the
   * pending transfer that expired; for failed the event of the request. Throws `run_corrupt`, `journal_corrupt`.
   */
  readRow(entry: number, target: Uint8Array, at: number): number {
    this.#refresh();
    assert(entry >= 0 && entry < this.#parts.entries, 'there is such an entry');
    const kind = this.#rows.readOne(entry, this.#parts.entries, this.#row, 0);
    target.set(this.#rowBytes, at);
    return kind;
  }

  /**
   * The end of the pending transfer `entry`: the entry of its post, its void or its expiry; undefined while it is open.
   * Throws `run_corrupt`, `journal_corrupt`.
   */
  resolution(entry: number): Found | undefined {
    this.#refresh();
    assert(entry >= 0 && entry < this.#parts.entries, 'there is such an entry');
    const steps = this.#ends.of(entry, this.#parts.entries, new Work());
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    return step.value;
  }

  /**
   * Begins to answer a query, or what looks up what the history alone knows: the events lie in `events` from byte `at`
   * to its end, or for a filter to wherever it ends, and are not needed any more when this returns. The answer will be
   * that of this moment. Undefined for an invalid filter: it finds nothing.
   */
  ask(operation: number, events: Uint8Array, at: number, clock?: () => number): Search | undefined {
    this.#refresh();
    const course: Course = { answer: new Answer(), work: new Work(clock), entries: this.#parts.entries };
    const steps = this.#stepsOf(operation, events, at, course);
    return steps === undefined ? undefined : { ...course, steps };
  }

  #stepsOf(operation: number, events: Uint8Array, at: number, course: Course): Generator<void, void> | undefined {
    switch (operation) {
      case Operation.get_change_events: {
        const search = parseChangeEventsFilter(events, at);
        return search === undefined ? undefined : this.#changeEvents.read(search, course);
      }
      case Operation.query_transfers:
        return this.#transfers(parseQueryFilter(events, at, this.#hash), course);
      case Operation.get_account_transfers:
        return this.#transfers(parseAccountFilter(events, at, this.#hash), course);
      case Operation.get_account_balances:
        return this.#balances(parseAccountFilter(events, at, this.#hash), course);
      case Operation.search_transfers:
      case Operation.sum_transfers: {
        const filter = parseTransferFilter(operation, events, at, this.#hash);
        return found(this.#source, this.#ends, operation, filter, course);
      }
      case Operation.lookup_accounts_at:
        return this.#accountsAt.read(events.slice(at), course);
      case Operation.lookup_pendings:
        return this.#pendings.read(events.slice(at), course);
      default:
        throw new TallystickError('invalid_argument', `operation ${operation} is no query of the history`);
    }
  }

  #transfers(search: TransferSearch | undefined, course: Course): Generator<void, void> | undefined {
    if (search === undefined) return undefined;
    return searchTransfers(this.#source, search, new RowSink(course.answer, search.limit), course);
  }

  #balances(search: TransferSearch | undefined, course: Course): Generator<void, void> | undefined {
    if (search === undefined || !this.#hasHistory(search.account)) return undefined;
    return searchTransfers(this.#source, search, new BalanceSink(this.#rows, search, course), course);
  }

  /** Spends one slice on a search; true when all is found. Between batches. Throws `run_corrupt`, `journal_corrupt`. */
  advance({ work, steps }: Search, slice: Slice): boolean {
    this.#refresh();
    work.begin(slice);
    return steps.next().done === true;
  }

  /** The same to its end: writes the reply to `target` from byte `at` and returns the number of rows. */
  query(operation: number, filter: Uint8Array, filterAt: number, target: Uint8Array, at: number): number {
    const search = this.ask(operation, filter, filterAt);
    if (search === undefined) return 0;
    while (!this.advance(search, WHOLE));
    const { bytes, size, rows } = search.answer;
    target.set(bytes.subarray(0, size), at);
    return rows;
  }

  #hasHistory(account: bigint): boolean {
    const row = this.#accounts.row(BigInt.asUintN(64, account), account >> 64n);
    if (row === 0) return false;
    const flags = new DataView(this.#memory.buffer).getUint16(row + AccountOffset.flags, true);
    return (flags & AccountFlags.history) !== 0;
  }

  #isId(part: Part, pos: number, lo: bigint, hi: bigint): boolean {
    this.#rows.readId(part, pos, this.#parts.entries, this.#row);
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
    const tail = this.#generations.filter((part) => part.refresh() && part.firstEntry >= next);
    tail.sort((a, b) => a.firstEntry - b.firstEntry);
    for (const part of tail) {
      assert(part.firstEntry === next, 'generations follow the runs and one another');
      next += part.count;
    }
    this.#parts.all = [...this.#runs, ...tail];
    this.#parts.entries = next;
  }
}

/** All of them, a few at a time. */
function* each(positions: Positions, from: number): Generator<number, void> {
  const taken = new Uint32Array(IDS_TOGETHER);
  for (let next = from; next !== END; next = positions.next) {
    const count = positions.take(next, taken, IDS_TOGETHER);
    for (let i = 0; i < count; i++) yield taken[i]!;
  }
}
