/** Spans: which journal cell and which timestamp an entry has, kept for whole stretches of consecutive entries. */
import { SPAN_SIZE, SpanOffset } from '../model/index.ts';

const WORDS: number = SPAN_SIZE / 4;
const CELL: number = SpanOffset.cell / 4;
const TIMESTAMP: number = SpanOffset.timestamp / 4;

/** A `cell` of 2^64 - 1 says that the entries have none. */
export const NO_CELL = -1;

/** A window of timestamps, both ends included. */
export interface Window {
  readonly min: bigint;
  readonly max: bigint;
}

/** Spans in order of position; the first begins at 0. */
export interface SpanList {
  readonly count: number;
  /** Entries that the spans describe. */
  readonly entries: number;
  /** Index of the span that holds position `pos`. */
  find(pos: number): number;
  /** First position of a span. */
  first(span: number): number;
  /** One past the last position of the span. */
  end(span: number): number;
  /** Journal cell of position `pos` in `span`, or {@link NO_CELL}. */
  cell(span: number, pos: number): number;
  /** Writes the timestamp of position `pos` in `span` to two words of `target`. */
  putTimestamp(span: number, pos: number, target: Uint32Array, word: number): void;
  /** Timestamp of the first entry of `span`. */
  timestamp(span: number): bigint;
}

/** Position of the first entry with a timestamp of `timestamp` or later. Timestamps must ascend. */
export function lowerBound(spans: SpanList, timestamp: bigint): number {
  let low = 0;
  let high = spans.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans.timestamp(middle) <= timestamp) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  const span = low - 1;
  const ahead = timestamp - spans.timestamp(span);
  const length = spans.end(span) - spans.first(span);
  return spans.first(span) + (ahead < BigInt(length) ? Number(ahead) : length);
}

/** Reads spans where they lie in the shared memory (where more may be added behind our back, between calls). */
export class Spans implements SpanList {
  /** Word of the first span in `words`. */
  readonly #base: number;
  readonly words: Uint32Array;
  readonly count: number;
  readonly entries: number;
  #hint = 0;

  constructor(words: Uint32Array, base: number, count: number, entries: number) {
    this.words = words;
    this.#base = base;
    this.count = count;
    this.entries = entries;
  }

  find(pos: number): number {
    const { words, count } = this;
    const base = this.#base;
    let low = this.#hint;
    // Positions are mostly asked for in order: try the span of the last answer first.
    if (words[base + low * WORDS]! <= pos && (low + 1 === count || pos < words[base + (low + 1) * WORDS]!)) return low;
    low = 0;
    let high = count;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (words[base + middle * WORDS]! <= pos) low = middle;
      else high = middle;
    }
    this.#hint = low;
    return low;
  }

  first(span: number): number {
    return this.words[this.#base + span * WORDS]!;
  }

  end(span: number): number {
    return span + 1 === this.count ? this.entries : this.words[this.#base + (span + 1) * WORDS]!;
  }

  cell(span: number, pos: number): number {
    const at = this.#base + span * WORDS;
    const high = this.words[at + CELL + 1]!;
    if (high === 0xffff_ffff && this.words[at + CELL]! === 0xffff_ffff) return NO_CELL;
    return high * 2 ** 32 + this.words[at + CELL]! + (pos - this.words[at]!);
  }

  putTimestamp(span: number, pos: number, target: Uint32Array, word: number): void {
    const at = this.#base + span * WORDS;
    const low = this.words[at + TIMESTAMP]! + (pos - this.words[at]!);
    target[word] = low;
    target[word + 1] = this.words[at + TIMESTAMP + 1]! + (low >= 2 ** 32 ? 1 : 0);
  }

  timestamp(span: number): bigint {
    const at = this.#base + span * WORDS;
    return (BigInt(this.words[at + TIMESTAMP + 1]!) << 32n) | BigInt(this.words[at + TIMESTAMP]!);
  }
}

/** The range and the order of the timestamps of the first `count` spans; grows with them. */
export class SpanRange {
  min = 0n;
  max = 0n;
  ascending = true;
  #count = 0;
  #lastFirst = 0;
  #lastStart = 0n;

  /**
   * Looks at the spans that were added since the last call. `max` counts the entries of the last span to its present
   * end.
   */
  extend(spans: SpanList): void {
    for (let span = this.#count; span < spans.count; span++) {
      const start = spans.timestamp(span);
      if (span === 0) {
        this.min = start;
      } else {
        const lastEnd = this.#lastStart + BigInt(spans.first(span) - this.#lastFirst - 1);
        if (lastEnd > this.max || span === 1) this.max = lastEnd;
        if (start <= this.max) this.ascending = false;
        if (start < this.min) this.min = start;
      }
      this.#lastFirst = spans.first(span);
      this.#lastStart = start;
    }
    this.#count = spans.count;
    if (this.#count > 0) {
      const last = this.#lastStart + BigInt(Math.max(0, spans.entries - this.#lastFirst - 1));
      if (last > this.max || this.#count === 1) this.max = last;
    }
  }
}
