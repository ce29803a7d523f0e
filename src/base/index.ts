export * from './assert.ts';
export * from './crc32.ts';
export * from './wasm.ts';
