/**
 * The projector's kernel: what touches every entry of a generation. Works on addresses in the one shared memory and keeps nothing.
 */
import { filterAdd, filterBlocks, filterMayHoldHash } from './filter';
import { hash32 } from './hash';
import { packSpans } from './pack-spans';
import { scanDown, scanUp } from './scan';
import { sameHash, sortColumn } from './sort';

export { filterBlocks, hash32, packSpans, sameHash, scanDown, scanUp, sortColumn };

/** Does the filter perhaps hold an id of this hash? */
export function filterMayHold(address: usize, blocks: u32, hash: u32): bool {
  return filterMayHoldHash(address, blocks, hash);
}

/** Builds the filter of a column of hashes at `address`, which holds filterBlocks(count) blocks. */
export function filterBuild(column: usize, count: u32, address: usize): void {
  const blocks = filterBlocks(count);
  memory.fill(address, 0, (<usize>blocks) << 6);
  const end = column + ((<usize>count) << 2);
  for (let at = column; at < end; at += 4) {
    const hash = load<u32>(at);
    if (hash != 0) filterAdd(address, blocks, hash);
  }
}
