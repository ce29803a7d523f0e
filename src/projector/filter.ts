/**
 * The probe of base/kernel/filter.ts for a filter that lies outside the shared memory. The two must agree to the bit.
 */

const salts = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31] as const;

/** Is an id of this hash32 perhaps in the filter? `words`: the filter, `blocks` times 64 bytes. */
export function filterMayHold(words: Uint32Array, blocks: number, hash: number): boolean {
  const block = Math.floor((hash * blocks) / 2 ** 32) * 16; // below 2^53, so exact
  let x = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  x ^= x >>> 12;
  const key = Math.imul(x, 0x297a2d39);
  for (let word = 0; word < 8; word++) {
    const bit = Math.imul(key, salts[word]!) >>> 26;
    if ((words[block + word * 2 + (bit >>> 5)]! & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}
