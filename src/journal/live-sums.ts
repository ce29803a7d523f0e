/**
 * Block checksums of the segment that is being written (sums.ts), in memory that the writer shares with those who read
 * cells. The writer fills items as batches are added and publishes how far they are durable; a reader believes what
 * lies before that.
 */

import { assert, type SharedMemory } from '../base/index.ts';
import { BLOCK_CELLS, CELL_SIZE, LIVE_SUMS_SIZE, LiveSumsOffset, SEGMENT_CELLS } from '../model/index.ts';
import { nextCell, segmentName, segmentOf } from './cells.ts';
import { journalDamage } from './damage.ts';
import type { Position } from './position.ts';
import { type SumKernel, sumDesk, sumKernel } from './sum-kernel.ts';
import { type Segments, type Sums, sumsName, vouchedSums } from './sums.ts';

/** Words of the segment's number, and of what is durable (`LiveSums` in model/layouts-memory.ts). */
const SEGMENT: number = LiveSumsOffset.segment / 4;
const DURABLE: number = LiveSumsOffset.durable / 8;

/** Bytes that a {@link LiveSums} takes. */
export function liveSumsSize(segmentCells: number = SEGMENT_CELLS): number {
  return LIVE_SUMS_SIZE + Math.ceil(segmentCells / BLOCK_CELLS) * 4;
}

/** The durable part of the segment being written. */
export interface DurableSums {
  readonly segment: number;
  readonly cells: number;
  /** The sum of the durable cells of the block that is not full. */
  readonly sum: number;
  readonly items: Uint32Array;
}

export class LiveSums {
  readonly #memory: SharedMemory;
  readonly #kernel: SumKernel;
  readonly #items: Uint32Array;
  readonly #words: Int32Array;
  readonly #long: BigInt64Array;
  /** The writer's: what was added. */
  #cells = 0;
  /** The sum of the cells of the block that is not full; 0 if it has none. */
  #sum = 0;

  /** `at`: byte offset of {@link liveSumsSize} bytes, a multiple of 8. */
  constructor(memory: SharedMemory, at: number, segmentCells: number = SEGMENT_CELLS) {
    const { buffer } = memory;
    this.#memory = memory;
    this.#kernel = sumKernel(memory);
    assert(segmentCells < 2 ** 20, 'the cells of a segment fit into 20 bits');
    this.#words = new Int32Array(buffer, at, 2);
    this.#long = new BigInt64Array(buffer, at, 2);
    this.#items = new Uint32Array(buffer, at + LIVE_SUMS_SIZE, Math.ceil(segmentCells / BLOCK_CELLS));
  }

  /** For a reader, on any thread. */
  get durable(): DurableSums {
    for (;;) {
      const segment = Atomics.load(this.#words, SEGMENT);
      const tail = Atomics.load(this.#long, DURABLE);
      // The writer may be going on to the next segment.
      if (Number(BigInt.asUintN(12, tail >> 52n)) !== (segment & 0xfff)) continue;
      const cells = Number(BigInt.asUintN(20, tail >> 32n));
      return { segment, cells, sum: Number(BigInt.asUintN(32, tail)), items: this.#items };
    }
  }

  get segment(): number {
    return Atomics.load(this.#words, SEGMENT);
  }

  /** The writer's: cells added. */
  get cells(): number {
    return this.#cells;
  }

  /** The writer's: what was added, for its file. */
  sums(op: number, parent: number): Sums {
    return { items: this.#items, cells: this.#cells, op, parent };
  }

  /** Begins with what is known of `segment`, all of it durable. */
  begin(segment: number, sums: Omit<Sums, 'op' | 'parent'>): void {
    // Readers of the segment before must not take what follows for theirs.
    Atomics.store(this.#words, SEGMENT, segment);
    this.#items.set(sums.items);
    this.#cells = sums.cells;
    this.#sum = sums.cells % BLOCK_CELLS === 0 ? 0 : sums.items[Math.floor(sums.cells / BLOCK_CELLS)]!;
    this.publish();
  }

  /** Becomes the writer of what another thread has begun. */
  resume(): void {
    const { cells, sum } = this.durable;
    this.#cells = cells;
    this.#sum = sum;
  }

  /** Takes whole cells, a batch's or a segment's own header. */
  add(bytes: Uint8Array): void {
    const cells = bytes.length / CELL_SIZE;
    const before = this.#cells % BLOCK_CELLS;
    const block = (this.#cells - before) / BLOCK_CELLS;
    if (bytes.buffer === this.#memory.buffer) {
      const items = this.#items.byteOffset + block * 4;
      this.#sum = this.#kernel.sumCells(bytes.byteOffset, cells, before, this.#sum, items) >>> 0;
    } else {
      const desk = sumDesk();
      desk.bytes.set(bytes);
      this.#sum = desk.sum(0, cells, before, this.#sum);
      this.#items.set(desk.items.subarray(0, Math.ceil((before + cells) / BLOCK_CELLS)), block);
    }
    this.#cells += cells;
    if (this.#cells % BLOCK_CELLS === 0) this.#sum = 0;
  }

  /** Everything that was added is durable now. */
  publish(): void {
    const segment = BigInt(this.segment & 0xfff);
    Atomics.store(this.#long, DURABLE, (segment << 52n) | (BigInt(this.#cells) << 32n) | BigInt(this.#sum));
  }
}

/**
 * Begins with the segment in which the journal goes on behind `position`, where recovery ended. Throws
 * `journal_corrupt` when a batch of the segment from before the walk is damaged. `giveUp`: takes away the file of that
 * name, which does not fit.
 */
export function beginSums(
  segments: Segments,
  position: Position,
  live: LiveSums,
  giveUp: (name: string) => void = (name) => segments.storage.remove(`${segments.folder}/${name}`),
): void {
  const { storage, folder, segmentCells } = segments;
  const next = nextCell(position.cell, 0, segmentCells);
  const segment = segmentOf(next, segmentCells);
  const wanted = next - segment * segmentCells;
  const sumsPath = `${folder}/${sumsName(segment)}`;
  const fits = ({ cells, op, parent }: Sums): boolean =>
    cells === wanted && (wanted === 1 || (op === position.op && parent === position.parent));
  let sums = vouchedSums(segments, segment);
  if (!fits(sums) && storage.exists(sumsPath)) {
    // It knows what the disk has lost since.
    giveUp(sumsName(segment));
    storage.syncFolder(folder);
    sums = vouchedSums(segments, segment);
  }
  const path = `${folder}/${segmentName(segment)}`;
  if (!fits(sums) && storage.exists(path)) {
    throw journalDamage(segments, segment * segmentCells + sums.cells, 1, 'and later batches are not');
  }
  live.begin(segment, sums);
}
