/**
 * Finds transfers and writes them, or the balances of an account after each. In slices: it stops wherever one is used
 * up, and sees on its return what has become of the parts. Entries that came after the search had begun are not looked
 * at, and those before never change, so that the answer is that of the moment when it began, however long it takes.
 */
import { EntryKind } from '../model/index.ts';
import type { Answer } from './answer.ts';
import { CANDIDATES_MAX, END, type Positions } from './candidates.ts';
import type { TransferSearch } from './filters.ts';
import { Matcher } from './matcher.ts';
import type { Part, Range } from './part.ts';
import type { Parts } from './parts.ts';
import type { Rows } from './rows.ts';
import { lowerBound, type Window } from './spans.ts';
import { OPEN_UNITS, RECORD_UNITS, ROW_UNITS, type Work } from './work.ts';

const ROW_WORDS = 32;
/** Rows that are read together: neighbours share a read. */
const ROWS_TOGETHER = 64;
/** Candidates of a part's first look; each further one takes four times as many, so that a small limit costs little. */
const CANDIDATES_FIRST = 64;

/** The parts that a search reads from. */
export interface Source {
  readonly parts: Parts;
  readonly rows: Rows;
}

/** Its answer and its price, and the number of entries that there were when it began. */
export interface Course {
  readonly answer: Answer;
  readonly work: Work;
  readonly entries: number;
}

/** Positions of one part that are read next. */
class Candidates {
  readonly positions = new Uint32Array(CANDIDATES_MAX);
  count = 0;
  /** The first that was not read. */
  first = 0;
  most = CANDIDATES_FIRST;

  /** Takes the next ones from `list`, in `range`; where to go on, or {@link END}. */
  take(list: Positions, pos: number, { from, to }: Range): number {
    const { positions } = this;
    this.count = list.take(pos, positions, this.most);
    this.first = 0;
    this.most = Math.min(this.most * 4, CANDIDATES_MAX);
    let { next } = list;
    for (; this.count > 0; this.count--) {
      const last = positions[this.count - 1]!;
      if (last >= from && last < to) break;
      next = END;
    }
    return next >= from && next < to ? next : END;
  }
}

/** What becomes of the transfers that a search finds. */
export interface Sink {
  /** How many more it takes; none any more: the search ends. */
  readonly room: number;
  /** Takes the row at `word` of `words`, which is that of `pos` in `part`. Nothing of them is kept. */
  put(words: Uint32Array, word: number, part: Part, pos: number): void;
  /** What it has left to do with what it took, before the search goes on. */
  settle?(): Generator<void, void>;
}

/** Ends when all is found; what it yields between is a used-up slice. */
export function* searchTransfers(
  source: Source,
  search: TransferSearch,
  sink: Sink,
  course: Omit<Course, 'answer'>,
): Generator<void, void> {
  const { parts } = source;
  const { work, entries } = course;
  const step = search.reversed ? -1 : 1;
  let index = search.reversed ? parts.indexOf(entries - 1) : 0;
  const reader = new Reader(source, search, sink, work);
  for (; index >= 0 && entries > 0 && !reader.isFull; index += step) {
    const part = parts.all[index];
    if (part === undefined || part.firstEntry >= entries) return;
    work.spend(RECORD_UNITS);
    if (part.timestampMax >= search.window.min && part.timestampMin <= search.window.max) {
      yield* searchPart(source, index, search, { work, entries, reader, sink });
    }
    if (work.isOver) yield;
  }
}

interface Searching {
  readonly work: Work;
  readonly entries: number;
  readonly reader: Reader;
  readonly sink: Sink;
}

function* searchPart(
  { parts, rows }: Source,
  index: number,
  search: TransferSearch,
  { work, entries, reader, sink }: Searching,
): Generator<void, void> {
  const { reversed, predicates } = search;
  const anything = predicates.any.length === 0 && predicates.all.length === 0;
  let part = parts.all[index]!;
  let range = rangeOf(part, search.window, entries, reversed);
  if (range.from >= range.to) return;
  work.spend(OPEN_UNITS);
  const open = (): Positions =>
    anything ? new StoredPositions(part, rows, range, work) : part.candidates(predicates, range, work);
  let list = open();
  const candidates = new Candidates();
  let pos = reversed ? range.to - 1 : range.from;
  while (pos !== END || candidates.first < candidates.count) {
    if (candidates.first === candidates.count) pos = candidates.take(list, pos, range);
    reader.read(part, candidates);
    if (sink.settle !== undefined) yield* sink.settle();
    if (reader.isFull) return;
    if (work.isOver) yield;
    // It may have become a run meanwhile. The positions are the same.
    if (parts.all[index] === part) continue;
    part = parts.all[index]!;
    range = rangeOf(part, search.window, entries, reversed);
    list = open();
  }
}

function rangeOf(
  { firstEntry, count, ascending, spans }: Part,
  window: Window,
  entries: number,
  reversed: boolean,
): Range {
  const end = Math.min(count, entries - firstEntry);
  if (!ascending) return { from: 0, to: end, reversed };
  return { from: lowerBound(spans, window.min), to: Math.min(end, lowerBound(spans, window.max + 1n)), reversed };
}

/** Reads candidates' rows and hands on those that fit. */
class Reader {
  readonly #rows: Rows;
  readonly #parts: Parts;
  readonly #matcher: Matcher;
  readonly #work: Work;
  readonly #sink: Sink;
  /** Bits of the kinds that are read; undefined where candidates have no others. */
  readonly #kinds: number | undefined;

  constructor({ rows, parts }: Source, search: TransferSearch, sink: Sink, work: Work) {
    this.#rows = rows;
    this.#parts = parts;
    this.#matcher = new Matcher(search);
    this.#work = work;
    this.#sink = sink;
    this.#kinds = search.more?.kinds;
  }

  get isFull(): boolean {
    return this.#sink.room <= 0;
  }

  /** Some of the candidates, all if the slice and the sink have room for them. */
  read(part: Part, candidates: Candidates): void {
    const work = this.#work;
    const { words } = this.#rows;
    while (candidates.first < candidates.count && !this.isFull) {
      const count = Math.min(ROWS_TOGETHER, candidates.count - candidates.first, this.#sink.room);
      const next = candidates.positions.subarray(candidates.first, candidates.first + count);
      candidates.first += count;
      const positions = this.#kinds === undefined ? next : this.#ofKinds(part, next, this.#kinds);
      this.#rows.read(part, positions, positions.length, this.#parts.entries);
      work.spend(positions.length * ROW_UNITS);
      for (let row = 0; row < positions.length; row++) {
        const word = row * ROW_WORDS;
        if (this.#matcher.fits(words, word)) this.#sink.put(words, word, part, positions[row]!);
      }
      if (work.isOver) return;
    }
  }

  #ofKinds(part: Part, positions: Uint32Array, kinds: number): Uint32Array {
    const { events } = this.#rows;
    this.#work.spend(positions.length * RECORD_UNITS);
    return positions.filter((pos) => ((kinds >>> events.block.kind(events.at(part, pos))) & 1) !== 0);
  }
}

/** Every position of a stored transfer. */
class StoredPositions implements Positions {
  next = 0;
  readonly #part: Part;
  readonly #rows: Rows;
  readonly #range: Range;
  readonly #work: Work;

  constructor(part: Part, rows: Rows, range: Range, work: Work) {
    this.#part = part;
    this.#rows = rows;
    this.#range = range;
    this.#work = work;
  }

  take(pos: number, target: Uint32Array, most: number): number {
    const { from, to, reversed } = this.#range;
    const { events } = this.#rows;
    const step = reversed ? -1 : 1;
    let n = 0;
    let at = pos;
    for (; at >= from && at < to && Math.abs(at - pos) < most; at += step) {
      if (events.block.kind(events.at(this.#part, at)) < EntryKind.expired) target[n++] = at;
    }
    this.#work.spend(Math.abs(at - pos) * RECORD_UNITS);
    this.next = at >= from && at < to ? at : END;
    return n;
  }
}
