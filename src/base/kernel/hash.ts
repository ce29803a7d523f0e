/** The hash of every column (docs/internals/formats.md). Never 0: a 0 in a column says "not indexed". */
// @ts-ignore: decorator
@inline
export function hash32(lo: u64, hi: u64): u32 {
  let x: u64 = lo * 0x9e3779b97f4a7c15;
  x ^= x >> 32;
  x += hi * 0xc2b2ae3d27d4eb4f;
  x ^= x >> 29;
  x *= 0xbf58476d1ce4e5b9;
  const h = <u32>(x >> 32);
  return h == 0 ? 1 : h;
}
