/** Cells of a ledger that has no journal, in this thread's memory, by their absolute number. */

import { readNumber } from '../journal/index.ts';
import { CELL_SIZE, HeaderOffset } from '../model/index.ts';
import type { EngineMemory } from './memory.ts';

/** 1 MiB: small enough for a test's ledger, large enough to be few. */
const CHUNK_CELLS = 8192;

export class CellStore {
  /** Any cells may be read together. */
  readonly segmentCells: number = Number.MAX_SAFE_INTEGER;
  readonly #chunks: (Uint8Array | undefined)[] = [];

  /** An independent copy. */
  fork(): CellStore {
    const copy = new CellStore();
    for (const chunk of this.#chunks) copy.#chunks.push(chunk?.slice());
    return copy;
  }

  /** Keeps the journalled request whose header lies at byte `header`. */
  append(memory: EngineMemory, header: number): void {
    const cell = readNumber(memory.view, header + HeaderOffset.cell);
    const cells = 1 + memory.view.getUint32(header + HeaderOffset.cells, true);
    for (let done = 0; done < cells; ) {
      const from = cell + done;
      const index = Math.floor(from / CHUNK_CELLS);
      const inChunk = from % CHUNK_CELLS;
      const count = Math.min(cells - done, CHUNK_CELLS - inChunk);
      this.#chunks[index] ??= new Uint8Array(CHUNK_CELLS * CELL_SIZE);
      const start = header + done * CELL_SIZE;
      this.#chunks[index].set(memory.bytes.subarray(start, start + count * CELL_SIZE), inChunk * CELL_SIZE);
      done += count;
    }
  }

  /** Copies `count` cells from `cell` on to byte `at` of `target`. They were appended. */
  read(cell: number, count: number, target: Uint8Array, at: number): void {
    for (let done = 0; done < count; done++) {
      const chunk = this.#chunks[Math.floor((cell + done) / CHUNK_CELLS)]!;
      const from = ((cell + done) % CHUNK_CELLS) * CELL_SIZE;
      target.set(chunk.subarray(from, from + CELL_SIZE), at + done * CELL_SIZE);
    }
  }
}
