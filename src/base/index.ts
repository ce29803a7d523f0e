export * from './assert.ts';
export * from './wasm.ts';
