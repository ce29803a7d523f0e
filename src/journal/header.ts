/**
 * The header cell, read and written in place (docs/internals/formats.md). Numbers that grow by one (op, cell) stay
 * below 2^53 and are plain numbers here; nothing allocates but the views that crc32 wants.
 */
import { CELL_SIZE, HEADER_MAGIC, HeaderOffset } from '../model/index.ts';
import { crc32 } from '../platform/index.ts';

/** A u64 below 2^53 at byte offset `at`. */
export function readNumber(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}

/** Writes an integer of 0 to 2^53 as u64 at byte offset `at`. */
export function writeNumber(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

/**
 * The seed of a ledger's checksums. A cell that a client filled can look like a header, at the cell where it will lie;
 * without knowing the ledger's id it cannot carry the checksum of one. The seed also keeps batches of one ledger out of
 * another's journal.
 */
export function checksumSeed(ledgerId: bigint): number {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt.asUintN(64, ledgerId), true);
  view.setBigUint64(8, ledgerId >> 64n, true);
  return crc32(bytes);
}

/** The checksum that the header at `at` of `bytes` should carry. */
export function headerChecksum(bytes: Uint8Array, at: number, seed: number): number {
  return crc32(bytes.subarray(at + 4, at + CELL_SIZE), seed);
}

/** The checksum of `cells` body cells behind the header at `at`. */
export function bodyChecksum(bytes: Uint8Array, at: number, cells: number): number {
  return cells === 0 ? 0 : crc32(bytes.subarray(at + CELL_SIZE, at + CELL_SIZE * (1 + cells)));
}

/** Whether the cell at `at` is a header that was written for this `cell`; its body is not looked at. */
export function isHeader(bytes: Uint8Array, view: DataView, at: number, cell: number, seed: number): boolean {
  return (
    view.getUint32(at + HeaderOffset.magic, true) === HEADER_MAGIC &&
    readNumber(view, at + HeaderOffset.cell) === cell &&
    view.getUint32(at + HeaderOffset.checksum, true) === headerChecksum(bytes, at, seed)
  );
}
