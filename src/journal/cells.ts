/**
 * Where a batch lies in the journal: cells are numbered across all segments, cell 0 of each segment is the segment's
 * own header, and a batch never spans two. Pure: the sequencer numbers by this rule, the journal and recovery check it.
 */
import { SEGMENT_CELLS } from '../model/index.ts';

/** The cell of the header that follows when `cell` is the first free one and its body has `cells` cells. */
export function nextCell(cell: number, cells: number, segmentCells: number = SEGMENT_CELLS): number {
  const used = cell % segmentCells;
  if (used === 0) return cell + 1;
  return used + 1 + cells <= segmentCells ? cell : cell - used + segmentCells + 1;
}

/** The segment in which `cell` lies. */
export function segmentOf(cell: number, segmentCells: number = SEGMENT_CELLS): number {
  return Math.floor(cell / segmentCells);
}

/** The name of segment `number`'s file. */
export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.seg`;
}

/** The number of the segment of that name; undefined when it is no segment's name. */
export function segmentNumber(name: string): number | undefined {
  return /^\d{8}\.seg$/.test(name) ? Number(name.slice(0, 8)) : undefined;
}
