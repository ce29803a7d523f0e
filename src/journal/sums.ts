/**
 * Block checksums: a sum of every four cells of the journal, compared whenever a stored transfer is read. The batches'
 * own checksums cover a mebibyte; these cover what a lookup reads. They are taken of the bytes that are written, not of
 * bytes read back. A segment that is full has them in a file beside it, the segment being written has them in the
 * shared memory. They are derived: a file that is missing or damaged is made again from the batches, whose checksums
 * vouch for them.
 */

import { assert } from '../base/index.ts';
import {
  SumsHeadOffset as at,
  BLOCK_CELLS,
  CELL_SIZE,
  HeaderOffset,
  SUMS_HEAD_MAGIC,
  SUMS_HEAD_SIZE,
  SUMS_HEAD_VERSION,
} from '../model/index.ts';
import { crc32, type Storage } from '../platform/index.ts';
import { nextCell, segmentName } from './cells.ts';
import type { Evidence } from './evidence.ts';
import { checksumSeed, isHeader, readNumber, writeNumber } from './header.ts';
import { byteInSegment, type Position } from './position.ts';
import { checkSegmentHeader } from './segment.ts';
import { sumDesk } from './sum-kernel.ts';
import { Walk } from './walk.ts';

/** The known sums of a segment's cells, from its first on. */
export interface Sums {
  /** The sum of every block, also of one that is not full. */
  readonly items: Uint32Array;
  /** Known cells; batches end there. */
  readonly cells: number;
  /** Op of the last batch in them, and the checksum of its header; 0 before the first. */
  readonly op: number;
  readonly parent: number;
}

/** Which journal it is. */
export interface Segments {
  readonly storage: Storage;
  readonly folder: string;
  readonly ledgerId: bigint;
  readonly segmentCells: number;
}

/** `00000042.sum` beside `00000042.seg`. */
export function sumsName(segment: number): string {
  return segmentName(segment).replace(/seg$/, 'sum');
}

/**
 * `durable`: when it returns. Else a crash may leave a file that is not whole, which is made again; waiting for the
 * disk would cost every 64 MiB of batches a pause. Throws what the storage throws.
 */
export function writeSums(
  { storage, folder, ledgerId }: Segments,
  segment: number,
  sums: Sums,
  durable: boolean,
): void {
  const count = Math.ceil(sums.cells / BLOCK_CELLS);
  const bytes = new Uint8Array(SUMS_HEAD_SIZE + count * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(at.magic, SUMS_HEAD_MAGIC, true);
  view.setUint32(at.version, SUMS_HEAD_VERSION, true);
  view.setUint32(at.cells, sums.cells, true);
  writeNumber(view, at.op, sums.op);
  view.setUint32(at.parent, sums.parent, true);
  view.setUint32(at.segment, segment, true);
  view.setBigUint64(at.ledgerId, BigInt.asUintN(64, ledgerId), true);
  view.setBigUint64(at.ledgerId + 8, ledgerId >> 64n, true);
  for (let index = 0; index < count; index++) view.setUint32(SUMS_HEAD_SIZE + index * 4, sums.items[index]!, true);
  view.setUint32(at.checksum, crc32(bytes.subarray(4)), true);
  const file = storage.open(`${folder}/${sumsName(segment)}`, { mode: 'create', durable });
  try {
    file.write(bytes, 0);
    if (file.size() > bytes.length) file.truncate(bytes.length);
  } finally {
    file.close();
  }
}

/** Undefined when there is no whole file of this segment and this ledger. */
export function readSums({ storage, folder, ledgerId, segmentCells }: Segments, segment: number): Sums | undefined {
  const path = `${folder}/${sumsName(segment)}`;
  if (!storage.exists(path)) return undefined;
  const file = storage.open(path, { mode: 'read' });
  let bytes: Uint8Array;
  try {
    const size = file.size();
    if (size < SUMS_HEAD_SIZE || size > SUMS_HEAD_SIZE + Math.ceil(segmentCells / BLOCK_CELLS) * 4) return undefined;
    bytes = new Uint8Array(size);
    if (file.read(bytes, 0) !== size) return undefined;
  } finally {
    file.close();
  }
  const view = new DataView(bytes.buffer);
  const cells = view.getUint32(at.cells, true);
  const isOurs =
    view.getUint32(at.checksum, true) === crc32(bytes.subarray(4)) &&
    view.getUint32(at.magic, true) === SUMS_HEAD_MAGIC &&
    view.getUint32(at.version, true) === SUMS_HEAD_VERSION &&
    view.getUint32(at.segment, true) === segment &&
    view.getBigUint64(at.ledgerId, true) === BigInt.asUintN(64, ledgerId) &&
    view.getBigUint64(at.ledgerId + 8, true) === ledgerId >> 64n &&
    cells <= segmentCells &&
    bytes.length === SUMS_HEAD_SIZE + Math.ceil(cells / BLOCK_CELLS) * 4;
  if (!isOurs) return undefined;
  const items = new Uint32Array(bytes.buffer, SUMS_HEAD_SIZE);
  return { items, cells, op: readNumber(view, at.op), parent: view.getUint32(at.parent, true) };
}

/** Collects the checksums of cells that come one after another. */
export class SumsCollector {
  readonly items: Uint32Array;
  cells: number;

  constructor(items: Uint32Array, cells: number) {
    this.items = items;
    this.cells = cells;
  }

  /** Takes whole cells, no more than fit on the desk; they may lie there. */
  add(bytes: Uint8Array): void {
    const desk = sumDesk();
    const onDesk = bytes.buffer === desk.bytes.buffer;
    if (!onDesk) desk.bytes.set(bytes);
    const cells = bytes.length / CELL_SIZE;
    if (cells === 0) return;
    const before = this.cells % BLOCK_CELLS;
    const block = (this.cells - before) / BLOCK_CELLS;
    desk.sum(
      onDesk ? (bytes.byteOffset - desk.bytes.byteOffset) / CELL_SIZE : 0,
      cells,
      before,
      before === 0 ? 0 : this.items[block]!,
    );
    this.items.set(desk.items.subarray(0, Math.ceil((before + cells) / BLOCK_CELLS)), block);
    this.cells += cells;
  }
}

/** Segments that may have filled before the system wrote their files to the disk by itself, and more. */
const UNSETTLED_MAX = 256;

/**
 * After a crash: the names of the files of full segments up to `segment` that are not whole. A reader that misses one
 * makes it again.
 */
export function tornSums(segments: Segments, segment: number): string[] {
  const { storage, folder } = segments;
  const torn: string[] = [];
  for (let number = Math.max(0, segment - UNSETTLED_MAX); number <= segment; number++) {
    const name = sumsName(number);
    if (storage.exists(`${folder}/${name}`) && readSums(segments, number) === undefined) torn.push(name);
  }
  return torn;
}

/** The evidence in files of sums about a journal that ends in segment `segment`: of that segment or of later ones. */
export function sumsEvidence(segments: Segments, segment: number): Evidence[] {
  const { storage, folder } = segments;
  const known: Evidence[] = [];
  for (const number of sumsNumbers(storage, folder)) {
    const sums = number < segment ? undefined : readSums(segments, number);
    if (sums !== undefined) known.push({ op: sums.op, source: `${folder}/${sumsName(number)}` });
  }
  return known;
}

/**
 * The paths of segments before `segment` that are shorter than their sums say: a walk from a snapshot does not come by
 * them.
 */
export function cutSegments(segments: Segments, segment: number): string[] {
  const { storage, folder } = segments;
  return sumsNumbers(storage, folder)
    .filter((number) => number < segment && isCut(segments, number) && readSums(segments, number) !== undefined)
    .map((number) => `${folder}/${segmentName(number)}`);
}

function sumsNumbers(storage: Storage, folder: string): number[] {
  return storage
    .list(folder)
    .filter((name) => /^\d{8}\.sum$/.test(name))
    .map((name) => Number(name.slice(0, 8)));
}

/**
 * Whether the segment ends before the cells that the head of its sums speaks of; the sums themselves are not looked
 * at.
 */
function isCut({ storage, folder }: Segments, number: number): boolean {
  const head = new Uint8Array(SUMS_HEAD_SIZE);
  const sums = storage.open(`${folder}/${sumsName(number)}`, { mode: 'read' });
  try {
    if (sums.read(head, 0) < SUMS_HEAD_SIZE) return false;
  } finally {
    sums.close();
  }
  const path = `${folder}/${segmentName(number)}`;
  if (!storage.exists(path)) return true;
  const segment = storage.open(path, { mode: 'read' });
  try {
    return segment.size() < new DataView(head.buffer).getUint32(at.cells, true) * CELL_SIZE;
  } finally {
    segment.close();
  }
}

/**
 * The checksums of a segment's cells as its batches vouch for them: read from the file where that fits, the rest made
 * by walking the batches, as far as they are good.
 * Never throws for damage: it ends before it. `anew`: without the file.
 */
export function vouchedSums(segments: Segments, segment: number, anew = false): Sums {
  const { storage, folder, ledgerId, segmentCells } = segments;
  const none: Sums = { items: new Uint32Array(0), cells: 0, op: 0, parent: 0 };
  const path = `${folder}/${segmentName(segment)}`;
  if (!storage.exists(path)) return none;
  const known = anew ? undefined : readSums(segments, segment);
  const file = storage.open(path, { mode: 'read' });
  const start = segment * segmentCells;
  const first = new Uint8Array(CELL_SIZE);
  let next: Position | undefined;
  let from: Sums = known ?? none;
  try {
    const whole = file.read(first, 0) === CELL_SIZE;
    if (!whole || !checkSegmentHeader(first, { ledgerId, cell: start, segmentCells }, path)) return none;
    next = known === undefined ? undefined : before(segments, file.read.bind(file), start + known.cells);
    // The next segment must follow the batch that the file ends with.
    if (known !== undefined && next !== undefined && known.op > 0 && next.parent !== known.parent) {
      from = none;
      next = undefined;
    }
    if (from === none) next = before(segments, file.read.bind(file), start + 1);
  } finally {
    file.close();
  }
  if (known !== undefined && from === known && next === undefined) return known;

  const items = new Uint32Array(Math.ceil(segmentCells / BLOCK_CELLS));
  items.set(from.items);
  const collected = new SumsCollector(items, from.cells);
  if (from.cells === 0) collected.add(first);
  let { op, parent } = from;
  if (next !== undefined) {
    const window = sumDesk().bytes;
    const view = new DataView(window.buffer, window.byteOffset, window.byteLength);
    const walk = new Walk(storage, folder, next, window, { ledgerId, segmentCells });
    let inside = true;
    try {
      while (inside) {
        const stepped = walk.step((offset) => {
          const cell = readNumber(view, offset + HeaderOffset.cell);
          inside = cell < start + segmentCells;
          if (!inside) return;
          assert(cell === start + collected.cells, 'batches of a segment follow one another');
          collected.add(
            window.subarray(offset, offset + CELL_SIZE * (1 + view.getUint32(offset + HeaderOffset.cells, true))),
          );
          op = readNumber(view, offset + HeaderOffset.op);
          parent = view.getUint32(offset + HeaderOffset.checksum, true);
        });
        if (!stepped) break;
      }
    } finally {
      walk.close();
    }
  }
  return { items, cells: collected.cells, op, parent };
}

/** The position before the batch whose header is `cell`; undefined when there is none. */
function before(
  { ledgerId, segmentCells }: Segments,
  read: (target: Uint8Array, position: number) => number,
  cell: number,
): Position | undefined {
  if (cell % segmentCells === 0 || nextCell(cell, 0, segmentCells) !== cell) return undefined;
  const header = new Uint8Array(CELL_SIZE);
  const view = new DataView(header.buffer);
  if (read(header, byteInSegment(cell, segmentCells)) !== CELL_SIZE) return undefined;
  if (!isHeader(header, view, 0, cell, checksumSeed(ledgerId))) return undefined;
  const op = readNumber(view, HeaderOffset.op) - 1;
  const fence = view.getBigUint64(HeaderOffset.fence, true);
  return { op, cell, last: 0, parent: view.getUint32(HeaderOffset.parent, true), fence, timestamp: 0n };
}
