/**
 * The layout of the read side in the shared memory, made by the machine's thread, and the read side's ports to the
 * world. All addresses are bytes from the start of the memory. docs/internals/formats.md describes the contents.
 */
import type { GenerationBuffer } from '../machine/index.ts';
import { DIRECTORY_SLOTS, FILTER_BLOCK_IDS, FILTER_BLOCK_SIZE } from '../model/index.ts';

export interface HistoryLayout {
  /** A generation holds 2^log2Entries entries at most: 20 in production, never more. */
  readonly log2Entries: number;
  /** Two to four, used in rotation. */
  readonly generations: readonly GenerationBuffer[];
  /** A ring of stored transfers, 128 bytes each: entry e lies at rows + (e % rowsCount) * 128. 16-byte aligned. */
  readonly rows: number;
  /** A power of two. */
  readonly rowsCount: number;
  /**
   * How many of the newest entries are sure to be in it: a chain that was undone may have overwritten a batch's worth
   * of older rows. At least the cells of the ring of requests: the journal may not have written those yet.
   */
  readonly rowsTrusted: number;
  /** The first entry that went through the ring of rows: those of before the last start did not. */
  readonly rowsFirst: number;
  /** {@link QUERY_SIZE} bytes for the thread that answers queries. */
  readonly query: number;
  /** {@link scratchSize} bytes for the builder. */
  readonly scratch: number;
}

/** Positions that one scan of a generation finds. */
export const FOUND_MAX = 2048;
/** Bytes at {@link HistoryLayout.query}: what a scan finds, and what it looks for. */
export const QUERY_SIZE: number = FOUND_MAX * 4 + 128;

/**
 * Bytes that the builder needs at {@link HistoryLayout.scratch}: directory, items (then the filter), spare for sorting.
 * 16-byte aligned.
 */
export function scratchSize(log2Entries: number): number {
  const entries = 2 ** log2Entries;
  return scratchItems + itemsSize(entries) + (entries + 4096) * 4;
}

/** Where the parts of the scratch lie, from its start. */
export const scratchItems: number = (DIRECTORY_SLOTS + 16) * 4;
/** Items, or the filter with its block for every 51 entries, whichever is larger. */
export function itemsSize(entries: number): number {
  return Math.max(entries * 4, Math.ceil(entries / FILTER_BLOCK_IDS) * FILTER_BLOCK_SIZE) + 64;
}

/** Cells of the journal by their absolute number. Asked only for cells that the journal has written. */
export interface CellReader {
  /** Cells in a file of the journal. */
  readonly segmentCells: number;
  /** Reads `count` cells of 128 bytes from cell number `cell` on into `target` at byte `at`; all of one file. */
  read(cell: number, count: number, target: Uint8Array, at: number): void;
}

/** Accounts as the machine has them now. */
export interface AccountReader {
  /** Byte address of the account's 128-byte row in the shared memory, 0 if there is no such account. */
  row(lo: bigint, hi: bigint): number;
}
