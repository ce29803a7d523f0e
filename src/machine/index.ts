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
  Allocator,
  FOUND_MAX,
  type GenerationBuffer,
  LARGE,
  type MachineLayout,
  type MachineSizes,
  machineLayout,
  ROOMY,
  SMALL,
} from './layout.ts';
export { Machine, type MachineHost, type RunRecord } from './machine.ts';
export type { Moment, Places, Questions } from './questions.ts';
export { type Region, usedRegions } from './used.ts';
