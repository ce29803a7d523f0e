export * from './clock.ts';
export { type Crc32, crc32 } from './crc32.ts';
export { DiskStorage } from './disk-storage.ts';
export { FaultyStorage, PowerLost } from './faulty-storage.ts';
export { MemoryStorage } from './memory-storage.ts';
export { lives, type Owner, thisOwner } from './owner.ts';
export { BLOCK_SIZE, type File, type OpenOptions, type Storage } from './storage.ts';
export { yieldToOthers } from './thread.ts';
export { WatchedFiles } from './watched-files.ts';
