/** Compares the files of block checksums with the batches that were found good. */

import { readSums, type Segments, SumsCollector, segmentName, sumsName } from '../journal/index.ts';
import { BLOCK_CELLS, CELL_SIZE, SEGMENT_CELLS } from '../model/index.ts';
import type { Damage } from './damage.ts';

export class SumsCheck {
  readonly #segments: Segments;
  readonly #damage: Damage[];
  #segment = -1;
  #collector: SumsCollector | undefined;

  constructor(segments: Segments, damage: Damage[]) {
    this.#segments = segments;
    this.#damage = damage;
  }

  /** A good batch whose header is cell `cell`. */
  add(cell: number, batch: Uint8Array): void {
    const segment = Math.floor(cell / SEGMENT_CELLS);
    if (segment !== this.#segment) {
      this.finish(true);
      this.#begin(segment);
    }
    this.#collector?.add(batch);
  }

  /**
   * Behind the last batch of a segment. `strict`: a file that is not whole is damage; else somebody may have been
   * writing it.
   */
  finish(strict: boolean): void {
    const collector = this.#collector;
    if (collector === undefined) return;
    this.#collector = undefined;
    const { storage, folder } = this.#segments;
    const file = `${folder}/${sumsName(this.#segment)}`;
    if (!storage.exists(file)) return;
    const sums = readSums(this.#segments, this.#segment);
    if (sums === undefined) {
      const what = 'the checksums of cells do not match their own; without the file they are made again';
      if (strict) this.#damage.push({ file, offset: 0, what });
      return;
    }
    const whole = Math.floor(Math.min(sums.cells, collector.cells) / BLOCK_CELLS);
    for (let index = 0; index < whole; index++) {
      if (sums.items[index] === collector.items[index]) continue;
      this.#damage.push({ file, offset: 64 + index * 4, what: 'the checksum is not that of the cells in the journal' });
      return;
    }
  }

  /** A segment's own header comes before its batches. */
  #begin(segment: number): void {
    const { storage, folder } = this.#segments;
    const file = storage.open(`${folder}/${segmentName(segment)}`, { mode: 'read' });
    const header = new Uint8Array(CELL_SIZE);
    try {
      file.read(header, 0);
    } finally {
      file.close();
    }
    this.#segment = segment;
    this.#collector = new SumsCollector(new Uint32Array(SEGMENT_CELLS / BLOCK_CELLS), 0);
    this.#collector.add(header);
  }
}
