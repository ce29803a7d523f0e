/**
 * Finds entries by id, and the ends of pending transfers, in slices. What was not posted, voided or expired by the
 * number of entries that is looked at is open there, whatever came later.
 */
import { Column, EntryKind } from '../model/index.ts';
import { END, type Predicates } from './candidates.ts';
import type { Hash } from './filters.ts';
import type { Part } from './part.ts';
import type { Parts } from './parts.ts';
import type { Rows } from './rows.ts';
import type { Run } from './run.ts';
import { RECORD_UNITS, ROW_UNITS, type Work } from './work.ts';

const ROW_WORDS = 32;
/** Candidates for an id: mostly one, or none. */
const TOGETHER = 16;

/** The entry of an id. */
export interface Found {
  /** Number of the entry. */
  readonly entry: number;
  /** An `EntryKind`; `failed`: the id is burnt. */
  readonly kind: number;
}

export class PendingEnds {
  readonly #parts: Parts;
  readonly #rows: Rows;
  readonly #runs: readonly Run[];
  readonly #hash: Hash;

  /** `runs`: the first of the parts. */
  constructor(parts: Parts, rows: Rows, runs: readonly Run[], hash: Hash) {
    this.#parts = parts;
    this.#rows = rows;
    this.#runs = runs;
    this.#hash = hash;
  }

  /** The entry of an id, among the first `entries`; burnt ids too. Newest first: most look for what is new. */
  *find(lo: bigint, hi: bigint, entries: number, work: Work): Generator<void, Found | undefined> {
    const hash = this.#hash(lo, hi);
    const id = lo | (hi << 64n);
    const predicates = { any: [], all: [{ column: Column.id, hash }] };
    const row = new Uint32Array(ROW_WORDS);
    const view = new DataView(row.buffer);
    for (let index = this.#parts.all.length - 1; index >= 0; index--) {
      work.spend(1);
      const run = index < this.#runs.length ? this.#runs[index] : undefined;
      if (run !== undefined && (id < run.idMin || id > run.idMax || !run.mayHold(hash))) continue;
      let found: Found | undefined;
      const isIt = (part: Part, pos: number): boolean => {
        work.spend(ROW_UNITS);
        this.#rows.readId(part, pos, this.#parts.entries, row);
        if (view.getBigUint64(0, true) !== lo || view.getBigUint64(8, true) !== hi) return false;
        const { events } = this.#rows;
        found = { entry: part.firstEntry + pos, kind: events.block.kind(events.at(part, pos)) };
        return true;
      };
      if (yield* this.#each(index, 0, entries, predicates, work, isIt)) return found;
    }
    return undefined;
  }

  /**
   * The end of the pending transfer `entry`: the entry of its post, its void or its expiry; undefined while it is open.
   */
  *of(entry: number, entries: number, work: Work): Generator<void, Found | undefined> {
    const parts = this.#parts;
    const row = new Uint32Array(ROW_WORDS);
    const owner = parts.indexOf(entry);
    this.#rows.readId(parts.all[owner]!, entry - parts.all[owner]!.firstEntry, parts.entries, row);
    work.spend(ROW_UNITS);
    const view = new DataView(row.buffer);
    const hash = this.#hash(view.getBigUint64(0, true), view.getBigUint64(8, true));
    const predicates = { any: [], all: [{ column: Column.pendingId, hash }] };
    let found: Found | undefined;
    const isEnd = (part: Part, pos: number): boolean => {
      const { events } = this.#rows;
      work.spend(RECORD_UNITS);
      const record = events.at(part, pos);
      if (events.block.kind(record) === EntryKind.failed || events.block.pendingEntry(record) !== entry) return false;
      found = { entry: part.firstEntry + pos, kind: events.block.kind(record) };
      return true;
    };
    for (let index = owner; index < parts.all.length && parts.all[index]!.firstEntry < entries; index++) {
      if (yield* this.#each(index, entry + 1, entries, predicates, work, isEnd)) return found;
    }
    return undefined;
  }

  /** Goes through the entries from `first` on, below `end`, whose hashes fit; true when `visit` is content with one. */
  *#each(
    index: number,
    first: number,
    end: number,
    predicates: Predicates,
    work: Work,
    visit: (part: Part, pos: number) => boolean,
  ): Generator<void, boolean> {
    const taken = new Uint32Array(TOGETHER);
    let part = this.#parts.all[index]!;
    const from = Math.max(0, first - part.firstEntry);
    const to = Math.min(part.count, end - part.firstEntry);
    let positions = part.candidates(predicates, { from, to, reversed: false }, work);
    for (let next = from; next !== END && next < to; ) {
      const count = positions.take(next, taken, TOGETHER);
      next = positions.next;
      for (let i = 0; i < count; i++) {
        const pos = taken[i]!;
        if (pos >= from && pos < to && visit(part, pos)) return true;
      }
      if (!work.isOver) continue;
      yield;
      // It may have become a run meanwhile. The positions are the same.
      if (next === END || this.#parts.all[index] === part) continue;
      part = this.#parts.all[index]!;
      positions = part.candidates(predicates, { from: next, to, reversed: false }, work);
    }
    return false;
  }
}
