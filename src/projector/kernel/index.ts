/**
 * The projector's kernel: what touches every entry of a generation. Works on addresses in the one shared memory and
 * keeps nothing.
 */
import { filterAdd, filterBlocks, filterMayHoldHash } from '../../base/kernel/filter';
import { hash32 } from '../../base/kernel/hash';
import { provePlaces } from './gen';
import { packSpans } from './pack-spans';
import { scanDown, scanUp } from './scan';
import { sameHash, sortCount, sortNextSlot, sortPlace, sortPlaces } from './sort';

export { filterBlocks, hash32, packSpans, sameHash, scanDown, scanUp, sortCount, sortNextSlot, sortPlace, sortPlaces };

/** Does the filter perhaps hold an id of this hash? */
export function filterMayHold(address: usize, blocks: u32, hash: u32): bool {
  return filterMayHoldHash(address, blocks, hash);
}

/**
 * Adds entries `from`..`to` of a column of `count` hashes to the filter at `address`, which holds filterBlocks(count)
 * blocks, emptied when `from` is 0.
 */
export function filterBuild(column: usize, from: u32, to: u32, count: u32, address: usize): void {
  provePlaces();
  const blocks = filterBlocks(count);
  if (from == 0) memory.fill(address, 0, (<usize>blocks) << 6);
  const end = column + ((<usize>to) << 2);
  for (let at = column + ((<usize>from) << 2); at < end; at += 4) {
    const hash = load<u32>(at);
    if (hash != 0) filterAdd(address, blocks, hash);
  }
}
