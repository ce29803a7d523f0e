export type { JournalAgent, MachineAgent } from './agents.ts';
export { BATCH_BUCKETS, type Counters } from './counters.ts';
export { type Driver, Engine } from './engine.ts';
export { type EngineSizes, LARGE_SIZES, SMALL_SIZES } from './memory.ts';
export { type EngineNumbers, engineNumbers } from './numbers.ts';
export {
  type EngineOptions,
  MemoryEngine,
  type OpenEngine,
  openFolder,
  openMemory,
  openMemoryThreads,
} from './open.ts';
export type { Recovery } from './recover.ts';
export { EngineReplayPort } from './replay.ts';
export type { WaitStrategy } from './threads.ts';
