/**
 * A run: an immutable file that indexes up to 2^20 entries. The filter, the directory of ids, the spans and the offsets
 * of event blocks are in memory (about 1.4 bytes an entry and up to 6 a span); other directories, items and event
 * records are read when asked for.
 */

import {
  BLOCK_ENTRIES,
  Column,
  FILTER_BLOCK_SIZE,
  RUN_HEADER_SIZE,
  RunSection,
  TallystickError,
} from '../model/index.ts';
import { BLOCK_SIZE, crc32, type File, type Storage } from '../platform/index.ts';
import {
  AllPositions,
  type ColumnHash,
  EitherPosition,
  EveryPosition,
  noPositions,
  type Positions,
  type Postings,
  type Predicates,
} from './candidates.ts';
import { CheckedFile } from './checked-file.ts';
import type { EventBlock } from './event-block.ts';
import { filterMayHold } from './filter.ts';
import { PackedSpans } from './packed-spans.ts';
import type { Part, Range } from './part.ts';
import { Posting } from './posting.ts';
import { DIRECTORY_COUNT, decodeRunHeader, type RunHeader, type SectionPlace, wholeBlocks } from './run-format.ts';
import { OPEN_UNITS, Work } from './work.ts';

/** Bytes of a section, or the first `most` of them, checked. */
type Load = (section: number, most?: number) => Uint8Array;

/**
 * Sections that stay in memory are read past the page cache, which would keep them a second time, and is slow to make
 * room.
 */
const STAGING_SIZE = 1 << 21;
const stagings = new WeakMap<Storage, Uint8Array>();

/** Takes the memory now that opening a run needs, so that a process which gets no more can still open one. */
export function prepareRuns(storage: Storage): void {
  stagingOf(storage);
}

function stagingOf(storage: Storage): Uint8Array {
  const known = stagings.get(storage);
  if (known !== undefined) return known;
  const staging = storage.buffer(STAGING_SIZE);
  stagings.set(storage, staging);
  return staging;
}

/** The cost of one record (1.5 us), in items of a list that is read in the order of its positions (6 ns). */
const LIST_RATIO_MAX = 256;
const slot = new Uint32Array(2);
const slotBytes = new Uint8Array(slot.buffer);

export class Run implements Part {
  readonly path: string;
  readonly firstEntry: number;
  readonly count: number;
  readonly timestampMin: bigint;
  readonly timestampMax: bigint;
  readonly ascending: boolean;
  /** Smallest and largest id, burnt ones included. */
  readonly idMin: bigint;
  readonly idMax: bigint;
  readonly spans: PackedSpans;
  /** The filter of the ids, to be copied to where the machine's kernel probes it. */
  readonly filterBytes: Uint8Array;
  readonly filterBlocks: number;
  readonly #filter: Uint32Array;
  readonly #file: CheckedFile;
  readonly #header: RunHeader;
  /** Directory of the column of ids: every new transfer may ask for it. */
  readonly #ids: Uint32Array;
  readonly #blocks: Uint32Array;
  readonly #events: SectionPlace;

  private constructor(path: string, file: CheckedFile, header: RunHeader, load: Load) {
    this.path = path;
    this.#file = file;
    this.#header = header;
    this.firstEntry = header.firstEntry;
    this.count = header.count;
    this.timestampMin = header.timestampMin;
    this.timestampMax = header.timestampMax;
    this.ascending = header.ascending;
    this.idMin = header.idMin;
    this.idMax = header.idMax;
    this.#ids = new Uint32Array(load(Column.id, DIRECTORY_COUNT * 4).buffer);
    this.filterBytes = load(RunSection.filter);
    this.#filter = new Uint32Array(this.filterBytes.buffer);
    this.filterBlocks = this.filterBytes.length / FILTER_BLOCK_SIZE;
    this.#blocks = new Uint32Array(load(RunSection.blocks).buffer);
    this.#events = header.sections[RunSection.events]!;
    this.spans = new PackedSpans(load(RunSection.spans), header.count, (why) => file.corrupt(why));
  }

  get name(): string {
    return this.path;
  }

  /**
   * Opens `path`, checking the header and what is kept in memory; the rest is checked chunk by chunk whenever it is
   * read. Throws `not_found`, `run_corrupt`, `format_newer`, and `format_foreign` for a file that is no run or a run of
   * another ledger.
   */
  static open(storage: Storage, path: string, ledgerId: bigint): Run {
    const direct = storage.open(path, { mode: 'read', direct: true });
    let file: File | undefined;
    try {
      const staging = stagingOf(storage);
      const header = readHeader(direct, ledgerId, staging);
      const checksums = readChecksums(direct, header, staging);
      file = storage.open(path, { mode: 'read' });
      const checked = new CheckedFile(file, checksums, header.sections[RunSection.checksums]!.offset, header.chunkSize);
      return new Run(path, checked, header, (section, most = Number.POSITIVE_INFINITY) => {
        const { offset, size } = header.sections[section]!;
        const bytes = new Uint8Array(Math.min(size, most));
        if (size > 0) checked.load(bytes, offset, direct, staging);
        return bytes;
      });
    } catch (error) {
      file?.close();
      throw error;
    } finally {
      direct.close();
    }
  }

  /** Reads and checks the whole file. Throws `run_corrupt`. */
  verify(): void {
    this.#file.verify();
  }

  close(): void {
    this.#file.close();
  }

  /** Is an id of this hash32 perhaps here? */
  mayHold(hash: number): boolean {
    return filterMayHold(this.#filter, this.filterBlocks, hash);
  }

  /** The positions of one hash in one column. */
  posting(column: number, hash: number, reversed: boolean, work: Work = new Work()): Postings {
    const { offset, size } = this.#header.sections[column]!;
    if (size === 0) {
      return this.#header.sameHashes[column] === hash ? new AllPositions(this.count, reversed, work) : noPositions;
    }
    const place = hash >>> 18;
    let from: number;
    let to: number;
    if (column === Column.id) {
      from = this.#ids[place]!;
      to = this.#ids[place + 1]!;
    } else {
      this.#file.read(slotBytes, offset + place * 4);
      [from, to] = slot as unknown as [number, number];
    }
    work.spend(OPEN_UNITS);
    const count = size / 4 - DIRECTORY_COUNT;
    if (from > to || to > count) throw this.#file.corrupt('has a directory that points outside its column');
    if (from === to) return noPositions;
    return new Posting({ file: this.#file, items: offset + DIRECTORY_COUNT * 4, from, to }, hash, reversed, work);
  }

  candidates(predicates: Predicates, range: Range, work: Work): Positions {
    const { reversed } = range;
    const open = ({ column, hash }: ColumnHash): Postings => this.posting(column, hash, reversed, work);
    const [a, b] = predicates.any.map(open);
    const lists = predicates.all.map(open);
    if (a !== undefined) lists.push(b === undefined ? a : new EitherPosition(a, b, reversed));
    if (predicates.also !== undefined) {
      lists.push(new EitherPosition(open(predicates.also[0]), open(predicates.also[1]), reversed));
    }
    lists.sort((one, other) => one.count - other.count);
    const [rarest, ...others] = lists as [Postings, ...Postings[]];
    // All of a list that is so much longer would be read to spare reading a few records.
    const most = rarest.count * LIST_RATIO_MAX;
    return new EveryPosition(
      rarest,
      others.filter((list) => list.count <= most && !(list instanceof AllPositions)),
    );
  }

  loadEvents(block: number, target: EventBlock): void {
    const from = this.#blocks[block]!;
    const to = block + 1 < this.#blocks.length ? this.#blocks[block + 1]! : this.#events.size;
    if (from > to || to > this.#events.size) throw this.#file.corrupt('has event blocks out of order');
    const bytes = target.room(to - from);
    this.#file.read(bytes, this.#events.offset + from);
    target.load(bytes, 0, to - from, Math.min(BLOCK_ENTRIES, this.count - block * BLOCK_ENTRIES), this.path);
  }
}

function readHeader(direct: File, ledgerId: bigint, staging: Uint8Array): RunHeader {
  const bytes = staging.subarray(0, direct.read(staging.subarray(0, RUN_HEADER_SIZE), 0));
  const header = decodeRunHeader(bytes, direct.path, direct.size());
  if (header.ledgerId === ledgerId) return header;
  throw new TallystickError('format_foreign', `${direct.path}: a run of ledger ${header.ledgerId}, not of ${ledgerId}`);
}

function readChecksums(direct: File, header: RunHeader, staging: Uint8Array): Uint32Array {
  const { offset, size } = header.sections[RunSection.checksums]!;
  const bytes = new Uint8Array(size);
  let at = offset - (offset % BLOCK_SIZE);
  for (; at < offset + size; at += STAGING_SIZE) {
    const read = direct.read(staging.subarray(0, Math.min(STAGING_SIZE, wholeBlocks(offset + size) - at)), at);
    const from = Math.max(at, offset);
    bytes.set(staging.subarray(from - at, Math.min(offset + size - at, read)), from - offset);
  }
  if (crc32(bytes) !== header.checksums || size !== Math.ceil((offset - RUN_HEADER_SIZE) / header.chunkSize) * 4) {
    throw new TallystickError('run_corrupt', `${direct.path}: its checksums are damaged`);
  }
  return new Uint32Array(bytes.buffer);
}

/** `00000042.run` */
export function runName(number: number): string {
  return `${String(number).padStart(8, '0')}.run`;
}

/** Bytes that one step of {@link warmRun} reads. */
const WARM_SIZE = 1 << 17;

/**
 * Reads a run from one end to the other, so that the page cache has it when a query asks: it was written past it. A
 * step takes a millisecond; take them in idle time. Throws what the storage throws.
 */
export function* warmRun(storage: Storage, path: string): Generator<void, void> {
  const file = storage.open(path, { mode: 'read' });
  try {
    const bytes = new Uint8Array(WARM_SIZE);
    for (let position = 0; file.read(bytes, position) > 0; position += WARM_SIZE) yield;
  } finally {
    file.close();
  }
}
