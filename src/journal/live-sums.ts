/**
 * Block checksums of the segment that is being written (sums.ts), in memory that the writer shares with those who read cells. The writer fills items as batches
 * are added and publishes how far they are durable; a reader believes what lies before that.
 */
import { assert } from '../base/index.ts';
import { crc32 } from '../platform/index.ts';
import { CELL_SIZE, nextCell, SEGMENT_CELLS, segmentName, segmentOf } from './cells.ts';
import { joined, joinedBlock } from './crc-math.ts';
import { journalDamage } from './damage.ts';
import type { Position } from './position.ts';
import { BLOCK_CELLS, type Segments, SUM_BLOCK_SIZE, type Sums, sumsName, vouchedSums } from './sums.ts';

const HEAD_SIZE = 64;

/** Bytes that a {@link LiveSums} takes. */
export function liveSumsSize(segmentCells: number = SEGMENT_CELLS): number {
  return HEAD_SIZE + Math.ceil(segmentCells / BLOCK_CELLS) * 4;
}

/** What is durable of the segment being written. */
export interface DurableSums {
  readonly segment: number;
  readonly cells: number;
  /** Of the durable cells of the block that is not full. */
  readonly crc: number;
  readonly items: Uint32Array;
}

export class LiveSums {
  readonly #items: Uint32Array;
  /** 0: number of the segment. */
  readonly #words: Int32Array;
  /** 1: the segment's number modulo 2^12, its durable cells (20 bits), the checksum of those in the block that is not full (32 bits). */
  readonly #long: BigInt64Array;
  /** The writer's: what was added. */
  #cells = 0;
  #crc = 0;
  /** Between body and header: cells of the body in the header's block and their checksum; checksum of the body's last block, when it is another and not full. */
  #firstCells = 0;
  #firstCrc = 0;
  #lastCrc = 0;

  /** `at`: byte offset of {@link liveSumsSize} bytes, a multiple of 8. */
  constructor(buffer: ArrayBufferLike, at: number, segmentCells: number = SEGMENT_CELLS) {
    assert(segmentCells < 2 ** 20, 'the cells of a segment fit into 20 bits');
    this.#words = new Int32Array(buffer, at, 2);
    this.#long = new BigInt64Array(buffer, at, 2);
    this.#items = new Uint32Array(buffer, at + HEAD_SIZE, Math.ceil(segmentCells / BLOCK_CELLS));
  }

  /** For a reader, on any thread. */
  get durable(): DurableSums {
    for (;;) {
      const segment = Atomics.load(this.#words, 0);
      const tail = Atomics.load(this.#long, 1);
      // The writer may be going on to the next segment.
      if (Number(BigInt.asUintN(12, tail >> 52n)) !== (segment & 0xfff)) continue;
      const cells = Number(BigInt.asUintN(20, tail >> 32n));
      return { segment, cells, crc: Number(BigInt.asUintN(32, tail)), items: this.#items };
    }
  }

  get segment(): number {
    return Atomics.load(this.#words, 0);
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
    Atomics.store(this.#words, 0, segment);
    this.#items.set(sums.items);
    this.#cells = sums.cells;
    this.#crc = sums.cells % BLOCK_CELLS === 0 ? 0 : sums.items[Math.floor(sums.cells / BLOCK_CELLS)]!;
    this.publish();
  }

  /** Becomes the writer of what another thread has begun. */
  resume(): void {
    const { cells, crc } = this.durable;
    this.#cells = cells;
    this.#crc = crc;
  }

  /**
   * Takes the `cells` body cells at byte `at` of `memory`, whose header will lie where the added cells end; the header must be added next. Returns the checksum
   * of the body alone.
   */
  addBody(memory: Uint8Array, at: number, cells: number): number {
    let index = this.#cells + 1;
    const end = index + cells;
    let from = at;
    this.#firstCells = Math.min(cells, (BLOCK_CELLS - (index % BLOCK_CELLS)) % BLOCK_CELLS);
    this.#lastCrc = 0;
    let sum = 0;
    if (this.#firstCells > 0) {
      sum = crc32(memory.subarray(from, from + this.#firstCells * CELL_SIZE));
      this.#firstCrc = sum;
      from += this.#firstCells * CELL_SIZE;
      index += this.#firstCells;
    }
    for (; index + BLOCK_CELLS <= end; index += BLOCK_CELLS, from += SUM_BLOCK_SIZE) {
      const block = crc32(memory.subarray(from, from + SUM_BLOCK_SIZE));
      this.#items[index / BLOCK_CELLS] = block;
      sum = joinedBlock(sum, block);
    }
    if (index < end) {
      const last = crc32(memory.subarray(from, from + (end - index) * CELL_SIZE));
      this.#lastCrc = last;
      this.#items[Math.floor(index / BLOCK_CELLS)] = last;
      sum = joined(sum, last, end - index);
    }
    return sum;
  }

  /** Takes the header whose body of `cells` cells came before it. */
  addHeader(header: Uint8Array, cells: number): void {
    const index = this.#cells;
    assert(header.length === CELL_SIZE, 'a header is a cell');
    const alone = crc32(header, this.#crc);
    const sum = this.#firstCells === 0 ? alone : joined(alone, this.#firstCrc, this.#firstCells);
    this.#items[Math.floor(index / BLOCK_CELLS)] = sum;
    this.#cells += 1 + cells;
    if (this.#cells % BLOCK_CELLS === 0) this.#crc = 0;
    else this.#crc = Math.floor(this.#cells / BLOCK_CELLS) === Math.floor(index / BLOCK_CELLS) ? sum : this.#lastCrc;
  }

  /** A segment's own header, or any cell without a body. */
  addCell(cell: Uint8Array): void {
    this.addBody(cell, 0, 0);
    this.addHeader(cell, 0);
  }

  /** What was added is durable. */
  publish(): void {
    const segment = BigInt(this.segment & 0xfff);
    Atomics.store(this.#long, 1, (segment << 52n) | (BigInt(this.#cells) << 32n) | BigInt(this.#crc));
  }
}

/**
 * Begins with the segment in which the journal goes on behind `position`, where recovery ended. Throws `journal_corrupt` when a batch of the segment from before
 * the walk is damaged.
 */
export function beginSums(segments: Segments, position: Position, live: LiveSums): void {
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
    storage.remove(sumsPath);
    storage.syncFolder(folder);
    sums = vouchedSums(segments, segment);
  }
  const path = `${folder}/${segmentName(segment)}`;
  if (!fits(sums) && storage.exists(path)) {
    throw journalDamage(segments, segment * segmentCells + sums.cells, 1, 'and later batches are not');
  }
  live.begin(segment, sums);
}
