export { CellReader, positionBehind } from './cell-reader.ts';
export { CELL_SIZE, nextCell, SEGMENT_CELLS, segmentName, segmentOf } from './cells.ts';
export { detachSegments } from './detach.ts';
export { Fence, type FenceHolder, type FenceOptions } from './fence.ts';
export { type Batch, batchHeaders, type Followed, findBatch, followJournal, readBatch } from './follow.ts';
export { Field, MAGIC, OPERATION_SEGMENT, readNumber, VERSION, writeNumber } from './header.ts';
export { Journal, type JournalOptions } from './journal.ts';
export { beginSums, LiveSums, liveSumsSize } from './live-sums.ts';
export { POSITION_FIRST, type Position, positionAfter } from './position.ts';
export { type Recovered, recoverJournal } from './recovery.ts';
export { checkSegment } from './segment.ts';
export {
  findSnapshot,
  type LateSection,
  removeDrafts,
  type Section,
  SNAPSHOT_STAGING_SIZE,
  Snapshot,
  type SnapshotHead,
  SnapshotWriter,
  snapshotNames,
} from './snapshots.ts';
export { BLOCK_CELLS } from './sum-kernel.ts';
export {
  readSums,
  removeTornSums,
  type Segments,
  type Sums,
  SumsCollector,
  sumsName,
  vouchedSums,
  writeSums,
} from './sums.ts';
export { Superblock, type SuperblockContent } from './superblock.ts';
export { type Behind, segmentNumbers } from './walk.ts';
