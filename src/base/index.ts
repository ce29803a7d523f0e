export * from './assert.ts';
export * from './crc32.ts';
export * from './door-counters.ts';
export * from './log.ts';
export * from './log-histogram.ts';
export * from './wasm.ts';
