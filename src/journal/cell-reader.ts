import { assert } from '../base/index.ts';
import { BLOCK_CELLS, CELL_SIZE, SEGMENT_CELLS, TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, type File, type Storage } from '../platform/index.ts';
import { segmentName, segmentOf } from './cells.ts';
import { journalDamage } from './damage.ts';
import { checksumSeed, isHeader } from './header.ts';
import type { LiveSums } from './live-sums.ts';
import { byteInSegment, type Position, positionAfter } from './position.ts';
import { DESK_CELLS, sumDesk } from './sum-kernel.ts';
import { readSums, type Segments, vouchedSums, writeSums } from './sums.ts';

/** Segments held open. */
const FILES_MAX = 64;
/** Segments whose checksums are kept in memory, 512 KiB each: a byte for a transfer. */
const SUMS_MAX = 1024;
const BLOCK_BYTES = BLOCK_CELLS * CELL_SIZE;
/** Cells in one read: what fits on the desk, less the rest of the blocks at both ends. */
export const READ_CELLS_MAX: number = DESK_CELLS - 2 * BLOCK_CELLS;

/** Checksums of a segment as a reader knows them. */
interface Known {
  readonly items: Uint32Array;
  readonly cells: number;
  /** The sum of the last block, if it is not full and `items` has more of it than `cells`. */
  readonly sum: number | undefined;
}

/**
 * Reads cells out of the journal's files by absolute number: how queries get at stored transfers. What it hands out
 * matches the checksums of its blocks (sums.ts), every time. Any thread may have its own.
 */
export class CellReader {
  readonly #segments: Segments;
  readonly #segmentCells: number;
  /** The sums of the segment being written, and its number; undefined when nobody writes. */
  #live: LiveSums | undefined;
  /** The oldest first. */
  readonly #sums = new Map<number, Known>();
  /** Segments whose file did not fit the cells, and whose checksums were made anew. */
  readonly #renewed = new Set<number>();
  /** The least recently used first. */
  readonly #files = new Map<number, File>();
  /** The last answers of `#fileOf` and, for a segment that is full, of `#sumsOf`: a query's cells mostly ascend. */
  #lastSegment = -1;
  #lastFile: File | undefined;
  #lastSums: Known | undefined;
  /** First cell, in its segment, of the block that did not match. */
  #damaged = 0;
  readonly #desk = sumDesk();
  /**
   * The first block on the desk, whole and cell by cell: a view costs as much as a tenth of the read that it is for.
   */
  readonly #block = this.#desk.bytes.subarray(0, BLOCK_BYTES);
  readonly #cells: readonly Uint8Array[] = Array.from({ length: BLOCK_CELLS }, (_, index) =>
    this.#block.subarray(index * CELL_SIZE, (index + 1) * CELL_SIZE),
  );

  /** `live`: the sums of the segment that a writer is writing; without it there may be no writer. */
  constructor(
    storage: Storage,
    folder: string,
    ledgerId: bigint,
    live?: LiveSums,
    segmentCells: number = SEGMENT_CELLS,
  ) {
    this.#segments = { storage, folder, ledgerId, segmentCells };
    this.#segmentCells = segmentCells;
    this.#live = live;
  }

  /** From now on there is a writer. */
  follow(live: LiveSums): void {
    this.#live = live;
    this.#sums.clear();
    this.#lastSegment = -1;
    this.#lastSums = undefined;
  }

  /**
   * Copies `count` cells (READ_CELLS_MAX at most) from `cell` on to byte `at` of `target`. They must lie in one segment
   * and be durable: what is newer is in the ring. Throws `journal_corrupt`, naming file, offset and op, when they are
   * not what was written.
   */
  readCells(cell: number, count: number, target: Uint8Array, at: number): void {
    const segment = segmentOf(cell, this.#segmentCells);
    assert(segmentOf(cell + count - 1, this.#segmentCells) === segment, 'cells of one batch lie in one segment');
    assert(count <= READ_CELLS_MAX, 'a read fits on the desk');
    const first = cell - segment * this.#segmentCells;
    // Twice: the segment may have got a file of its checksums meanwhile; then past the page cache, in which a page may
    // be stale or damaged and the disk is not.
    let good = this.#tryRead(segment, first, count, false) || this.#tryRead(segment, first, count, true);
    if (!good && this.#renew(segment, first + count)) good = this.#tryRead(segment, first, count, true);
    if (!good) {
      const start = segment * this.#segmentCells;
      throw journalDamage(this.#segments, start + this.#damaged, BLOCK_CELLS, 'its bytes do not match their checksum');
    }
    const skipped = first % BLOCK_CELLS;
    if (count === 1) target.set(this.#cells[skipped]!, at);
    else target.set(this.#desk.bytes.subarray(skipped * CELL_SIZE, (skipped + count) * CELL_SIZE), at);
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#lastSegment = -1;
    this.#lastFile = undefined;
  }

  /**
   * Reads the blocks of cells `first` to `first + count` of a segment onto the desk; whether they are what was written.
   */
  #tryRead(segment: number, first: number, count: number, direct: boolean): boolean {
    const { items, cells, sum } = this.#sumsOf(segment, first + count);
    const desk = this.#desk;
    const from = first - (first % BLOCK_CELLS);
    const to = Math.min(Math.ceil((first + count) / BLOCK_CELLS) * BLOCK_CELLS, cells);
    const size = (to - from) * CELL_SIZE;
    const block = from / BLOCK_CELLS;
    if (size === BLOCK_BYTES && !direct) {
      // The common case: one cell, somewhere.
      const read = this.#fileOf(segment).read(this.#block, from * CELL_SIZE);
      this.#damaged = from;
      return read === size && desk.sum(0, BLOCK_CELLS, 0, 0) === items[block];
    }
    const bytes = desk.bytes.subarray(0, size);
    const read = direct ? this.#readDirect(segment, bytes, from) : this.#fileOf(segment).read(bytes, from * CELL_SIZE);
    this.#damaged = from;
    if (read !== size) return false;
    desk.sum(0, to - from, 0, 0);
    for (let index = 0; this.#damaged < to; index++, this.#damaged += BLOCK_CELLS) {
      const last = this.#damaged + BLOCK_CELLS > to;
      if (desk.items[index] !== ((last ? sum : undefined) ?? items[block + index])) return false;
    }
    return true;
  }

  #readDirect(segment: number, target: Uint8Array, cell: number): number {
    const { storage, folder } = this.#segments;
    const file = storage.open(`${folder}/${segmentName(segment)}`, { mode: 'read', direct: true });
    try {
      const position = cell * CELL_SIZE;
      const start = position - (position % BLOCK_SIZE);
      const buffer = storage.buffer(Math.ceil((position + target.length - start) / BLOCK_SIZE) * BLOCK_SIZE);
      const read = file.read(buffer, start);
      target.set(buffer.subarray(position - start, position - start + target.length));
      return Math.max(0, Math.min(target.length, read - (position - start)));
    } finally {
      file.close();
    }
  }

  /** Covers the first `cells` cells of the segment. */
  #sumsOf(segment: number, cells: number): Known {
    const live = this.#live;
    if (live !== undefined && live.segment <= segment) {
      const durable = live.durable;
      if (durable.segment === segment && durable.cells >= cells) return durable;
      // Between the two looks the writer may have gone on to the next segment.
      if (durable.segment <= segment) throw this.#unknown(segment, durable.segment === segment ? durable.cells : 0);
    }
    const known = segment === this.#lastSegment ? this.#lastSums : this.#sums.get(segment);
    if (known !== undefined && known.cells >= cells) return known;
    const read = readSums(this.#segments, segment);
    const sums = read !== undefined && read.cells >= cells ? read : vouchedSums(this.#segments, segment);
    if (sums.cells < cells) throw this.#unknown(segment, sums.cells);
    if (live !== undefined && sums !== read) this.#keep(segment, sums);
    return this.#remember(segment, { items: sums.items, cells: sums.cells, sum: undefined });
  }

  #remember(segment: number, sums: Known): Known {
    this.#sums.set(segment, sums);
    if (segment === this.#lastSegment) this.#lastSums = sums;
    if (this.#sums.size > SUMS_MAX) this.#sums.delete(this.#sums.keys().next().value!);
    return sums;
  }

  /**
   * Once a segment: makes the checksums of its first `cells` cells anew, of batches that are good by their own. A
   * writer that was ousted may have left others here, of batches that nobody was told about.
   */
  #renew(segment: number, cells: number): boolean {
    if ((this.#live !== undefined && this.#live.segment <= segment) || this.#renewed.has(segment)) return false;
    this.#renewed.add(segment);
    const sums = vouchedSums(this.#segments, segment, true);
    if (sums.cells < cells) return false;
    if (this.#live !== undefined) this.#keep(segment, sums);
    this.#remember(segment, { items: sums.items, cells: sums.cells, sum: undefined });
    return true;
  }

  /** Keeps sums in a file. If the disk refuses, the next reader makes them again. */
  #keep(segment: number, sums: Parameters<typeof writeSums>[2]): void {
    try {
      writeSums(this.#segments, segment, sums, true);
    } catch (error) {
      if (!(error instanceof TallystickError)) throw error;
    }
  }

  /** No good batch leads to cells behind `cells` of the segment. */
  #unknown(segment: number, cells: number): TallystickError {
    const start = segment * this.#segmentCells;
    return journalDamage(this.#segments, start + cells, 1, 'and nothing behind it can be believed');
  }

  #fileOf(segment: number): File {
    if (segment === this.#lastSegment) return this.#lastFile!;
    let file = this.#files.get(segment);
    if (file === undefined) {
      const { storage, folder } = this.#segments;
      file = storage.open(`${folder}/${segmentName(segment)}`, { mode: 'read' });
      if (this.#files.size === FILES_MAX) {
        const [oldest, held] = this.#files.entries().next().value!;
        held.close();
        this.#files.delete(oldest);
      }
    } else {
      this.#files.delete(segment);
    }
    this.#files.set(segment, file);
    this.#lastSegment = segment;
    this.#lastFile = file;
    this.#lastSums = this.#sums.get(segment);
    return file;
  }
}

/**
 * The position behind the durable batch whose header is cell `cell`. Throws `journal_corrupt` when it is no good
 * header.
 */
export function positionBehind(
  storage: Storage,
  folder: string,
  cell: number,
  ledgerId: bigint,
  segmentCells: number = SEGMENT_CELLS,
): Position {
  const file = storage.open(`${folder}/${segmentName(segmentOf(cell, segmentCells))}`, { mode: 'read' });
  const header = new Uint8Array(CELL_SIZE);
  const view = new DataView(header.buffer);
  try {
    const read = file.read(header, byteInSegment(cell, segmentCells));
    if (read === CELL_SIZE && isHeader(header, view, 0, cell, checksumSeed(ledgerId))) return positionAfter(view, 0);
  } finally {
    file.close();
  }
  throw journalDamage({ storage, folder, ledgerId, segmentCells }, cell, 1, 'and a snapshot should be taken behind it');
}
