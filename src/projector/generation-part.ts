/**
 * A generation as a part of the history: what the machine's kernel has written and no run holds yet. It has no index,
 * it is scanned.
 */

import { assert, type SharedMemory } from '../base/index.ts';
import type { GenerationBuffer } from '../machine/index.ts';
import { BLOCK_ENTRIES, ControlOffset, GenerationState } from '../model/index.ts';
import { type ColumnHash, END, type Positions, type Predicates } from './candidates.ts';
import type { EventBlock } from './event-block.ts';
import type { ProjectorKernel } from './kernel.ts';
import { FOUND_MAX } from './layout.ts';
import type { Part, Range } from './part.ts';
import { SpanRange, Spans } from './spans.ts';
import type { Work } from './work.ts';

export class GenerationPart implements Part {
  firstEntry = 0;
  count = 0;
  spans: Spans;
  readonly name = 'a generation in memory';
  readonly #layout: GenerationBuffer;
  readonly #memory: SharedMemory;
  readonly #kernel: ProjectorKernel;
  /** Address of u32[FOUND_MAX]. */
  readonly #found: number;
  #range = new SpanRange();
  #view: DataView;
  #bytes: Uint8Array;
  #words: Uint32Array;

  constructor(memory: SharedMemory, kernel: ProjectorKernel, layout: GenerationBuffer, found: number) {
    this.#memory = memory;
    this.#kernel = kernel;
    this.#layout = layout;
    this.#found = found;
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.spans = new Spans(this.#words, layout.spans / 4, 0, 0);
  }

  get timestampMin(): bigint {
    return this.#extended().min;
  }

  get timestampMax(): bigint {
    return this.#extended().max;
  }

  get ascending(): boolean {
    return this.#extended().ascending;
  }

  /** Looks at the control block: takes in what was added since. Answers whether there is an entry. */
  refresh(): boolean {
    const { buffer } = this.#memory;
    if (this.#view.buffer !== buffer) {
      this.#view = new DataView(buffer);
      this.#bytes = new Uint8Array(buffer);
      this.#words = new Uint32Array(buffer);
    }
    const { control, spans } = this.#layout;
    const state = this.#view.getUint32(control + ControlOffset.state, true);
    const count = state === GenerationState.free ? 0 : this.#view.getUint32(control + ControlOffset.count, true);
    if (count === 0) {
      this.count = 0;
      return false;
    }
    const firstEntry = this.#view.getFloat64(control + ControlOffset.firstEntry, true);
    if (firstEntry !== this.firstEntry) this.#range = new SpanRange();
    this.firstEntry = firstEntry;
    this.count = count;
    const spansCount = this.#view.getUint32(control + ControlOffset.spansCount, true);
    assert(spansCount > 0, 'every entry lies in a span');
    this.spans = new Spans(this.#words, spans / 4, spansCount, count);
    return true;
  }

  candidates(predicates: Predicates, range: Range, work: Work): Positions {
    const address = ({ column, hash }: ColumnHash): readonly number[] => [this.#layout.columns[column]!, hash];
    const wanted = Uint32Array.from([...predicates.any, ...predicates.all].flatMap(address));
    const conditions = { wanted, either: predicates.any.length, every: predicates.all.length };
    return new ScannedPositions(this.#kernel, this.#words, this.#found, conditions, range, work);
  }

  loadEvents(block: number, target: EventBlock): void {
    const { blocks, events, control } = this.#layout;
    const start = events + this.#words[blocks / 4 + block]!;
    const end = events + this.#view.getUint32(control + ControlOffset.eventsSize, true);
    target.load(this.#bytes, start, end, Math.min(BLOCK_ENTRIES, this.count - block * BLOCK_ENTRIES), this.name);
  }

  /** Only queries ask, between batches: what is looked at then is never undone. */
  #extended(): SpanRange {
    this.#range.extend(this.spans);
    return this.#range;
  }
}

interface Conditions {
  /** Address of a column and hash, one pair after another. */
  readonly wanted: Uint32Array;
  readonly either: number;
  readonly every: number;
}

/** Entries of one scan: 10 us for one column, whatever it finds. */
const SCAN_ENTRIES = 32_768;

/** Scans the columns, all that are asked for at once. */
class ScannedPositions implements Positions {
  next = 0;
  readonly #kernel: ProjectorKernel;
  readonly #words: Uint32Array;
  readonly #address: number;
  readonly #conditions: Conditions;
  readonly #range: Range;
  readonly #work: Work;

  constructor(
    kernel: ProjectorKernel,
    words: Uint32Array,
    address: number,
    conditions: Conditions,
    range: Range,
    work: Work,
  ) {
    this.#kernel = kernel;
    this.#words = words;
    this.#address = address;
    this.#conditions = conditions;
    this.#range = range;
    this.#work = work;
  }

  take(pos: number, target: Uint32Array, most: number): number {
    const { from, to, reversed } = this.#range;
    const low = reversed ? Math.max(from, pos + 1 - SCAN_ENTRIES) : Math.max(from, pos);
    const high = reversed ? Math.min(to, pos + 1) : Math.min(to, pos + SCAN_ENTRIES);
    const { wanted, either, every } = this.#conditions;
    const conditions = this.#address + FOUND_MAX * 4;
    // Another search may have used the place in between.
    this.#words.set(wanted, conditions / 4);
    const scan = reversed ? this.#kernel.scanDown : this.#kernel.scanUp;
    const limit = Math.min(most, FOUND_MAX);
    const n = low >= high ? 0 : scan(conditions, either, every, low, high, this.#address, limit) >>> 0;
    const found = this.#address / 4;
    for (let i = 0; i < n; i++) target[i] = this.#words[found + i]!;
    const end = n === limit ? (reversed ? target[n - 1]! : target[n - 1]! + 1) : reversed ? low : high;
    this.#work.spend(n + ((reversed ? high - end : end - low) * (either + every)) / SCANNED_PER_UNIT);
    this.next = reversed ? (end > from ? end - 1 : END) : end < to ? end : END;
    return n;
  }
}

/** Hashes of one column that a scan compares in the time that a posting's item takes. */
const SCANNED_PER_UNIT = 16;
