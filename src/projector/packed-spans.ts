/**
 * The spans of a run as its file has them (docs/internals/formats.md): blocks of up to 64, each value in as many bytes
 * as its block needs. Found without unpacking, so a ledger of one-transfer batches keeps 5 bytes an entry in memory,
 * not 24.
 */
import { BLOCK_SPANS, SPAN_BLOCK_SIZE, SpanBlockOffset } from '../model/index.ts';
import { NO_CELL, type SpanList } from './spans.ts';

export class PackedSpans implements SpanList {
  readonly count: number;
  readonly entries: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Byte of each block. */
  readonly #blocks: Uint32Array;
  /** First position of each block. */
  readonly #firsts: Uint32Array;
  /** The last answer of `find`, and the positions it is right for. */
  #found = 0;
  #from = 0;
  #to = -1;
  /** The block that `#enter` was last asked for. */
  #block = -1;
  #values = 0;
  #stride = 0;
  #posSize = 0;
  #cellSize = 0;
  #timeSize = 0;
  #hasNone = false;
  #cellBase = 0;

  /** `bytes` were checked. Throws what `corrupt` makes if they are not spans of `entries` entries all the same. */
  constructor(bytes: Uint8Array, entries: number, corrupt: (why: string) => Error) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.entries = entries;
    const blocks: number[] = [];
    const firsts: number[] = [];
    let count = 0;
    for (let at = 0; at < bytes.length; ) {
      const spans = bytes[at + SpanBlockOffset.spans]!;
      const stride =
        bytes[at + SpanBlockOffset.positionSize]! +
        (bytes[at + SpanBlockOffset.cellSize]! & 127) +
        bytes[at + SpanBlockOffset.timestampSize]!;
      const end = at + SPAN_BLOCK_SIZE + spans * stride;
      if (!(end <= bytes.length) || spans === 0 || count % BLOCK_SPANS !== 0)
        throw corrupt('has spans that do not fit');
      blocks.push(at);
      firsts.push(this.#view.getUint32(at + SpanBlockOffset.position, true));
      count += spans;
      at = end;
    }
    if (count === 0 || firsts[0] !== 0 || firsts.at(-1)! >= entries) throw corrupt('has no span for some entry');
    this.count = count;
    this.#blocks = Uint32Array.from(blocks);
    this.#firsts = Uint32Array.from(firsts);
  }

  find(pos: number): number {
    // Positions are mostly asked for in order: try the span of the last answer first, and the one behind it.
    if (pos >= this.#from && pos < this.#to) return this.#found;
    if (pos === this.#to) return this.#remember(this.#found + 1, pos);
    const firsts = this.#firsts;
    let low = 0;
    let high = firsts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (firsts[middle]! <= pos) low = middle;
      else high = middle;
    }
    high = Math.min(this.count, (low + 1) * BLOCK_SPANS);
    low *= BLOCK_SPANS;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.first(middle) <= pos) low = middle;
      else high = middle;
    }
    return this.#remember(low, this.first(low));
  }

  #remember(span: number, first: number): number {
    this.#found = span;
    this.#from = first;
    this.#to = this.end(span);
    return span;
  }

  first(span: number): number {
    this.#enter(span);
    return this.#firsts[this.#block]! + this.#low(this.#place(span), this.#posSize);
  }

  end(span: number): number {
    return span + 1 === this.count ? this.entries : this.first(span + 1);
  }

  cell(span: number, pos: number): number {
    this.#enter(span);
    const at = this.#place(span) + this.#posSize;
    const size = this.#cellSize;
    if (this.#hasNone && this.#allOnes(at, size)) return NO_CELL;
    return this.#cellBase + this.#high(at, size) * 2 ** 32 + this.#low(at, size) + pos;
  }

  putTimestamp(span: number, pos: number, target: Uint32Array, word: number): void {
    this.#enter(span);
    const at = this.#place(span) + this.#posSize + this.#cellSize;
    const size = this.#timeSize;
    const base = this.#blocks[this.#block]! + SpanBlockOffset.timestampMin;
    const low = this.#view.getUint32(base, true) + this.#low(at, size) + pos;
    target[word] = low;
    target[word + 1] = this.#view.getUint32(base + 4, true) + this.#high(at, size) + Math.floor(low / 2 ** 32);
  }

  timestamp(span: number): bigint {
    this.putTimestamp(span, this.first(span), words, 0);
    return long[0]!;
  }

  /** Takes up what the spans of a block share. */
  #enter(span: number): void {
    const block = span >>> 6;
    if (block === this.#block) return;
    const bytes = this.#bytes;
    const at = this.#blocks[block]!;
    this.#block = block;
    this.#values = at + SPAN_BLOCK_SIZE;
    this.#posSize = bytes[at + SpanBlockOffset.positionSize]!;
    this.#cellSize = bytes[at + SpanBlockOffset.cellSize]! & 127;
    this.#hasNone = bytes[at + SpanBlockOffset.cellSize]! >= 128;
    this.#timeSize = bytes[at + SpanBlockOffset.timestampSize]!;
    this.#stride = this.#posSize + this.#cellSize + this.#timeSize;
    const base = at + SpanBlockOffset.cellMin;
    this.#cellBase = this.#view.getInt32(base + 4, true) * 2 ** 32 + this.#view.getUint32(base, true);
  }

  /** Byte of a span of the entered block. */
  #place(span: number): number {
    return this.#values + (span & 63) * this.#stride;
  }

  /** Bits 0 to 31 of the value of `size` bytes at `at`. */
  #low(at: number, size: number): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let byte = Math.min(size, 4) - 1; byte >= 0; byte--) value = value * 256 + bytes[at + byte]!;
    return value;
  }

  /** Bits 32 to 63. */
  #high(at: number, size: number): number {
    return size <= 4 ? 0 : this.#low(at + 4, size - 4);
  }

  #allOnes(at: number, size: number): boolean {
    for (let byte = 0; byte < size; byte++) if (this.#bytes[at + byte] !== 255) return false;
    return true;
  }
}

const long = new BigUint64Array(1);
const words = new Uint32Array(long.buffer);
