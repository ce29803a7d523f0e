/**
 * The blocked Bloom filter of a run's ids. A block is 64 bytes: one cache line, 8 words of 64 bits, one bit of each
 * word for an id. Which block: the high bits of the id's hash32. Which bits: the hash remixed, times an odd salt for
 * each word, its top 6 bits. The hash is 32 bits wide: of ids that a run of 2^20 does not hold one in 4,096 shares a
 * hash with one that it holds, which is little beside the filter's own error of one in ninety, and the builder need not
 * read 2^20 ids back from the journal.
 */
import { FILTER_BLOCK_IDS } from './gen';
import { hash32 } from './hash';

/** Blocks for `count` ids: 51 ids a block, 10 bits an id. */
// @ts-ignore: decorator
@inline
export function filterBlocks(count: u32): u32 {
  return count == 0 ? 1 : (count + FILTER_BLOCK_IDS - 1) / FILTER_BLOCK_IDS;
}

// @ts-ignore: decorator
@inline
function filterKey(hash: u32): u32 {
  let x = (hash ^ (hash >> 15)) * 0x2c1b3c6d;
  x ^= x >> 12;
  return x * 0x297a2d39;
}

// @ts-ignore: decorator
@inline
function filterWord(key: u32, salt: u32): u64 {
  return <u64>1 << <u64>((key * salt) >> 26);
}

// @ts-ignore: decorator
@inline
function filterBlock(address: usize, blocks: u32, hash: u32): usize {
  return address + (<usize>((<u64>hash * <u64>blocks) >> 32) << 6);
}

/** Is an id of this hash perhaps in the filter of `blocks` blocks at `address`? */
// @ts-ignore: decorator
@inline
export function filterMayHoldHash(address: usize, blocks: u32, hash: u32): bool {
  const at = filterBlock(address, blocks, hash);
  const key = filterKey(hash);
  let b = filterWord(key, 0x47b6137b);
  if ((load<u64>(at) & b) == 0) return false;
  b = filterWord(key, 0x44974d91);
  if ((load<u64>(at, 8) & b) == 0) return false;
  b = filterWord(key, 0x8824ad5b);
  if ((load<u64>(at, 16) & b) == 0) return false;
  b = filterWord(key, 0xa2b7289d);
  if ((load<u64>(at, 24) & b) == 0) return false;
  b = filterWord(key, 0x705495c7);
  if ((load<u64>(at, 32) & b) == 0) return false;
  b = filterWord(key, 0x2df1424b);
  if ((load<u64>(at, 40) & b) == 0) return false;
  b = filterWord(key, 0x9efc4947);
  if ((load<u64>(at, 48) & b) == 0) return false;
  b = filterWord(key, 0x5c6bfb31);
  return (load<u64>(at, 56) & b) != 0;
}

/** The same for an id's two halves. */
// @ts-ignore: decorator
@inline
export function filterMayHold(address: usize, blocks: u32, lo: u64, hi: u64): bool {
  return filterMayHoldHash(address, blocks, hash32(lo, hi));
}

// @ts-ignore: decorator
@inline
export function filterAdd(address: usize, blocks: u32, hash: u32): void {
  const at = filterBlock(address, blocks, hash);
  const key = filterKey(hash);
  store<u64>(at, load<u64>(at) | filterWord(key, 0x47b6137b));
  store<u64>(at, load<u64>(at, 8) | filterWord(key, 0x44974d91), 8);
  store<u64>(at, load<u64>(at, 16) | filterWord(key, 0x8824ad5b), 16);
  store<u64>(at, load<u64>(at, 24) | filterWord(key, 0xa2b7289d), 24);
  store<u64>(at, load<u64>(at, 32) | filterWord(key, 0x705495c7), 32);
  store<u64>(at, load<u64>(at, 40) | filterWord(key, 0x2df1424b), 40);
  store<u64>(at, load<u64>(at, 48) | filterWord(key, 0x9efc4947), 48);
  store<u64>(at, load<u64>(at, 56) | filterWord(key, 0x5c6bfb31), 56);
}
