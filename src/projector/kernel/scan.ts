/**
 * Looks for hashes in the columns of a generation, which have no index yet: sixteen entries at a glance.
 *
 * The wanted hashes lie at `wanted`, one after the other: u32 address of a column, u32 hash. The first `either` of
 * them are alternatives (0 to 2), the `every` behind them must all hold.
 */

/**
 * Writes to `found` (u32) the positions in [from, to) that hold what is wanted, ascending, at most `limit`, and returns
 * how many. Columns are 16-byte aligned, and have room for sixteen entries behind the last.
 */
export function scanUp(wanted: usize, either: u32, every: u32, from: u32, to: u32, found: usize, limit: u32): u32 {
  let n: u32 = 0;
  let pos = from & ~15;
  while (pos < to && n < limit) {
    let hits = hitsAt(wanted, either, every, pos);
    if (pos < from) hits &= 0xffff << (from - pos);
    if (to - pos < 16) hits &= (1 << (to - pos)) - 1;
    while (hits != 0 && n < limit) {
      store<u32>(found + ((<usize>n) << 2), pos + ctz(hits));
      hits &= hits - 1;
      n++;
    }
    pos += 16;
  }
  return n;
}

/** The same from `to` - 1 down to `from`, descending. */
export function scanDown(wanted: usize, either: u32, every: u32, from: u32, to: u32, found: usize, limit: u32): u32 {
  if (from >= to) return 0;
  let n: u32 = 0;
  let pos = ((to - 1) & ~15) + 16; // one above the sixteen that are looked at next
  while (pos > from && n < limit) {
    pos -= 16;
    let hits = hitsAt(wanted, either, every, pos);
    if (pos < from) hits &= 0xffff << (from - pos);
    if (to - pos < 16) hits &= (1 << (to - pos)) - 1;
    while (hits != 0 && n < limit) {
      const bit: u32 = 31 - clz(hits);
      store<u32>(found + ((<usize>n) << 2), pos + bit);
      hits ^= 1 << bit;
      n++;
    }
    if (pos <= from) break;
  }
  return n;
}

/** One bit for each of the sixteen entries from `pos` on. */
// @ts-ignore: decorator
@inline
function hitsAt(wanted: usize, either: u32, every: u32, pos: u32): u32 {
  let hits: u32 = 0xffff;
  if (either != 0) {
    hits = equalAt(wanted, pos);
    if (either == 2) hits |= equalAt(wanted + 8, pos);
  }
  for (let k: u32 = either; k < either + every && hits != 0; k++) hits &= equalAt(wanted + ((<usize>k) << 3), pos);
  return hits;
}

// @ts-ignore: decorator
@inline
function equalAt(condition: usize, pos: u32): u32 {
  const at = <usize>load<u32>(condition) + ((<usize>pos) << 2);
  const hash = i32x4.splat(load<u32>(condition, 4));
  const a = i32x4.eq(v128.load(at), hash);
  const b = i32x4.eq(v128.load(at, 16), hash);
  const c = i32x4.eq(v128.load(at, 32), hash);
  const d = i32x4.eq(v128.load(at, 48), hash);
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}
