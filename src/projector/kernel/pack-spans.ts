/**
 * Spans of 24 bytes become blocks of up to 64: what they have in common once, and what is left of each in as many bytes
 * as the block needs. A block of one-transfer batches takes 5 bytes a span. docs/internals/formats.md has the layout.
 */
import { BLOCK_SPANS, NO_CELL, Span, SPAN_BLOCK_SIZE, SPAN_SIZE, SpanBlock } from './gen';

/**
 * Packs the spans [from, to) at `spans` to `target`; `from` is a multiple of 64. Returns the bytes written: at most 24
 * a block and 20 a span. Up to 8 bytes behind them are overwritten.
 */
export function packSpans(spans: usize, from: u32, to: u32, target: usize): u32 {
  let at = target;
  for (let first = from; first < to; first += BLOCK_SPANS) {
    at = packBlock(spans + <usize>first * SPAN_SIZE, min(BLOCK_SPANS, to - first), at);
  }
  return <u32>(at - target);
}

function packBlock(spans: usize, count: u32, target: usize): usize {
  const end = spans + <usize>count * SPAN_SIZE;
  const pos0 = spanAt(spans).position;
  // Cell and timestamp grow with the position: counted from where position 0 would be, they hardly change. A cell may
  // count from below 0 (expiries have none).
  let cellMin = i64.MAX_VALUE;
  let cellMax = i64.MIN_VALUE;
  let timeMin = i64.MAX_VALUE;
  let timeMax = i64.MIN_VALUE;
  let absent = false;
  for (let at = spans; at < end; at += SPAN_SIZE) {
    const span = spanAt(at);
    const pos = <i64>span.position;
    if (span.cell == NO_CELL) {
      absent = true;
    } else {
      const cell = <i64>span.cell - pos;
      cellMin = min(cellMin, cell);
      cellMax = max(cellMax, cell);
    }
    const time = <i64>span.timestamp - pos;
    timeMin = min(timeMin, time);
    timeMax = max(timeMax, time);
  }
  if (cellMin > cellMax) cellMin = cellMax = 0;
  // All ones say that there is no cell.
  const posSize = bytesOf(<u64>(spanAt(end - SPAN_SIZE).position - pos0));
  const cellSize = bytesOf(absent ? <u64>(cellMax - cellMin) + 1 : <u64>(cellMax - cellMin));
  const timeSize = bytesOf(<u64>timeMax - <u64>timeMin);
  const block = changetype<SpanBlock>(target);
  block.position = pos0;
  block.spans = <u8>count;
  block.position_size = <u8>posSize;
  block.cell_size = <u8>(cellSize | (absent ? 128 : 0));
  block.timestamp_size = <u8>timeSize;
  block.cell_min = cellMin;
  block.timestamp_min = timeMin;
  let out = target + SPAN_BLOCK_SIZE;
  for (let at = spans; at < end; at += SPAN_SIZE) {
    const span = spanAt(at);
    const pos = span.position;
    const cell = span.cell;
    // Each store is of 8 bytes; the next begins where this value ends.
    store<u64>(out, pos - pos0);
    out += posSize;
    store<u64>(out, cell == NO_CELL ? NO_CELL : <u64>(<i64>cell - <i64>pos - cellMin));
    out += cellSize;
    store<u64>(out, <u64>(<i64>span.timestamp - <i64>pos - timeMin));
    out += timeSize;
  }
  return out;
}

// @ts-ignore: decorator
@inline
function spanAt(at: usize): Span {
  return changetype<Span>(at);
}

// @ts-ignore: decorator
@inline
function bytesOf(value: u64): usize {
  return <usize>((64 - clz(value) + 7) >> 3);
}
