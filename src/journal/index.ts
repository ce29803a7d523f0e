export { CellReader } from './cell-reader.ts';
export { CELL_SIZE, nextCell, SEGMENT_CELLS, segmentOf } from './cells.ts';
export { Fence, type FenceOptions } from './fence.ts';
export { Field, MAGIC, OPERATION_SEGMENT, readNumber, VERSION, writeNumber } from './header.ts';
export { Journal, type JournalOptions } from './journal.ts';
export { POSITION_FIRST, type Position, positionAfter } from './position.ts';
export { type Recovered, type RecoveryOptions, recoverJournal } from './recovery.ts';
export {
  findSnapshot,
  type LateSection,
  type Section,
  SNAPSHOT_STAGING_SIZE,
  Snapshot,
  type SnapshotHead,
  SnapshotWriter,
} from './snapshots.ts';
export { Superblock } from './superblock.ts';
