/** Which bytes of the machine's regions a ledger has used: what a copy of it must carry. */
import {
  ACCOUNT_ROW_SIZE,
  type MachineLayout,
  PENDING_RECORD_SIZE,
  RUN_RECORD_SIZE,
  STATE_SIZE,
  State,
} from './layout.ts';

export interface Region {
  readonly at: number;
  readonly size: number;
}

/** `u32` is the whole memory. */
export function usedRegions(layout: MachineLayout, u32: Uint32Array): Region[] {
  const state = (offset: number): number => u32[(layout.state + offset) / 4]!;
  const { sizes, words } = layout;
  const accounts = state(State.accountsCount) + 1;
  const pendings = state(State.pendingsCount) + 1;
  const accountIndex = words[3]!;
  const accountColumns = words[4]!;
  const regions: Region[] = [
    { at: layout.config, size: 4096 },
    { at: layout.state, size: STATE_SIZE },
    { at: layout.rows, size: Math.min(state(State.entries), layout.rowsCount) * 128 },
    { at: words[11]!, size: 2 ** sizes.log2Ids * 8 },
    { at: words[12]!, size: 2 ** sizes.log2Ids * 8 },
    { at: words[20]!, size: sizes.generations * 32 },
    { at: layout.runs, size: state(State.runsCount) * RUN_RECORD_SIZE },
    { at: accountIndex, size: 2 ** state(State.accountIndexLog2) * 4 },
    { at: layout.accounts, size: accounts * ACCOUNT_ROW_SIZE },
    { at: layout.pendings, size: pendings * PENDING_RECORD_SIZE },
    { at: words[7]!, size: 2 ** state(State.pendingIndexLog2) * 4 },
    { at: words[8]!, size: state(State.heapCount) * 24 },
    { at: words[9]!, size: (words[10]! + 1) * 4 },
  ];
  for (let c = 0; c < 5; c++)
    regions.push({ at: accountColumns + c * (sizes.accountsMax + 1) * 4, size: accounts * 4 });
  for (const g of layout.generations) {
    const count = u32[g.control / 4 + 2]!;
    regions.push({ at: g.control, size: 64 });
    for (const column of g.columns) regions.push({ at: column, size: count * 4 });
    regions.push({ at: g.blocks, size: Math.ceil(count / 64) * 4 });
    regions.push({ at: g.events, size: u32[g.control / 4 + 3]! });
    regions.push({ at: g.spans, size: u32[g.control / 4 + 4]! * 24 });
  }
  for (let r = 0; r < state(State.runsCount); r++) {
    const record = (layout.runs + r * RUN_RECORD_SIZE) / 4;
    regions.push({ at: u32[record]!, size: u32[record + 1]! * 64 });
  }
  return regions;
}
