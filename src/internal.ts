/**
 * A door for the packages of this repository (packages/), which stand on the core's rooms; `tallystick/internal/ROOM`
 * is a room's own, for those that need more of it. They promise nothing to anybody else.
 */
export { assert, LogHistogram, TIMER_MS_MAX } from './base/index.ts';
export {
  admit,
  type Engine,
  type EngineOptions,
  isPulseDue,
  type OpenEngine,
  once,
  openFolder,
  openMemory,
  SMALL_SIZES,
} from './engine/index.ts';
export { findBatch, readBatch } from './journal/index.ts';
export {
  BATCH_PART_SIZE,
  type BatchPart,
  BatchPartOffset,
  type Before,
  CELL_SIZE,
  Cells,
  CHANGE_EVENT_SIZE,
  CHANGE_EVENTS_FILTER_SIZE,
  CHANGE_EVENTS_MAX,
  ChangeEventOffset,
  ChangeEventsFilterOffset,
  ChangeEventType,
  type Context,
  CREATE_TRANSFER_RESULT_SIZE,
  CreateTransferResultOffset,
  CreateTransferStatus,
  EVENTS_MAX,
  encodeTransfers,
  eventSize,
  isJournalled,
  NO_CONTEXT,
  ObjectLedger,
  type Once,
  Operation,
  operationShapes,
  type Port,
  type Read,
  type Request,
  TallystickError,
  TRANSFER_SIZE,
  TransferFlags,
  type TransferInput,
  TransferOffset,
  type Write,
} from './model/index.ts';
export { growTown, type OpenShards, openTown } from './open-shards.ts';
export { type Clock, DiskStorage, type Storage, SystemClock } from './platform/index.ts';
export { join as joinLedgers } from './sharded.ts';
