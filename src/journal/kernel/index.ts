/**
 * Sums of blocks of four cells, for those who read a few cells of a batch. zlib's crc32 is called once for each piece:
 * 110 ns, for pieces of 512 bytes more than the bytes themselves cost. This reads a whole batch in one call, four lanes
 * at once.
 */

const P1: i32 = <i32>0x9e3779b1;
const P2: u32 = 0x85ebca77;

/** The sum of 128 bytes. Every step can be undone, so no change within one word leaves the sum as it was. */
// @ts-ignore: decorator
@inline
function sumCell(at: usize): u32 {
  const p = i32x4.splat(P1);
  let lanes = i32x4(0x243f6a88, <i32>0x85a308d3, 0x13198a2e, 0x03707344);
  for (let offset: usize = 0; offset < 128; offset += 16) {
    lanes = i32x4.mul(v128.xor(lanes, v128.load(at + offset)), p);
    lanes = v128.xor(lanes, i32x4.shr_u(lanes, 15));
  }
  let sum = <u32>i32x4.extract_lane(lanes, 0);
  sum = rotl<u32>((sum ^ <u32>i32x4.extract_lane(lanes, 1)) * P2, 13);
  sum = rotl<u32>((sum ^ <u32>i32x4.extract_lane(lanes, 2)) * P2, 13);
  return rotl<u32>((sum ^ <u32>i32x4.extract_lane(lanes, 3)) * P2, 13);
}

/**
 * Takes `cells` cells from byte `at` on. The first of them is cell `before` (0 to 3) of its block, whose cells so far
 * have the sum `sum`. Writes to `items` (u32) the sums of the blocks from that one on; returns the last of them. There
 * is at least one cell.
 */
export function sumCells(at: usize, cells: u32, before: u32, sum: u32, items: usize): u32 {
  const end = at + (<usize>cells << 7);
  let inBlock = before;
  for (; at < end; at += 128) {
    if (inBlock == 0) sum = 0;
    sum = rotl<u32>((sum ^ sumCell(at)) * P2, 13);
    store<u32>(items, sum);
    inBlock = (inBlock + 1) & 3;
    if (inBlock == 0) items += 4;
  }
  return sum;
}
