/**
 * The kernel that sums cells (docs/internals/formats.md, "Block checksums"), and where a thread puts cells that lie
 * elsewhere for it to read.
 */

import { compileKernel, instantiateKernel, type Kernel, type SharedMemory, sharedMemory } from '../base/index.ts';
import { BLOCK_CELLS, CELL_SIZE } from '../model/index.ts';
import { kernelBase64 } from './kernel.gen.ts';

/** Addresses and counts are u32 (`>>> 0` what comes back). */
export interface SumKernel {
  sumCells(at: number, cells: number, before: number, sum: number, items: number): number;
}

let compiled: Kernel | undefined;

export function sumKernel(memory: SharedMemory): SumKernel {
  compiled ??= compileKernel(kernelBase64);
  return instantiateKernel<SumKernel>(compiled, memory);
}

/** Cells that fit at once: the largest batch and more. */
export const DESK_CELLS = 16_384;

const CELLS_AT = 65_536;
const ITEMS_AT: number = CELLS_AT + DESK_CELLS * CELL_SIZE;

/** A memory of this thread's own for cells that were read. Its user is done with it when it returns. */
export class SumDesk {
  /** DESK_CELLS cells. */
  readonly bytes: Uint8Array;
  /** The sums of the last call. */
  readonly items: Uint32Array;
  readonly #kernel: SumKernel;

  constructor() {
    const memory = sharedMemory(Math.ceil((ITEMS_AT + DESK_CELLS) / 65_536) + 1);
    this.bytes = new Uint8Array(memory.buffer, CELLS_AT, DESK_CELLS * CELL_SIZE);
    this.items = new Uint32Array(memory.buffer, ITEMS_AT, DESK_CELLS / BLOCK_CELLS + 1);
    this.#kernel = sumKernel(memory);
  }

  /**
   * Sums `cells` cells (at least one) from cell `from` of `bytes` on into `items`: of their blocks, when the first of
   * them is cell `before` of its block and those before it have the sum `sum`. Returns the last item.
   */
  sum(from: number, cells: number, before: number, sum: number): number {
    return this.#kernel.sumCells(CELLS_AT + from * CELL_SIZE, cells, before, sum, ITEMS_AT) >>> 0;
  }
}

let desk: SumDesk | undefined;

export function sumDesk(): SumDesk {
  desk ??= new SumDesk();
  return desk;
}
