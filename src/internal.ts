/**
 * The door for the packages of this repository (packages/), which stand on the core's rooms. It promises nothing to
 * anybody else.
 */
export { assert } from './base/index.ts';
export {
  admit,
  type Engine,
  type EngineOptions,
  isPulseDue,
  type OpenEngine,
  openFolder,
  SMALL_SIZES,
} from './engine/index.ts';
export { findBatch, readBatch } from './journal/index.ts';
export {
  type Cells,
  EVENTS_MAX,
  Operation,
  operationShapes,
  type RequestPort,
  type RequestTerms,
  TallystickError,
  TransferOffset,
} from './model/index.ts';
export { type Clock, DiskStorage, SystemClock } from './platform/index.ts';
