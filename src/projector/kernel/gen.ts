// Printed by scripts/generate.ts from src/model/layouts.ts: change that, then `npm run generate`.

/** Bytes of a cell. */
export const CELL_SIZE: usize = 128;
/** Spans in every block of packed ones but the last. */
export const BLOCK_SPANS: u32 = 64;
/** Slots of a column's directory: one for every value of a hash's top 14 bits. */
export const DIRECTORY_SLOTS: u32 = 16384;
/** The cell of an entry that has none. */
export const NO_CELL: u64 = 0xffffffffffffffff;

// Span: byte offsets
export const SPAN_SIZE: usize = 24;
export const SPAN_POSITION: usize = 0;
export const SPAN_CELL: usize = 8;
export const SPAN_TIMESTAMP: usize = 16;

// SpanBlock: byte offsets
export const SPAN_BLOCK_SIZE: usize = 24;
export const SPAN_BLOCK_POSITION: usize = 0;
export const SPAN_BLOCK_SPANS: usize = 4;
export const SPAN_BLOCK_POSITION_SIZE: usize = 5;
export const SPAN_BLOCK_CELL_SIZE: usize = 6;
export const SPAN_BLOCK_TIMESTAMP_SIZE: usize = 7;
export const SPAN_BLOCK_CELL_MIN: usize = 8;
export const SPAN_BLOCK_TIMESTAMP_MIN: usize = 16;


/** A stretch of entries, one behind the other in the journal and in time. */
@unmanaged export class Span {
  position: u32;
  _4: u32;
  cell: u64;
  timestamp: u64;
}

/** What up to 64 packed spans have in common. */
@unmanaged export class SpanBlock {
  position: u32;
  spans: u8;
  position_size: u8;
  cell_size: u8;
  timestamp_size: u8;
  cell_min: i64;
  timestamp_min: i64;
}

/** Does nothing when it runs. */
// @ts-ignore: decorator
@inline
export function provePlaces(): void {
  if (offsetof<Span>("position") != 0) ERROR("Span.position is not at 0");
  if (offsetof<Span>("cell") != 8) ERROR("Span.cell is not at 8");
  if (offsetof<Span>("timestamp") != 16) ERROR("Span.timestamp is not at 16");
  if (offsetof<SpanBlock>("position") != 0) ERROR("SpanBlock.position is not at 0");
  if (offsetof<SpanBlock>("spans") != 4) ERROR("SpanBlock.spans is not at 4");
  if (offsetof<SpanBlock>("position_size") != 5) ERROR("SpanBlock.position_size is not at 5");
  if (offsetof<SpanBlock>("cell_size") != 6) ERROR("SpanBlock.cell_size is not at 6");
  if (offsetof<SpanBlock>("timestamp_size") != 7) ERROR("SpanBlock.timestamp_size is not at 7");
  if (offsetof<SpanBlock>("cell_min") != 8) ERROR("SpanBlock.cell_min is not at 8");
  if (offsetof<SpanBlock>("timestamp_min") != 16) ERROR("SpanBlock.timestamp_min is not at 16");
}
