/**
 * Walks the journal from batch to batch (docs/internals/recovery.md). Only reads: recovery cuts what lies behind the
 * last batch, inspection and backup leave it, and may walk while a writer is at work.
 */
import { CELL_SIZE, HEADER_VERSION, HeaderOffset, SEGMENT_CELLS, TallystickError } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import { type Behind, type Loss, lookBehind } from './behind.ts';
import { nextCell, segmentOf } from './cells.ts';
import type { Evidence } from './evidence.ts';
import { bodyChecksum, readNumber } from './header.ts';
import { type Position, positionAfter } from './position.ts';
import { SegmentReader } from './segment-reader.ts';

export interface WalkOptions {
  readonly ledgerId: bigint;
  /** The evidence of durable ops: a journal that ends before one of them is damaged. */
  readonly evidence?: readonly Evidence[];
  /**
   * The operator has decided to go on with the batches that are there: where batches are missing the journal ends, and
   * {@link Walk.loss} says why.
   */
  readonly acceptLoss?: boolean;
  readonly segmentCells?: number;
}

export class Walk {
  readonly #reader: SegmentReader;
  readonly #evidence: readonly Evidence[];
  /** The evidence of ops that the walk has not reached yet. */
  readonly #seen = new Map<number, Evidence>();
  readonly #acceptLoss: boolean;
  #position: Position;
  #fence: bigint;
  #damagedCell: number | undefined;
  #loss: Loss | undefined;

  constructor(storage: Storage, folder: string, from: Position, window: Uint8Array, options: WalkOptions) {
    this.#reader = new SegmentReader(storage, folder, window, options.ledgerId, options.segmentCells ?? SEGMENT_CELLS);
    this.#evidence = options.evidence ?? [];
    for (const one of this.#evidence) if (one.checksum !== undefined && one.op > from.op) this.#seen.set(one.op, one);
    this.#acceptLoss = options.acceptLoss ?? false;
    this.#position = from;
    this.#fence = from.fence;
  }

  /** Behind the last batch that was visited. */
  get position(): Position {
    return this.#position;
  }

  /** The cell at which {@link checkStart}, {@link step} or {@link behind} found the journal damaged. */
  get damagedCell(): number | undefined {
    return this.#damagedCell;
  }

  /** The missing batches, if their loss was accepted. */
  get loss(): Loss | undefined {
    return this.#loss;
  }

  /** Whether the batch before the start is the one that the start was taken behind. */
  startsWell(): boolean {
    const { op, last, parent } = this.#position;
    if (op === 0) return true;
    const { view } = this.#reader;
    const at = this.#reader.cellAt(last);
    return (
      at >= 0 &&
      this.#reader.isHeader(at, last) &&
      readNumber(view, at + HeaderOffset.op) === op &&
      view.getUint32(at + HeaderOffset.checksum, true) === parent
    );
  }

  /** Throws `journal_corrupt` unless the walk {@link startsWell}. */
  checkStart(): void {
    if (this.startsWell()) return;
    const { op, last } = this.#position;
    throw this.#corrupt(last, op, 'the batch that the snapshot was taken behind is not there');
  }

  /** Visits the next batch; false when there is no good one. */
  step(visit: (offset: number) => void): boolean {
    let at = this.#next();
    if (at < 0) {
      // Behind this point batches are cut, or the ledger is refused; one failed read must not decide that, so read
      // again.
      this.#reader.close();
      at = this.#next();
    }
    if (at < 0) return false;
    const after = positionAfter(this.#reader.view, at);
    if (this.#seen.size > 0) this.#compare(after);
    this.#position = after;
    this.#fence = after.fence;
    visit(at);
    return true;
  }

  /**
   * Looks at everything behind the last good batch. Throws `journal_corrupt` or `format_foreign` where that proves
   * that batches are missing.
   */
  behind(): Behind {
    return lookBehind(this.#reader, this.#position, {
      evidence: this.#evidence,
      acceptLoss: this.#acceptLoss,
      missing: (cell, op, why) => this.#missing(cell, op, why),
    });
  }

  /** Forgets what was read: a writer may have gone on since. */
  refresh(): void {
    this.#reader.refresh();
  }

  close(): void {
    this.#reader.close();
  }

  /** The window's offset of the next batch; -1 when there is no good one. */
  #next(): number {
    const { cell } = this.#position;
    const { segmentCells, numbers } = this.#reader;
    const here = nextCell(cell, 0, segmentCells);
    const after = (segmentOf(cell, segmentCells) + 1) * segmentCells + 1;
    const at = this.#goodBatch(here);
    // Nothing here: it may have been too large for the rest of the segment.
    return at < 0 && here !== after && numbers.includes(segmentOf(after, segmentCells)) ? this.#goodBatch(after) : at;
  }

  /** The window's offset of the batch that fits on the position and lies at `cell`; -1 when there is no good one. */
  #goodBatch(cell: number): number {
    const reader = this.#reader;
    const { view, window } = reader;
    const { op, parent } = this.#position;
    let at = reader.cellAt(cell);
    if (at < 0 || !reader.isGood || !reader.isHeader(at, cell)) return -1;
    const version = view.getUint16(at + HeaderOffset.version, true);
    if (version > HEADER_VERSION) {
      throw new TallystickError(
        'format_newer',
        `${reader.place(cell)} was written in format ${version}; this Tallystick reads up to ${HEADER_VERSION}`,
      );
    }
    const cells = view.getUint32(at + HeaderOffset.cells, true);
    const fits =
      readNumber(view, at + HeaderOffset.op) === op + 1 &&
      view.getUint32(at + HeaderOffset.parent, true) === parent &&
      view.getBigUint64(at + HeaderOffset.fence, true) >= this.#fence &&
      nextCell(this.#position.cell, cells, reader.segmentCells) === cell;
    if (!fits) return -1;
    const size = CELL_SIZE * (1 + cells);
    if (at + size > reader.loaded) {
      if (size > window.length) return -1;
      reader.load(cell);
      at = 0;
      if (size > reader.loaded) return -1;
    }
    return bodyChecksum(window, at, cells) === view.getUint32(at + HeaderOffset.checksumBody, true) ? at : -1;
  }

  /** The batch just found must be the one that others have seen at its op. */
  #compare({ op, last, parent }: Position): void {
    const seen = this.#seen.get(op);
    if (seen === undefined) return;
    this.#seen.delete(op);
    if (seen.checksum === parent) return;
    this.#missing(last, op, `${seen.source} has seen another batch there: these files are of different times`);
  }

  /** Something proves that batches from `op` on are missing: an error, or where that was accepted the loss. */
  #missing(cell: number, op: number, why: string): void {
    const error = this.#corrupt(cell, op, why);
    if (!this.#acceptLoss) throw error;
    this.#loss ??= { op, why: error.message };
  }

  #corrupt(cell: number, op: number, why: string): TallystickError {
    this.#damagedCell = cell;
    const place = this.#reader.place(cell);
    return new TallystickError('journal_corrupt', `${place}: op ${op} is damaged or missing, and ${why}`);
  }
}
