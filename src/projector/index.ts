export { Answer } from './answer.ts';
export { History, type Search } from './history.ts';
export { type ProjectorKernel, projectorKernel } from './kernel.ts';
export {
  type AccountReader,
  type CellReader,
  type HistoryLayout,
  QUERY_SIZE,
  scratchSize,
} from './layout.ts';
export { prepareRuns, Run, runName, warmRun } from './run.ts';
export { type RunDamage, readRunHeader, runDamage, runSectionNames } from './run-check.ts';
export type { RunHeader } from './run-format.ts';
export { finish, RunBuilder } from './run-writer.ts';
export { type Slice, Work } from './work.ts';
