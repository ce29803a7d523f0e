import { assert } from '../base/index.ts';
import { TallystickError } from '../model/index.ts';
import type { File, Storage } from '../platform/index.ts';
import { CELL_SIZE, SEGMENT_CELLS, segmentName, segmentOf } from './cells.ts';
import { byteInSegment } from './position.ts';

/** Segments held open. */
const FILES_MAX = 64;

/** Reads cells out of the journal's files by absolute number: how queries get at stored transfers. Any thread may have its own. */
export class CellReader {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #segmentCells: number;
  /** The least recently used first. */
  readonly #files = new Map<number, File>();
  /** The last answer of `#fileOf`: a query's cells mostly ascend. */
  #lastSegment = -1;
  #lastFile: File | undefined;

  constructor(storage: Storage, folder: string, segmentCells: number = SEGMENT_CELLS) {
    this.#storage = storage;
    this.#folder = folder;
    this.#segmentCells = segmentCells;
  }

  /**
   * Copies `count` cells from `cell` on to byte `at` of `target`. They must lie in one segment and be durable: what is newer is in the ring.
   * Throws `journal_corrupt` when the file ends before them.
   */
  readCells(cell: number, count: number, target: Uint8Array, at: number): void {
    const segment = segmentOf(cell, this.#segmentCells);
    assert(segmentOf(cell + count - 1, this.#segmentCells) === segment, 'cells of one batch lie in one segment');
    if (segment !== this.#lastSegment) {
      this.#lastFile = this.#fileOf(segment);
      this.#lastSegment = segment;
    }
    const file = this.#lastFile!;
    const position = byteInSegment(cell, this.#segmentCells);
    const size = count * CELL_SIZE;
    const whole = at === 0 && size === target.length;
    if (file.read(whole ? target : target.subarray(at, at + size), position) === size) return;
    throw new TallystickError('journal_corrupt', `${file.path} ends before byte ${position + size}, in cell ${cell}`);
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#lastSegment = -1;
    this.#lastFile = undefined;
  }

  #fileOf(segment: number): File {
    const known = this.#files.get(segment);
    if (known !== undefined) {
      if (this.#files.size > 1) {
        this.#files.delete(segment);
        this.#files.set(segment, known);
      }
      return known;
    }
    const file = this.#storage.open(`${this.#folder}/${segmentName(segment)}`, { mode: 'read' });
    this.#files.set(segment, file);
    if (this.#files.size > FILES_MAX) {
      const [oldest, held] = this.#files.entries().next().value!;
      held.close();
      this.#files.delete(oldest);
    }
    return file;
  }
}
