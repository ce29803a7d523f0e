/**
 * Finds the end of the journal after whatever happened, handing out every good batch on the way (docs/internals/recovery.md). A torn tail, which
 * nobody was told about, is cut; damage to a batch that somebody was told about is an error that names its place.
 */
import { assert } from '../base/index.ts';
import { TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, type File, type Storage } from '../platform/index.ts';
import { CELL_SIZE, nextCell, SEGMENT_CELLS, segmentName, segmentNumber, segmentOf } from './cells.ts';
import { bodyChecksum, checksumSeed, Field, isHeader, MAGIC, readNumber, VERSION } from './header.ts';
import { byteInSegment, type Position, positionAfter } from './position.ts';
import { checkSegmentHeader } from './segment.ts';

export interface RecoveryOptions {
  readonly ledgerId: bigint;
  /** The last op that is known to be durable (clean close, snapshot); fewer is corruption. */
  readonly opAtLeast?: number;
  readonly segmentCells?: number;
}

export interface Recovered extends Position {
  /** Cells behind the end that were not zero and were cut: batches that were being written and that nobody was told about. */
  readonly tornCells: number;
  /** Where the first of them was; undefined when there were none. */
  readonly tornAt: string | undefined;
}

/**
 * Walks the journal from `from` and calls `visit` for each good batch in the order of ops, its header at byte `offset` of `window`, its body right behind.
 * `window` must hold a whole batch; 4 MiB or more is fast. Returns where the next batch goes; the files end there.
 * Throws `journal_corrupt`, `format_foreign`, `format_newer`, or what the storage throws.
 */
export function recoverJournal(
  storage: Storage,
  folder: string,
  from: Position,
  window: Uint8Array,
  visit: (offset: number) => void,
  options: RecoveryOptions,
): Recovered {
  const walk = new Walk(storage, folder, from, window, options);
  try {
    walk.settle();
    walk.checkStart();
    while (walk.step(visit));
    return walk.finish();
  } finally {
    walk.close();
  }
}

class Walk {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #window: Uint8Array;
  readonly #view: DataView;
  readonly #ledgerId: bigint;
  readonly #opAtLeast: number;
  readonly #segmentCells: number;
  readonly #seed: number;
  /** Of segments, ascending. */
  readonly #numbers: readonly number[];
  #position: Position;
  #fence: bigint;
  /** The segment that is open, whether its own header is good, and the bytes of it that the window holds. */
  #segment = -1;
  #file: File | undefined;
  #segmentGood = false;
  #loadedAt = 0;
  #loaded = 0;

  constructor(storage: Storage, folder: string, from: Position, window: Uint8Array, options: RecoveryOptions) {
    this.#storage = storage;
    this.#folder = folder;
    this.#window = window;
    this.#view = new DataView(window.buffer, window.byteOffset, window.byteLength);
    this.#ledgerId = options.ledgerId;
    this.#opAtLeast = Math.max(options.opAtLeast ?? 0, from.op);
    this.#segmentCells = options.segmentCells ?? SEGMENT_CELLS;
    this.#seed = checksumSeed(options.ledgerId);
    storage.makeFolder(folder);
    this.#numbers = storage
      .list(folder)
      .map(segmentNumber)
      .filter((number) => number !== undefined);
    this.#position = from;
    this.#fence = from.fence;
  }

  /**
   * Makes durable what is found. A process that was killed may have written batches that the disk has not settled: what is read here is shown to callers
   * and goes into snapshots, so the power going next must not take it away. The writer is never more than one segment ahead of what is durable.
   */
  settle(): void {
    for (const number of this.#numbers.slice(-2)) {
      const file = this.#storage.open(this.#path(number), { mode: 'write' });
      try {
        file.sync();
      } finally {
        file.close();
      }
    }
    this.#storage.syncFolder(this.#folder);
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
    const { cell } = this.#position;
    const here = nextCell(cell, 0, this.#segmentCells);
    const after = (segmentOf(cell, this.#segmentCells) + 1) * this.#segmentCells + 1;
    let at = this.#goodBatch(here);
    // Nothing here: it may have been too large for the rest of the segment.
    if (at < 0 && here !== after && this.#numbers.includes(segmentOf(after, this.#segmentCells))) {
      at = this.#goodBatch(after);
    }
    if (at < 0) return false;
    this.#position = positionAfter(this.#view, at);
    this.#fence = this.#position.fence;
    visit(at);
    return true;
  }

  /** Looks behind the end for proof that batches are missing; cuts what is there if there is none. */
  finish(): Recovered {
    const missing = this.#position.op + 1;
    const end = nextCell(this.#position.cell, 0, this.#segmentCells);
    const endSegment = segmentOf(end, this.#segmentCells);
    let tornCells = 0;
    let tornAt: string | undefined;
    for (const number of this.#numbers) {
      if (number < endSegment) continue;
      const start = number * this.#segmentCells;
      const torn = this.#lookBehind(number, number === endSegment ? end : start + 1, missing);
      tornCells += torn.cells;
      if (torn.cells > 0) tornAt ??= this.#place(torn.first);
    }
    if (missing <= this.#opAtLeast) {
      throw this.#corrupt(end, missing, `the ledger's own record says that op ${this.#opAtLeast} was durable`);
    }
    this.#cut(end, endSegment);
    return { ...this.#position, tornCells, tornAt };
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
        if (!isHeader(this.#window, this.#view, offset, at + index, this.#seed)) continue;
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

  /** Makes the files end at cell `end`. Later segments hold nothing that anybody was told about; they go first, so that a crash in here leaves no gap. */
  #cut(end: number, endSegment: number): void {
    const endGood = this.#openSegment(endSegment) && this.#segmentGood;
    this.close();
    this.#segment = -1;
    const later = this.#numbers.filter((number) => number > endSegment || (number === endSegment && !endGood));
    for (const number of later.toReversed()) this.#storage.remove(this.#path(number));
    if (later.length > 0) this.#storage.syncFolder(this.#folder);
    if (!endGood) return;

    const file = this.#storage.open(this.#path(endSegment), { mode: 'write' });
    try {
      const position = byteInSegment(end, this.#segmentCells);
      const size = file.size();
      if (size <= position) return;
      const zeros = new Uint8Array((BLOCK_SIZE - (position % BLOCK_SIZE)) % BLOCK_SIZE);
      file.write(zeros, position);
      file.truncate(position + zeros.length);
      file.sync();
    } finally {
      file.close();
    }
  }

  #path(number: number): string {
    return `${this.#folder}/${segmentName(number)}`;
  }

  #place(cell: number): string {
    return `${this.#path(segmentOf(cell, this.#segmentCells))} offset ${byteInSegment(cell, this.#segmentCells)}`;
  }

  #corrupt(cell: number, op: number, why: string): TallystickError {
    return new TallystickError('journal_corrupt', `${this.#place(cell)}: op ${op} is damaged or missing, and ${why}`);
  }
}

function isZero(view: DataView, at: number): boolean {
  for (let offset = at; offset < at + CELL_SIZE; offset += 8) {
    if ((view.getUint32(offset, true) | view.getUint32(offset + 4, true)) !== 0) return false;
  }
  return true;
}
