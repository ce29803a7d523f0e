/**
 * Whether entries find room in memory. Generations that are full become runs; where the disk has no room for runs, they
 * stay in memory and are read there, and before the last of them is full, creates are refused.
 */
import {
  ControlOffset,
  EVENT_RECORD_SIZE_MAX,
  EVENTS_MAX,
  GenerationState,
  Operation,
  type Request,
  Short,
  StateOffset,
  TallystickError,
  type Write,
} from '../model/index.ts';
import { refusePendings } from './call.ts';
import { type EngineMemory, Word } from './memory.ts';

const NO_ROOM_FOR_RUNS =
  'there is no room to write a run, and none in memory for more that is in no run: nothing was done, and reads go on';

/** Whether requests of this operation are refused while an engine takes no creates. */
export function isCreate(operation: number): boolean {
  return operation === Operation.create_accounts || operation === Operation.create_transfers;
}

/** Whether there is no room for a run that the next batch may need. Asked where requests are placed. */
export function runsAreMissing(memory: EngineMemory): boolean {
  return Atomics.load(memory.words, Word.runsFull) !== Short.nothing && runsAreNeeded(memory);
}

/** Throws where the next request may find no room. Returns how it is to be written. */
export function writeOf(
  { operation, count }: Pick<Request, 'operation' | 'count'>,
  write: Write,
  memory: EngineMemory,
): Write {
  const { sizes } = memory.layout;
  if (operation === Operation.create_accounts && memory.accountsCount + sizes.ringCells > sizes.accountsMax) {
    throw new TallystickError('too_many_accounts');
  }
  if (operation !== Operation.create_transfers) return write;
  if (sizes.entriesMax !== undefined && memory.entries + sizes.ringCells > sizes.entriesMax) {
    throw new TallystickError('memory_full');
  }
  if (runsAreMissing(memory)) {
    const disk = Atomics.load(memory.words, Word.runsFull) === Short.disk;
    throw new TallystickError(disk ? 'disk_full' : 'memory_full', NO_ROOM_FOR_RUNS);
  }
  if (memory.pendingsOpen + sizes.ringCells <= sizes.pendingsMax) return write;
  return (cells, at) => {
    write(cells, at);
    refusePendings(cells, at, count);
  };
}

/** Whether what is on its way in the ring, and a pulse, may fill what memory has left. */
function runsAreNeeded({ view, layout }: EngineMemory): boolean {
  const { machine, sizes } = layout;
  const events = sizes.ringCells + EVENTS_MAX;
  const sealEntries = sizes.sealEntries ?? Number.POSITIVE_INFINITY;
  const u32 = (at: number): number => view.getUint32(at, true);
  const stateOf = (control: number): number => u32(control + ControlOffset.state);
  const used = machine.generations.filter(({ control }) => stateOf(control) !== GenerationState.free);
  const published = Math.min(...used.map(({ control }) => view.getFloat64(control + ControlOffset.firstEntry, true)));
  const floor = machine.state + StateOffset.idFloors + u32(machine.state + StateOffset.idTable) * 8;
  const idsMax = Math.min(2 ** (sizes.log2Ids - 1), 2 * sealEntries);
  const ids = u32(machine.state + StateOffset.idCount) + events;
  if (ids > idsMax && published < Number(view.getBigUint64(floor, true))) return true;
  if (used.length < machine.generations.length) return false;
  return used.some(({ control, eventsSizeMax, spansMax }) => {
    if (stateOf(control) !== GenerationState.filling) return false;
    return (
      u32(control + ControlOffset.count) + events > Math.min(2 ** sizes.log2Entries, sealEntries) ||
      u32(control + ControlOffset.eventsSize) + events * EVENT_RECORD_SIZE_MAX > eventsSizeMax ||
      u32(control + ControlOffset.spansCount) + events > spansMax
    );
  });
}
