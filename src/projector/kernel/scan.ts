/** Looks for hashes in the columns of a generation, which have no index yet: sixteen entries at a glance. */

/**
 * Writes to `found` (u32) the positions in [from, to) where column `a` holds `hashA` or column `b` holds `hashB`, ascending, at most
 * `limit`, and returns how many. For one column give it twice.
 */
export function scanUp(a: usize, hashA: u32, b: usize, hashB: u32, from: u32, to: u32, found: usize, limit: u32): u32 {
  const wantedA = i32x4.splat(hashA);
  const wantedB = i32x4.splat(hashB);
  let n: u32 = 0;
  let pos = from;
  while (pos < to && n < limit) {
    if (to - pos >= 16 && none(a + (<usize>pos << 2), wantedA) && (a == b || none(b + (<usize>pos << 2), wantedB))) {
      pos += 16;
      continue;
    }
    const stop = to - pos < 16 ? to : pos + 16;
    for (; pos < stop && n < limit; pos++) {
      if (load<u32>(a + (<usize>pos << 2)) == hashA || load<u32>(b + (<usize>pos << 2)) == hashB) {
        store<u32>(found + (<usize>n << 2), pos);
        n++;
      }
    }
  }
  return n;
}

/** The same from `to` - 1 down to `from`, descending. */
export function scanDown(
  a: usize,
  hashA: u32,
  b: usize,
  hashB: u32,
  from: u32,
  to: u32,
  found: usize,
  limit: u32,
): u32 {
  const wantedA = i32x4.splat(hashA);
  const wantedB = i32x4.splat(hashB);
  let n: u32 = 0;
  let pos = to; // one above the next to look at
  while (pos > from && n < limit) {
    if (pos - from >= 16) {
      const at = <usize>(pos - 16) << 2;
      if (none(a + at, wantedA) && (a == b || none(b + at, wantedB))) {
        pos -= 16;
        continue;
      }
    }
    const stop = pos - from < 16 ? from : pos - 16;
    for (; pos > stop && n < limit; pos--) {
      const at = <usize>(pos - 1) << 2;
      if (load<u32>(a + at) == hashA || load<u32>(b + at) == hashB) {
        store<u32>(found + (<usize>n << 2), pos - 1);
        n++;
      }
    }
  }
  return n;
}

// @ts-ignore: decorator
@inline
function none(at: usize, wanted: v128): bool {
  const first = v128.or(i32x4.eq(v128.load(at), wanted), i32x4.eq(v128.load(at, 16), wanted));
  const second = v128.or(i32x4.eq(v128.load(at, 32), wanted), i32x4.eq(v128.load(at, 48), wanted));
  return !v128.any_true(v128.or(first, second));
}
