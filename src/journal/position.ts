import { CELL_SIZE, HeaderOffset } from '../model/index.ts';
import { readNumber } from './header.ts';

/** A place between two batches of the journal: what the last one left for the next to fit on. */
export interface Position {
  /** The last batch's; 0 before the first. */
  readonly op: number;
  /** The first free cell (absolute). The next header lies at `nextCell(cell, its cells)`. */
  readonly cell: number;
  /** The cell of the last batch's header; 0 before the first. */
  readonly last: number;
  /** The checksum of the last batch's header; 0 before the first. */
  readonly parent: number;
  /** The last batch's. */
  readonly fence: bigint;
  /** The last batch's, ns since the epoch. */
  readonly timestamp: bigint;
}

/** Before the first batch. */
export const POSITION_FIRST: Position = { op: 0, cell: 1, last: 0, parent: 0, fence: 0n, timestamp: 0n };

/** The position behind the journalled batch whose header lies at byte offset `at` of `view`. */
export function positionAfter(view: DataView, at: number): Position {
  const cell = readNumber(view, at + HeaderOffset.cell);
  return {
    op: readNumber(view, at + HeaderOffset.op),
    cell: cell + 1 + view.getUint32(at + HeaderOffset.cells, true),
    last: cell,
    parent: view.getUint32(at + HeaderOffset.checksum, true),
    fence: view.getBigUint64(at + HeaderOffset.fence, true),
    timestamp: view.getBigUint64(at + HeaderOffset.timestamp, true),
  };
}

/** Bytes from the start of its segment to `cell`. */
export function byteInSegment(cell: number, segmentCells: number): number {
  return (cell % segmentCells) * CELL_SIZE;
}
