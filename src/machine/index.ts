export {
  applyBefores,
  type ImageHead,
  ImageReader,
  type ImageSection,
  imageHead,
  imageIsOpen,
  waitForBefores,
} from './image.ts';
export {
  ACCOUNT_ROW_SIZE,
  Allocator,
  FOUND_MAX,
  LARGE,
  type MachineLayout,
  type MachineSizes,
  machineLayout,
  PENDING_RECORD_SIZE,
  ROOMY,
  SMALL,
  STATE_SIZE,
  State,
} from './layout.ts';
export { Machine, type MachineHost, type RunRecord } from './machine.ts';
export type { Moment, Places, Questions } from './questions.ts';
export { type Region, usedRegions } from './used.ts';
