/** A segment's own header: cell 0, written whole and durable before the first batch. */
import {
  CELL_SIZE,
  HEADER_MAGIC,
  HEADER_VERSION,
  OPERATION_SEGMENT,
  SEGMENT_CELLS,
  SegmentOffset,
  TallystickError,
} from '../model/index.ts';
import { BLOCK_SIZE, type Storage } from '../platform/index.ts';
import { segmentName } from './cells.ts';
import { headerChecksum, readNumber, writeNumber } from './header.ts';

export interface SegmentHeader {
  readonly ledgerId: bigint;
  /** Absolute number of the segment's first cell. */
  readonly cell: number;
  /** No batch of the segment has a lower one. */
  readonly op: number;
  readonly fence: bigint;
  readonly segmentCells: number;
}

/** Writes the header into the first cell of `bytes`. Its checksum has no seed: a foreign ledger's must be readable. */
export function writeSegmentHeader(bytes: Uint8Array, header: SegmentHeader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, CELL_SIZE);
  bytes.fill(0, 0, CELL_SIZE);
  writeNumber(view, SegmentOffset.op, header.op);
  writeNumber(view, SegmentOffset.cell, header.cell);
  view.setBigUint64(SegmentOffset.fence, header.fence, true);
  view.setUint32(SegmentOffset.segmentCells, header.segmentCells, true);
  view.setUint16(SegmentOffset.operation, OPERATION_SEGMENT, true);
  view.setUint16(SegmentOffset.version, HEADER_VERSION, true);
  view.setBigUint64(SegmentOffset.ledgerId, BigInt.asUintN(64, header.ledgerId), true);
  view.setBigUint64(SegmentOffset.ledgerId + 8, header.ledgerId >> 64n, true);
  view.setUint32(SegmentOffset.magic, HEADER_MAGIC, true);
  view.setUint32(SegmentOffset.checksum, headerChecksum(bytes, 0, 0), true);
}

/**
 * Checks the first cell of `bytes`. False when it is no whole header; throws `format_newer` or `format_foreign` when it
 * is one, but not of this version, this ledger or this place. `path` is for the message.
 */
export function checkSegmentHeader(
  bytes: Uint8Array,
  expected: Omit<SegmentHeader, 'op' | 'fence'>,
  path: string,
): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, CELL_SIZE);
  if (view.getUint32(SegmentOffset.magic, true) !== HEADER_MAGIC) return false;
  if (view.getUint32(SegmentOffset.checksum, true) !== headerChecksum(bytes, 0, 0)) return false;
  const version = view.getUint16(SegmentOffset.version, true);
  if (version > HEADER_VERSION) {
    throw new TallystickError(
      'format_newer',
      `${path} has format ${version}; this Tallystick reads up to ${HEADER_VERSION}`,
    );
  }
  const ledgerId =
    view.getBigUint64(SegmentOffset.ledgerId, true) | (view.getBigUint64(SegmentOffset.ledgerId + 8, true) << 64n);
  if (ledgerId !== expected.ledgerId) {
    throw new TallystickError(
      'format_foreign',
      `${path} belongs to ledger ${ledgerId.toString(16)}, not to ${expected.ledgerId.toString(16)}`,
    );
  }
  const cell = readNumber(view, SegmentOffset.cell);
  const segmentCells = view.getUint32(SegmentOffset.segmentCells, true);
  if (
    cell !== expected.cell ||
    segmentCells !== expected.segmentCells ||
    view.getUint16(SegmentOffset.operation, true) !== OPERATION_SEGMENT
  ) {
    throw new TallystickError(
      'format_foreign',
      `${path} says that it starts at cell ${cell} and has ${segmentCells} cells; it should start at ` +
        `${expected.cell} and have ${expected.segmentCells}`,
    );
  }
  return true;
}

/** The same for segment `number` in `folder`, for a reader that only looks. */
export function checkSegment(storage: Storage, folder: string, number: number, ledgerId: bigint): boolean {
  const path = `${folder}/${segmentName(number)}`;
  const file = storage.open(path, { mode: 'read' });
  try {
    const bytes = new Uint8Array(BLOCK_SIZE);
    file.read(bytes, 0);
    return checkSegmentHeader(bytes, { ledgerId, cell: number * SEGMENT_CELLS, segmentCells: SEGMENT_CELLS }, path);
  } finally {
    file.close();
  }
}
