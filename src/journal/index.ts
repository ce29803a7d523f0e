export type { Behind, Loss } from './behind.ts';
export { CellReader, positionBehind } from './cell-reader.ts';
export { nextCell, segmentName, segmentOf } from './cells.ts';
export { detachSegments } from './detach.ts';
export { type Evidence, furthest } from './evidence.ts';
export { Fence, type FenceHolder, type FenceOptions } from './fence.ts';
export { type Batch, batchHeaders, type Followed, findBatch, followJournal, readBatch } from './follow.ts';
export { readNumber, writeNumber } from './header.ts';
export { Journal, type JournalOptions, takenAway } from './journal.ts';
export { beginSums, LiveSums, liveSumsSize } from './live-sums.ts';
export type { LockKnows } from './lock-file.ts';
export { type Kept, LOST_FOUND, LostFound } from './lost-found.ts';
export { POSITION_FIRST, type Position, positionAfter } from './position.ts';
export { type Recovered, type RecoveryOptions, recoverJournal } from './recovery.ts';
export { checkSegment } from './segment.ts';
export { cellsThere, segmentNumbers } from './segment-reader.ts';
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
  snapshotOp,
} from './snapshots.ts';
export {
  cutSegments,
  readSums,
  type Segments,
  type Sums,
  SumsCollector,
  sumsEvidence,
  sumsName,
  tornSums,
  vouchedSums,
  writeSums,
} from './sums.ts';
export { Superblock, type SuperblockContent } from './superblock.ts';
export { Walk, type WalkOptions } from './walk.ts';
export {
  readWitness,
  renewWitness,
  WITNESS_NAME,
  WITNESS_USED_SIZE,
  Witness,
  type WitnessContent,
  type WitnessFound,
} from './witness.ts';
