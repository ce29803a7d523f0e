/** The projector's kernel, compiled once a thread over the shared memory. */
import { compileKernel, instantiateKernel, type Kernel, type SharedMemory } from '../base/index.ts';
import { kernelBase64 } from './kernel.gen.ts';

/** Addresses, counts and hashes are u32 (`>>> 0` what comes back); halves of ids are u64. */
export interface ProjectorKernel {
  hash32(lo: bigint, hi: bigint): number;
  filterBlocks(count: number): number;
  filterMayHold(address: number, blocks: number, hash: number): number;
  filterBuild(column: number, from: number, to: number, count: number, address: number): void;
  /** i64: the hash that all entries have, 0 included; -1 if they differ. */
  sameHash(column: number, count: number): bigint;
  sortCount(column: number, from: number, to: number, directory: number): void;
  sortPlaces(directory: number): number;
  sortPlace(column: number, from: number, to: number, directory: number, items: number): void;
  sortNextSlot(directory: number, slot: number, items: number, spare: number, unorderedMax: number): number;
  packSpans(spans: number, from: number, to: number, target: number): number;
  /** `wanted`: alternatives, `either` of them, and `every` conditions; each u32 address of a column and u32 hash. */
  scanUp(wanted: number, either: number, every: number, from: number, to: number, found: number, limit: number): number;
  scanDown(
    wanted: number,
    either: number,
    every: number,
    from: number,
    to: number,
    found: number,
    limit: number,
  ): number;
}

let kernel: Kernel | undefined;

export function projectorKernel(memory: SharedMemory): ProjectorKernel {
  kernel ??= compileKernel(kernelBase64);
  return instantiateKernel<ProjectorKernel>(kernel, memory);
}
