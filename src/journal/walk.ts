/**
 * Walks the journal from batch to batch and judges what lies behind the last one (docs/internals/recovery.md). Only reads: recovery cuts what the walk calls
 * torn, inspection and backup leave it, and may walk while a writer is at work.
 */
import { assert } from '../base/index.ts';
import { TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, type File, type Storage } from '../platform/index.ts';
import { CELL_SIZE, nextCell, SEGMENT_CELLS, segmentName, segmentNumber, segmentOf } from './cells.ts';
import { bodyChecksum, checksumSeed, Field, isHeader, MAGIC, readNumber, VERSION } from './header.ts';
import { byteInSegment, type Position, positionAfter } from './position.ts';
import { checkSegmentHeader } from './segment.ts';

export interface WalkOptions {
  readonly ledgerId: bigint;
  /** The last op that is known to be durable (clean close, snapshot); fewer is corruption. */
  readonly opAtLeast?: number;
  readonly segmentCells?: number;
}

/** What lies behind the last good batch, when nothing there says that a batch is missing. */
export interface Behind {
  /** The first cell of it. */
  readonly end: number;
  /** Cells that are not zero: batches that were being written and that nobody was told about. */
  readonly tornCells: number;
  /** The first of them, and where it is; undefined when there are none. */
  readonly tornCell: number | undefined;
  readonly tornAt: string | undefined;
  /** Segments that hold no good batch and no good header of their own, or come behind the end; ascending. */
  readonly later: readonly number[];
}

export class Walk {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #window: Uint8Array;
  readonly #view: DataView;
  readonly #ledgerId: bigint;
  readonly #opAtLeast: number;
  readonly #segmentCells: number;
  readonly #seed: number;
  /** Of segments, ascending. */
  #numbers: readonly number[];
  #position: Position;
  #fence: bigint;
  #damagedCell: number | undefined;
  /** The segment that is open, whether its own header is good, and the bytes of it that the window holds. */
  #segment = -1;
  #file: File | undefined;
  #segmentGood = false;
  #loadedAt = 0;
  #loaded = 0;

  constructor(storage: Storage, folder: string, from: Position, window: Uint8Array, options: WalkOptions) {
    this.#storage = storage;
    this.#folder = folder;
    this.#window = window;
    this.#view = new DataView(window.buffer, window.byteOffset, window.byteLength);
    this.#ledgerId = options.ledgerId;
    this.#opAtLeast = Math.max(options.opAtLeast ?? 0, from.op);
    this.#segmentCells = options.segmentCells ?? SEGMENT_CELLS;
    this.#seed = checksumSeed(options.ledgerId);
    this.#numbers = segmentNumbers(storage, folder);
    this.#position = from;
    this.#fence = from.fence;
  }

  /** Behind the last batch that was visited. */
  get position(): Position {
    return this.#position;
  }

  /** The cell at which {@link checkStart} or {@link behind} found the journal damaged. */
  get damagedCell(): number | undefined {
    return this.#damagedCell;
  }

  /** The batch before the start must be the one that the start was taken behind. */
  checkStart(): void {
    const { op, last, parent } = this.#position;
    if (op === 0) return;
    const at = this.#cellAt(last);
    if (
      at >= 0 &&
      isHeader(this.#window, this.#view, at, last, this.#seed) &&
      readNumber(this.#view, at + Field.op) === op &&
      this.#view.getUint32(at + Field.checksum, true) === parent
    ) {
      return;
    }
    throw this.#corrupt(last, op, 'the batch that the snapshot was taken behind is not there');
  }

  /** Visits the next batch; false when there is no good one. */
  step(visit: (offset: number) => void): boolean {
    let at = this.#next();
    if (at < 0) {
      // What is not there is cut, or the ledger is refused: not for the sake of one read that went wrong.
      this.close();
      this.#segment = -1;
      at = this.#next();
    }
    if (at < 0) return false;
    this.#position = positionAfter(this.#view, at);
    this.#fence = this.#position.fence;
    visit(at);
    return true;
  }

  /** The window's offset of the next batch; -1 when there is no good one. */
  #next(): number {
    const { cell } = this.#position;
    const here = nextCell(cell, 0, this.#segmentCells);
    const after = (segmentOf(cell, this.#segmentCells) + 1) * this.#segmentCells + 1;
    const at = this.#goodBatch(here);
    // Nothing here: it may have been too large for the rest of the segment.
    return at < 0 && here !== after && this.#numbers.includes(segmentOf(after, this.#segmentCells))
      ? this.#goodBatch(after)
      : at;
  }

  /** Looks at everything behind the last good batch. Throws `journal_corrupt` or `format_foreign` where that proves that batches are missing. */
  behind(): Behind {
    const missing = this.#position.op + 1;
    const end = nextCell(this.#position.cell, 0, this.#segmentCells);
    const endSegment = segmentOf(end, this.#segmentCells);
    let tornCells = 0;
    let tornCell: number | undefined;
    for (const number of this.#numbers) {
      if (number < endSegment) continue;
      const start = number * this.#segmentCells;
      const torn = this.#lookBehind(number, number === endSegment ? end : start + 1, missing);
      tornCells += torn.cells;
      if (torn.cells > 0) tornCell ??= torn.first;
    }
    if (missing <= this.#opAtLeast) {
      throw this.#corrupt(end, missing, `the ledger's own record says that op ${this.#opAtLeast} was durable`);
    }
    // A segment that holds batches is not looked at again: one bad read of its header would have it removed.
    const holdsLast = this.#position.op > 0 && segmentOf(this.#position.last, this.#segmentCells) === endSegment;
    const endGood = holdsLast || (this.#openSegment(endSegment) && this.#segmentGood);
    const later = this.#numbers.filter((number) => number > endSegment || (number === endSegment && !endGood));
    const tornAt = tornCell === undefined ? undefined : this.#place(tornCell);
    return { end, tornCells, tornCell, tornAt, later };
  }

  /** Forgets what was read: a writer may have gone on since. */
  refresh(): void {
    this.close();
    this.#segment = -1;
    this.#loaded = 0;
    this.#numbers = segmentNumbers(this.#storage, this.#folder);
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** The window's offset of the batch that fits on the position and lies at `cell`; -1 when there is no good one. */
  #goodBatch(cell: number): number {
    const { op, parent } = this.#position;
    let at = this.#cellAt(cell);
    if (at < 0 || !this.#segmentGood || !isHeader(this.#window, this.#view, at, cell, this.#seed)) return -1;
    const version = this.#view.getUint16(at + Field.version, true);
    if (version > VERSION) {
      throw new TallystickError(
        'format_newer',
        `${this.#place(cell)} was written in format ${version}; this Tallystick reads up to ${VERSION}`,
      );
    }
    const cells = this.#view.getUint32(at + Field.cells, true);
    const fits =
      readNumber(this.#view, at + Field.op) === op + 1 &&
      this.#view.getUint32(at + Field.parent, true) === parent &&
      this.#view.getBigUint64(at + Field.fence, true) >= this.#fence &&
      nextCell(this.#position.cell, cells, this.#segmentCells) === cell;
    if (!fits) return -1;
    const size = CELL_SIZE * (1 + cells);
    if (at + size > this.#loaded) {
      if (size > this.#window.length) return -1;
      this.#load(cell);
      at = 0;
      if (size > this.#loaded) return -1;
    }
    return bodyChecksum(this.#window, at, cells) === this.#view.getUint32(at + Field.checksumBody, true) ? at : -1;
  }

  /** The window's offset of `cell`, read if need be; -1 when its file does not have it. */
  #cellAt(cell: number): number {
    const segment = segmentOf(cell, this.#segmentCells);
    if (segment !== this.#segment && !this.#openSegment(segment)) return -1;
    const position = byteInSegment(cell, this.#segmentCells);
    if (position < this.#loadedAt || position + CELL_SIZE > this.#loadedAt + this.#loaded) this.#load(cell);
    return this.#loaded >= CELL_SIZE ? position - this.#loadedAt : -1;
  }

  #load(cell: number): void {
    assert(this.#file !== undefined, 'a segment is open');
    this.#loadedAt = byteInSegment(cell, this.#segmentCells);
    const rest = this.#segmentCells * CELL_SIZE - this.#loadedAt;
    this.#loaded = this.#file.read(this.#window.subarray(0, Math.min(this.#window.length, rest)), this.#loadedAt);
  }

  /** False when there is no such file. */
  #openSegment(number: number): boolean {
    this.close();
    this.#segment = -1;
    if (!this.#numbers.includes(number)) return false;
    const path = this.#path(number);
    this.#file = this.#storage.open(path, { mode: 'read' });
    this.#segment = number;
    this.#loaded = 0;
    const first = new Uint8Array(CELL_SIZE);
    this.#segmentGood =
      this.#file.read(first, 0) === CELL_SIZE &&
      checkSegmentHeader(
        first,
        { ledgerId: this.#ledgerId, cell: number * this.#segmentCells, segmentCells: this.#segmentCells },
        path,
      );
    return true;
  }

  /** Looks at segment `number` from `cell` on: how many cells are not zero, and the first; throws when one proves that op `missing` was durable. */
  #lookBehind(number: number, cell: number, missing: number): { cells: number; first: number } {
    const start = number * this.#segmentCells;
    let cells = 0;
    let first = -1;
    let beyondFirstBlock = false;
    let headers = 0;
    for (let at = cell; at < start + this.#segmentCells; ) {
      if (this.#cellAt(start) < 0 && this.#segment !== number) break;
      this.#load(at);
      const count = Math.floor(this.#loaded / CELL_SIZE);
      if (count === 0) break;
      for (let index = 0; index < count; index++) {
        const offset = index * CELL_SIZE;
        if (isZero(this.#view, offset)) continue;
        cells++;
        if (first < 0) first = at + index;
        if ((at + index - start) * CELL_SIZE >= BLOCK_SIZE) beyondFirstBlock = true;
        if (this.#view.getUint32(offset + Field.magic, true) !== MAGIC) continue;
        const claimed = readNumber(this.#view, offset + Field.cell);
        if (!isHeader(this.#window, this.#view, offset, claimed, this.#seed)) continue;
        if (claimed !== at + index) {
          // It may lie where an acknowledged batch was, and be the only one that knew of it.
          throw this.#corrupt(
            nextCell(this.#position.cell, 0, this.#segmentCells),
            missing,
            `a header at ${this.#place(at + index)} was written for cell ${claimed}: the disk put it elsewhere`,
          );
        }
        headers++;
        if (readNumber(this.#view, offset + Field.durableOp) < missing) continue;
        const op = readNumber(this.#view, offset + Field.op);
        throw this.#corrupt(
          nextCell(this.#position.cell, 0, this.#segmentCells),
          missing,
          `op ${op} at ${this.#place(at + index)} says that it had been durable`,
        );
      }
      at += count;
    }
    if (this.#segment === number && !this.#segmentGood) {
      // A segment's own header is durable before the first batch follows; a snapshot's batch is one, too.
      if (headers > 0 || (this.#position.op > 0 && segmentOf(this.#position.last, this.#segmentCells) === number))
        throw this.#corrupt(start, missing, "the segment's own header is damaged, and batches follow it");
      if (beyondFirstBlock && this.#position.op > 0) {
        throw this.#corrupt(start, missing, "the segment's own header is damaged, and something follows it");
      }
      if (beyondFirstBlock) {
        throw new TallystickError('format_foreign', `${this.#path(number)} is not a segment of a journal`);
      }
    }
    return { cells, first };
  }

  #path(number: number): string {
    return `${this.#folder}/${segmentName(number)}`;
  }

  #place(cell: number): string {
    return `${this.#path(segmentOf(cell, this.#segmentCells))} offset ${byteInSegment(cell, this.#segmentCells)}`;
  }

  #corrupt(cell: number, op: number, why: string): TallystickError {
    this.#damagedCell = cell;
    return new TallystickError('journal_corrupt', `${this.#place(cell)}: op ${op} is damaged or missing, and ${why}`);
  }
}

function isZero(view: DataView, at: number): boolean {
  for (let offset = at; offset < at + CELL_SIZE; offset += 8) {
    if ((view.getUint32(offset, true) | view.getUint32(offset + 4, true)) !== 0) return false;
  }
  return true;
}

/** Of the segments in a journal's folder, ascending. */
export function segmentNumbers(storage: Storage, folder: string): number[] {
  return storage
    .list(folder)
    .map(segmentNumber)
    .filter((number) => number !== undefined);
}
