/** Plays the sequencer for tests and benches: requests with known bytes, at the cells where they belong. */
import { nextCell, type Position, writeNumber } from '../../src/journal/index.ts';
import { CELL_SIZE, HeaderOffset } from '../../src/model/index.ts';

/**
 * Writes the header and body of the batch that follows `op` and `cell` at byte `at` of `memory`; its bytes follow from
 * `op` alone. Returns the first free cell behind.
 */
export function writeSample(
  memory: Uint8Array,
  at: number,
  batch: { readonly op: number; readonly cell: number; readonly cells: number; readonly segmentCells: number },
): number {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const cell = nextCell(batch.cell, batch.cells, batch.segmentCells);
  memory.fill(0, at, at + CELL_SIZE);
  writeNumber(view, at + HeaderOffset.op, batch.op);
  view.setBigUint64(at + HeaderOffset.timestamp, BigInt(batch.op) * 1000n, true);
  writeNumber(view, at + HeaderOffset.cell, cell);
  view.setUint32(at + HeaderOffset.count, batch.cells, true);
  view.setUint32(at + HeaderOffset.cells, batch.cells, true);
  view.setUint16(at + HeaderOffset.operation, 146, true);
  let seed = batch.op * 0x9e3779b1;
  for (let offset = at + CELL_SIZE; offset < at + CELL_SIZE * (1 + batch.cells); offset += 4) {
    seed = (Math.imul(seed, 0x915f77f5) + 1) >>> 0;
    view.setUint32(offset, seed, true);
  }
  return cell + 1 + batch.cells;
}

/** Adds a sample of `cells` body cells behind `position` to a journal over the same `memory`. */
export function addSample(
  journal: { readonly position: Position; add(offset: number): void },
  memory: Uint8Array,
  cells: number,
  segmentCells: number,
): void {
  const { op, cell } = journal.position;
  writeSample(memory, 0, { op: op + 1, cell, cells, segmentCells });
  journal.add(0);
}

/** Random numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
