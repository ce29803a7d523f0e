/** Which bytes of the machine's regions a ledger has used: what a copy of it must carry. */
import {
  ACCOUNT_SIZE,
  BLOCK_ENTRIES,
  CONFIG_SIZE,
  CONTROL_SIZE,
  ControlOffset,
  FILTER_BLOCK_SIZE,
  GENERATION_SIZE,
  HEAP_ITEM_SIZE,
  PENDING_SIZE,
  RUN_RECORD_SIZE,
  RunRecordOffset,
  SPAN_SIZE,
  STATE_SIZE,
  StateOffset,
  TRANSFER_SIZE,
} from '../model/index.ts';
import type { MachineLayout } from './layout.ts';

export interface Region {
  readonly at: number;
  readonly size: number;
}

/** `u32` is the whole memory. */
export function usedRegions(layout: MachineLayout, u32: Uint32Array): Region[] {
  const state = (offset: number): number => u32[(layout.state + offset) / 4]!;
  const { sizes, words } = layout;
  const accounts = state(StateOffset.accountsCount) + 1;
  const pendings = state(StateOffset.pendingsCount) + 1;
  const regions: Region[] = [
    { at: layout.config, size: CONFIG_SIZE },
    { at: layout.state, size: STATE_SIZE },
    { at: layout.rows, size: Math.min(state(StateOffset.entries), layout.rowsCount) * TRANSFER_SIZE },
    { at: words.idTable0, size: 2 ** sizes.log2Ids * 8 },
    { at: words.idTable1, size: 2 ** sizes.log2Ids * 8 },
    { at: words.generations, size: sizes.generations * GENERATION_SIZE },
    { at: layout.runs, size: state(StateOffset.runsCount) * RUN_RECORD_SIZE },
    { at: words.accountIndex, size: 2 ** state(StateOffset.accountIndexLog2) * 4 },
    { at: layout.accounts, size: accounts * ACCOUNT_SIZE },
    { at: layout.pendings, size: pendings * PENDING_SIZE },
    { at: words.pendingIndex, size: 2 ** state(StateOffset.pendingIndexLog2) * 4 },
    { at: words.heap, size: state(StateOffset.heapCount) * HEAP_ITEM_SIZE },
    { at: words.resolved, size: (words.resolvedMask + 1) * 4 },
  ];
  for (let c = 0; c < 5; c++)
    regions.push({ at: words.accountColumns + c * (sizes.accountsMax + 1) * 4, size: accounts * 4 });
  for (const g of layout.generations) {
    const count = u32[(g.control + ControlOffset.count) / 4]!;
    regions.push({ at: g.control, size: CONTROL_SIZE });
    for (const column of g.columns) regions.push({ at: column, size: count * 4 });
    regions.push({ at: g.blocks, size: Math.ceil(count / BLOCK_ENTRIES) * 4 });
    regions.push({ at: g.events, size: u32[(g.control + ControlOffset.eventsSize) / 4]! });
    regions.push({ at: g.spans, size: u32[(g.control + ControlOffset.spansCount) / 4]! * SPAN_SIZE });
  }
  for (let r = 0; r < state(StateOffset.runsCount); r++) {
    const run = layout.runs + r * RUN_RECORD_SIZE;
    const blocks = u32[(run + RunRecordOffset.blocks) / 4]!;
    regions.push({ at: u32[(run + RunRecordOffset.filter) / 4]!, size: blocks * FILTER_BLOCK_SIZE });
  }
  return regions;
}
