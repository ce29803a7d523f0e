/**
 * Spans of 24 bytes become blocks of up to 64: what they have in common once, and what is left of each in as many bytes
 * as the block needs. A block of one-transfer batches takes 5 bytes a span. docs/internals/formats.md has the layout.
 */
const SPAN: usize = 24;
const BLOCK: u32 = 64;
const HEAD: usize = 24;
const NONE: u64 = 0xffff_ffff_ffff_ffff;

/**
 * Packs the spans [from, to) at `spans` to `target`; `from` is a multiple of 64. Returns the bytes written: at most 24
 * a block and 20 a span. Up to 8 bytes behind them are overwritten.
 */
export function packSpans(spans: usize, from: u32, to: u32, target: usize): u32 {
  let at = target;
  for (let first = from; first < to; first += BLOCK) {
    at = packBlock(spans + <usize>first * SPAN, min(BLOCK, to - first), at);
  }
  return <u32>(at - target);
}

function packBlock(spans: usize, count: u32, target: usize): usize {
  const end = spans + <usize>count * SPAN;
  const pos0 = load<u32>(spans);
  // Cell and timestamp grow with the position: counted from where position 0 would be, they hardly change. A cell may
  // count from below 0 (expiries have none).
  let cellMin = i64.MAX_VALUE;
  let cellMax = i64.MIN_VALUE;
  let timeMin = i64.MAX_VALUE;
  let timeMax = i64.MIN_VALUE;
  let absent = false;
  for (let at = spans; at < end; at += SPAN) {
    const pos = <i64>load<u32>(at);
    if (load<u64>(at, 8) == NONE) {
      absent = true;
    } else {
      const cell = load<i64>(at, 8) - pos;
      cellMin = min(cellMin, cell);
      cellMax = max(cellMax, cell);
    }
    const time = load<i64>(at, 16) - pos;
    timeMin = min(timeMin, time);
    timeMax = max(timeMax, time);
  }
  if (cellMin > cellMax) cellMin = cellMax = 0;
  // All ones say that there is no cell.
  const posSize = bytesOf(<u64>(load<u32>(end - SPAN) - pos0));
  const cellSize = bytesOf(absent ? <u64>(cellMax - cellMin) + 1 : <u64>(cellMax - cellMin));
  const timeSize = bytesOf(<u64>timeMax - <u64>timeMin);
  store<u32>(target, pos0);
  store<u8>(target, count, 4);
  store<u8>(target, posSize, 5);
  store<u8>(target, cellSize | (absent ? 128 : 0), 6);
  store<u8>(target, timeSize, 7);
  store<i64>(target, cellMin, 8);
  store<i64>(target, timeMin, 16);
  let out = target + HEAD;
  for (let at = spans; at < end; at += SPAN) {
    const pos = load<u32>(at);
    const cell = load<u64>(at, 8);
    // Each store is of 8 bytes; the next begins where this value ends.
    store<u64>(out, pos - pos0);
    out += posSize;
    store<u64>(out, cell == NONE ? NONE : <u64>(<i64>cell - <i64>pos - cellMin));
    out += cellSize;
    store<u64>(out, <u64>(load<i64>(at, 16) - <i64>pos - timeMin));
    out += timeSize;
  }
  return out;
}

// @ts-ignore: decorator
@inline
function bytesOf(value: u64): usize {
  return <usize>((64 - clz(value) + 7) >> 3);
}
