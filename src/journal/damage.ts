/** Finds the batch that a damaged place of the journal belongs to. */
import { TallystickError } from '../model/index.ts';
import { segmentName } from './cells.ts';
import { type Batch, batchHeaders, readBatch } from './follow.ts';
import { byteInSegment } from './position.ts';
import type { Segments } from './sums.ts';

/**
 * `journal_corrupt`, naming file, offset and op. Something is wrong in the `count` cells from `cell` on, all of one
 * segment: the first batch among them that does not match its checksums is named, or what `why` says of the first of
 * the cells when all do.
 */
export function journalDamage(segments: Segments, cell: number, count: number, why: string): TallystickError {
  const { storage, folder, ledgerId, segmentCells } = segments;
  const segment = Math.floor(cell / segmentCells);
  const path = `${folder}/${segmentName(segment)}`;
  const damaged = (from: number, op: number): TallystickError =>
    new TallystickError(
      'journal_corrupt',
      `${path} offset ${byteInSegment(from, segmentCells)}: op ${op} is damaged, ${why}`,
    );
  let last: Batch | undefined;
  let first: Batch | undefined;
  for (const batch of batchHeaders(storage, folder, segment, ledgerId, segmentCells)) {
    // All of them are good: it is what comes before the first of them.
    if (batch.cell >= cell + count) return damaged(cell, (first ?? batch).op);
    last = batch;
    if (batch.cell + batch.cells < cell) continue;
    first ??= batch;
    if (readBatch(storage, folder, batch, segmentCells) === undefined) {
      return damaged(Math.max(cell, batch.cell), batch.op);
    }
  }
  // The headers end here: the next one is damaged, or there is none.
  const end = last === undefined ? segment * segmentCells + 1 : last.cell + 1 + last.cells;
  if (end >= cell + count) return damaged(cell, first?.op ?? last?.op ?? 0);
  return damaged(Math.max(cell, end), last === undefined ? firstOp(segments, segment) : last.op + 1);
}

/** The op of the first batch in a segment: one more than the last op of the segments before. */
function firstOp({ storage, folder, ledgerId, segmentCells }: Segments, segment: number): number {
  if (segment === 0 || !storage.exists(`${folder}/${segmentName(segment - 1)}`)) return 1;
  let op = 0;
  for (const batch of batchHeaders(storage, folder, segment - 1, ledgerId, segmentCells)) op = batch.op;
  return op + 1;
}
