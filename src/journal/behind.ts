/**
 * Judges what lies behind the last good batch (docs/internals/recovery.md): batches that were being written and that
 * nobody was told about, or the proof that batches are missing which had been durable.
 */
import { CELL_SIZE, HEADER_MAGIC, HeaderOffset, TallystickError } from '../model/index.ts';
import { BLOCK_SIZE } from '../platform/index.ts';
import { nextCell, segmentOf } from './cells.ts';
import { type Evidence, furthest } from './evidence.ts';
import { readNumber } from './header.ts';
import type { Position } from './position.ts';
import { isZeroCell, type SegmentReader } from './segment-reader.ts';

/** Batches that had been durable and are not there. */
export interface Loss {
  /** The first of them. */
  readonly op: number;
  readonly why: string;
}

/** A segment behind the end. */
export interface LaterSegment {
  readonly number: number;
  /** It holds more than a header that was written ahead: bytes that are worth keeping. */
  readonly holds: boolean;
}

/** The cells behind the last good batch, if nothing there says that a batch is missing. */
export interface Behind {
  /** The first cell of it. */
  readonly end: number;
  /** Cells that are not zero: batches that were being written and were never acknowledged. */
  readonly tornCells: number;
  /** The first of them, and where it is; undefined when there are none. */
  readonly tornCell: number | undefined;
  readonly tornAt: string | undefined;
  /** Segments that hold no good batch and no good header of their own, or come behind the end; ascending. */
  readonly later: readonly LaterSegment[];
}

/**
 * Calls `missing` with the cell, the op and the reason wherever something proves that a batch is missing. If that
 * returns, the loss was accepted, and all that is behind the end counts as torn.
 */
export type Missing = (cell: number, op: number, why: string) => void;

export interface Judged {
  readonly evidence: readonly Evidence[];
  readonly acceptLoss: boolean;
  readonly missing: Missing;
}

/** Looks at everything behind `position`. Throws `format_foreign` where that is no journal. */
export function lookBehind(reader: SegmentReader, position: Position, judged: Judged): Behind {
  const { segmentCells } = reader;
  const op = position.op + 1;
  const end = nextCell(position.cell, 0, segmentCells);
  const endSegment = segmentOf(end, segmentCells);
  if (!judged.acceptLoss) checkRow(reader, position);
  let tornCells = 0;
  let tornCell: number | undefined;
  const holding = new Set<number>();
  for (const number of reader.numbers) {
    if (number < endSegment) continue;
    const from = number === endSegment ? end : number * segmentCells + 1;
    const found = lookAtSegment(reader, number, from, position, judged);
    tornCells += found.cells;
    if (found.cells > 0) tornCell ??= found.first;
    if (found.cells > 0 || !(reader.isGood || reader.isZero)) holding.add(number);
  }
  const lastSegment = position.op === 0 ? -1 : segmentOf(position.last, segmentCells);
  const beyond = reader.numbers.find((number) => number > lastSegment + 1);
  if (beyond !== undefined) {
    judged.missing(end, op, `${reader.path(beyond)} was made when the segment before it held batches`);
  }
  const furthestOne = furthest(judged.evidence);
  if (furthestOne !== undefined && op <= furthestOne.op) {
    const count = furthestOne.op - position.op;
    const lost = count === 1 ? 'one batch is lost' : `${count} batches are lost`;
    judged.missing(end, op, `${furthestOne.source} says that op ${furthestOne.op} was durable: ${lost}`);
  }
  // A segment that holds batches is not looked at again: one bad read of its header would have it removed.
  const holdsLast = position.op > 0 && segmentOf(position.last, segmentCells) === endSegment;
  const endGood = holdsLast || (reader.open(endSegment) && reader.isGood && reader.op <= op);
  const later = reader.numbers
    .filter((number) => number > endSegment || (number === endSegment && !endGood))
    .map((number) => ({ number, holds: holding.has(number) }));
  return { end, tornCells, tornCell, tornAt: tornCell === undefined ? undefined : reader.place(tornCell), later };
}

/** Every segment up to the last batch must be there: a walk from a snapshot does not come by them all. */
function checkRow(reader: SegmentReader, { op, last }: Position): void {
  const lastSegment = op === 0 ? -1 : segmentOf(last, reader.segmentCells);
  for (let number = 0; number < lastSegment; number++) {
    if (reader.numbers.includes(number)) continue;
    throw new TallystickError('journal_corrupt', `${reader.path(number)} is missing, and later segments are there`);
  }
}

/** How many cells of segment `number` from `from` on are not zero, and the first. */
function lookAtSegment(
  reader: SegmentReader,
  number: number,
  from: number,
  position: Position,
  judged: Judged,
): { cells: number; first: number } {
  const start = number * reader.segmentCells;
  let cells = 0;
  let first = -1;
  let beyondFirstBlock = false;
  let headers = 0;
  for (let at = from; at < start + reader.segmentCells; ) {
    if (reader.cellAt(start) < 0 && reader.number !== number) break;
    reader.load(at);
    const count = Math.floor(reader.loaded / CELL_SIZE);
    if (count === 0) break;
    for (let index = 0; index < count; index++) {
      if (isZeroCell(reader.view, index * CELL_SIZE)) continue;
      cells++;
      if (first < 0) first = at + index;
      if ((at + index - start) * CELL_SIZE >= BLOCK_SIZE) beyondFirstBlock = true;
      if (lookAtCell(reader, at + index, index * CELL_SIZE, position, judged)) headers++;
    }
    at += count;
  }
  if (reader.number === number) judgeHeader(reader, position, judged, headers, beyondFirstBlock);
  return { cells, first };
}

/** Whether the cell at byte `offset` of the window is the header of a batch. */
function lookAtCell(
  reader: SegmentReader,
  cell: number,
  offset: number,
  position: Position,
  { missing }: Judged,
): boolean {
  const { view } = reader;
  if (view.getUint32(offset + HeaderOffset.magic, true) !== HEADER_MAGIC) return false;
  const claimed = readNumber(view, offset + HeaderOffset.cell);
  if (!reader.isHeader(offset, claimed)) return false;
  const op = position.op + 1;
  const end = nextCell(position.cell, 0, reader.segmentCells);
  if (claimed !== cell) {
    // It may lie where an acknowledged batch was, and be the only one that knew of it.
    const why = `a header at ${reader.place(cell)} was written for cell ${claimed}: the disk put it elsewhere`;
    missing(end, op, why);
  }
  if (readNumber(view, offset + HeaderOffset.durableOp) >= op) {
    const later = readNumber(view, offset + HeaderOffset.op);
    missing(end, op, `op ${later} at ${reader.place(cell)} says that it had been durable`);
  }
  return true;
}

/** Judges the open segment's own header: it is damaged if batches were written behind it and it does not read. */
function judgeHeader(
  reader: SegmentReader,
  position: Position,
  { acceptLoss, missing }: Judged,
  headers: number,
  beyondFirstBlock: boolean,
): void {
  const op = position.op + 1;
  const start = reader.number * reader.segmentCells;
  if (reader.isGood) {
    if (reader.op <= op) return;
    const end = nextCell(position.cell, 0, reader.segmentCells);
    missing(end, op, `${reader.path(reader.number)} was made when op ${reader.op - 1} was durable`);
    return;
  }
  // A segment's own header is durable before the first batch follows; a snapshot's batch is one, too.
  const holdsLast = position.op > 0 && segmentOf(position.last, reader.segmentCells) === reader.number;
  if (headers > 0 || holdsLast) missing(start, op, "the segment's own header is damaged, and batches follow it");
  if (!beyondFirstBlock) return;
  if (position.op > 0) missing(start, op, "the segment's own header is damaged, and something follows it");
  else if (!acceptLoss) {
    throw new TallystickError('format_foreign', `${reader.path(reader.number)} is not a segment of a journal`);
  }
}
