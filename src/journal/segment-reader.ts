/**
 * A journal's segments seen through a window of memory: which there are, whether their own headers are good, and their
 * cells. Only reads.
 */

import { assert } from '../base/index.ts';
import { CELL_SIZE, HeaderOffset, SEGMENT_CELLS } from '../model/index.ts';
import type { File, Storage } from '../platform/index.ts';
import { segmentName, segmentNumber, segmentOf } from './cells.ts';
import { checksumSeed, isHeader, readNumber } from './header.ts';
import { byteInSegment } from './position.ts';
import { checkSegmentHeader } from './segment.ts';

export class SegmentReader {
  readonly window: Uint8Array;
  readonly view: DataView;
  readonly segmentCells: number;
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #ledgerId: bigint;
  readonly #seed: number;
  #numbers: readonly number[];
  #number = -1;
  #file: File | undefined;
  #isGood = false;
  #isZero = false;
  #op = 0;
  #loadedAt = 0;
  #loaded = 0;

  constructor(storage: Storage, folder: string, window: Uint8Array, ledgerId: bigint, segmentCells: number) {
    this.#storage = storage;
    this.#folder = folder;
    this.window = window;
    this.view = new DataView(window.buffer, window.byteOffset, window.byteLength);
    this.#ledgerId = ledgerId;
    this.segmentCells = segmentCells;
    this.#seed = checksumSeed(ledgerId);
    this.#numbers = segmentNumbers(storage, folder);
  }

  /** Numbers of the segments that are there, ascending. */
  get numbers(): readonly number[] {
    return this.#numbers;
  }

  /** The segment that is open; -1: none. */
  get number(): number {
    return this.#number;
  }

  /** The open segment's own header is good. */
  get isGood(): boolean {
    return this.#isGood;
  }

  /** The cell of the open segment's own header is all zeros, or not there at all. */
  get isZero(): boolean {
    return this.#isZero;
  }

  /**
   * From the open segment's header: every batch before this op was durable when the segment was made; 0 when the
   * header is not good.
   */
  get op(): number {
    return this.#op;
  }

  /** Bytes that the window holds. */
  get loaded(): number {
    return this.#loaded;
  }

  /** Opens segment `number`; false when there is no such file. */
  open(number: number): boolean {
    this.close();
    if (!this.#numbers.includes(number)) return false;
    const path = this.path(number);
    this.#file = this.#storage.open(path, { mode: 'read' });
    this.#number = number;
    this.#loaded = 0;
    const first = new Uint8Array(CELL_SIZE);
    const { segmentCells } = this;
    const expected = { ledgerId: this.#ledgerId, cell: number * segmentCells, segmentCells };
    this.#isGood = this.#file.read(first, 0) === CELL_SIZE && checkSegmentHeader(first, expected, path);
    const view = new DataView(first.buffer);
    this.#isZero = isZeroCell(view, 0);
    this.#op = this.#isGood ? readNumber(view, HeaderOffset.op) : 0;
    return true;
  }

  /** The window's offset of `cell`, read if need be; -1 when its file does not have it. */
  cellAt(cell: number): number {
    const number = segmentOf(cell, this.segmentCells);
    if (number !== this.#number && !this.open(number)) return -1;
    const position = byteInSegment(cell, this.segmentCells);
    if (position < this.#loadedAt || position + CELL_SIZE > this.#loadedAt + this.#loaded) this.load(cell);
    return this.#loaded >= CELL_SIZE ? position - this.#loadedAt : -1;
  }

  /** Fills the window from `cell`, of the open segment, on. */
  load(cell: number): void {
    assert(this.#file !== undefined && segmentOf(cell, this.segmentCells) === this.#number, 'a segment is open');
    this.#loadedAt = byteInSegment(cell, this.segmentCells);
    const rest = this.segmentCells * CELL_SIZE - this.#loadedAt;
    this.#loaded = this.#file.read(this.window.subarray(0, Math.min(this.window.length, rest)), this.#loadedAt);
  }

  /** Whether the window has, at byte `at`, a whole header that was written for `cell`. */
  isHeader(at: number, cell: number): boolean {
    return isHeader(this.window, this.view, at, cell, this.#seed);
  }

  /** Forgets what was read: a writer may have gone on since. */
  refresh(): void {
    this.close();
    this.#numbers = segmentNumbers(this.#storage, this.#folder);
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#number = -1;
    this.#loaded = 0;
  }

  path(number: number): string {
    return `${this.#folder}/${segmentName(number)}`;
  }

  /** A cell as people find it. */
  place(cell: number): string {
    return `${this.path(segmentOf(cell, this.segmentCells))} offset ${byteInSegment(cell, this.segmentCells)}`;
  }
}

/** Whether the cell at byte `at` is all zeros. */
export function isZeroCell(view: DataView, at: number): boolean {
  for (let offset = at; offset < at + CELL_SIZE; offset += 8) {
    if ((view.getUint32(offset, true) | view.getUint32(offset + 4, true)) !== 0) return false;
  }
  return true;
}

/** The numbers of the segments in a journal's folder, ascending. */
export function segmentNumbers(storage: Storage, folder: string): number[] {
  return storage
    .list(folder)
    .map(segmentNumber)
    .filter((number) => number !== undefined);
}

/** Cells of a journal up to the end of its last segment's file, which may have zeros behind the last batch. */
export function cellsThere(storage: Storage, folder: string): number {
  const last = segmentNumbers(storage, folder).at(-1);
  if (last === undefined) return 0;
  const file = storage.open(`${folder}/${segmentName(last)}`, { mode: 'read' });
  try {
    return last * SEGMENT_CELLS + Math.floor(file.size() / CELL_SIZE);
  } finally {
    file.close();
  }
}
