/**
 * Touching memory ahead: the first write to a page of 4 KiB costs 1.5 us here, 12 us when the host has to find the
 * memory first; better paid by a thread that has time, or before the clock runs.
 */
import { BLOCK_ENTRIES, TRANSFER_SIZE } from '../model/index.ts';
import type { EngineMemory } from './memory.ts';

const PAGE_SIZE = 4096;
/** Bytes of an event record, guessed. */
const EVENT_GUESS = 24;

/** Touches the pages of a region without changing a bit, even while other threads write there. */
export function touchRegion(u32: Uint32Array, at: number, size: number): void {
  for (let page = at; page < at + size; page += PAGE_SIZE) Atomics.add(u32, page >>> 2, 0);
}

/** Everything that the next `entries` entries of a new ledger will write. */
export function touch(memory: EngineMemory, entries: number): void {
  const { u32, layout } = memory;
  const { machine, sizes } = layout;
  touchRegion(u32, layout.control, layout.machine.config - layout.control);
  touchRegion(u32, machine.rows, Math.min(entries, machine.rowsCount) * TRANSFER_SIZE);
  const ids = 2 ** sizes.log2Ids * 8;
  touchRegion(u32, machine.words.idTable0, ids);
  if (entries > 2 ** (sizes.log2Ids - 1)) touchRegion(u32, machine.words.idTable1, ids);
  const perGeneration = 2 ** sizes.log2Entries;
  for (let g = 0; g < machine.generations.length && g * perGeneration < entries; g++) {
    touchGeneration(memory, g, 0, Math.min(perGeneration, entries - g * perGeneration));
  }
}

/**
 * Touches the memory that entries `from` to `to` of a generation will write: columns, and a guess of their event
 * records.
 */
export function touchGeneration(memory: EngineMemory, generation: number, from: number, to: number): void {
  const g = memory.layout.machine.generations[generation]!;
  for (const column of g.columns) touchRegion(memory.u32, column + from * 4, (to - from) * 4);
  touchRegion(memory.u32, g.blocks + (from / BLOCK_ENTRIES) * 4, ((to - from) / BLOCK_ENTRIES) * 4);
  touchRegion(memory.u32, g.events + from * EVENT_GUESS, (to - from) * EVENT_GUESS);
}
