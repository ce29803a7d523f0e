/** Finding a ledger's runs and cells on its storage. */

import type { CellReader } from '../journal/index.ts';
import { SEGMENT_CELLS } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import { type CellReader as HistoryCells, Run, runName } from '../projector/index.ts';

/**
 * Runs from entry 0 on without a gap, as far as they hold no entry from `entries` on. Lets go of all when one of them
 * cannot be opened.
 */
export function openRunsUpTo(storage: Storage, folder: string, ledgerId: bigint, entries: number): Run[] {
  const runs: Run[] = [];
  let next = 0;
  try {
    for (;;) {
      const path = `${folder}/${runName(runs.length)}`;
      if (next >= entries || !storage.exists(path)) return runs;
      const run = Run.open(storage, path, ledgerId);
      if (run.firstEntry !== next || next + run.count > entries) {
        run.close();
        return runs;
      }
      runs.push(run);
      next += run.count;
    }
  } catch (error) {
    for (const run of runs) run.close();
    throw error;
  }
}

/**
 * The journal's cells as the history asks for them. `wait` returns when the cells behind `cell` that were executed are
 * durable.
 */
export function readerOf(cells: CellReader, wait: (cell: number) => void = () => {}): HistoryCells {
  return {
    segmentCells: SEGMENT_CELLS,
    read: (cell, count, target, at) => {
      wait(cell + count);
      cells.readCells(cell, count, target, at);
    },
  };
}

/** For a ledger that keeps every stored transfer in its ring of rows: nobody asks for cells. */
export const noCells: HistoryCells = {
  segmentCells: SEGMENT_CELLS,
  read: () => {
    throw new Error('a ledger in memory on threads has no cells');
  },
};
