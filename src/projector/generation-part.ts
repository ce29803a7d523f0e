/** A generation as a part of the history: what the machine's kernel has written and no run holds yet. It has no index, it is scanned. */
import { assert, type SharedMemory } from '../base/index.ts';
import { type ColumnHash, END, type Positions, type Predicates } from './candidates.ts';
import type { EventBlock } from './event-block.ts';
import type { ProjectorKernel } from './kernel.ts';
import { BLOCK_ENTRIES, Control, FOUND_MAX, type GenerationLayout, GenerationState } from './layout.ts';
import type { Part } from './part.ts';
import { SpanRange, Spans } from './spans.ts';

export class GenerationPart implements Part {
  firstEntry = 0;
  count = 0;
  spans: Spans;
  readonly name = 'a generation in memory';
  readonly #layout: GenerationLayout;
  readonly #memory: SharedMemory;
  readonly #kernel: ProjectorKernel;
  /** Address of u32[FOUND_MAX]. */
  readonly #found: number;
  #range = new SpanRange();
  #view: DataView;
  #bytes: Uint8Array;
  #words: Uint32Array;

  constructor(memory: SharedMemory, kernel: ProjectorKernel, layout: GenerationLayout, found: number) {
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
    const state = this.#view.getUint32(control + Control.state, true);
    const count = state === GenerationState.free ? 0 : this.#view.getUint32(control + Control.count, true);
    if (count === 0) {
      this.count = 0;
      return false;
    }
    const firstEntry = this.#view.getFloat64(control + Control.firstEntry, true);
    if (firstEntry !== this.firstEntry) this.#range = new SpanRange();
    this.firstEntry = firstEntry;
    this.count = count;
    const spansCount = this.#view.getUint32(control + Control.spansCount, true);
    assert(spansCount > 0, 'every entry lies in a span');
    this.spans = new Spans(this.#words, spans / 4, spansCount, count);
    return true;
  }

  candidates(predicates: Predicates, from: number, to: number, reversed: boolean): Positions {
    const scanned = predicates.any.length > 0 ? predicates.any : predicates.all.slice(0, 1);
    const compared = predicates.any.length > 0 ? predicates.all : predicates.all.slice(1);
    return new ScannedPositions(
      this.#kernel,
      this.#words,
      this.#found,
      scanned.map((wanted) => this.#at(wanted)),
      compared.map((wanted) => this.#at(wanted)),
      from,
      to,
      reversed,
    );
  }

  loadEvents(block: number, target: EventBlock): void {
    const { blocks, events, control } = this.#layout;
    const start = events + this.#words[blocks / 4 + block]!;
    const end = events + this.#view.getUint32(control + Control.eventsSize, true);
    target.load(this.#bytes, start, end, Math.min(BLOCK_ENTRIES, this.count - block * BLOCK_ENTRIES), this.name);
  }

  /** Only queries ask, between batches: what is looked at then is never undone. */
  #extended(): SpanRange {
    this.#range.extend(this.spans);
    return this.#range;
  }

  #at({ column, hash }: ColumnHash): AddressHash {
    return { address: this.#layout.columns[column]!, hash };
  }
}

interface AddressHash {
  readonly address: number;
  readonly hash: number;
}

/** Scans one column, or two at once, and looks the other hashes up. */
class ScannedPositions implements Positions {
  readonly #kernel: ProjectorKernel;
  readonly #words: Uint32Array;
  readonly #address: number;
  readonly #a: AddressHash;
  readonly #b: AddressHash;
  readonly #compared: readonly AddressHash[];
  readonly #reversed: boolean;
  /** What is left to scan: [from, to). */
  #from: number;
  #to: number;
  #found: Uint32Array = new Uint32Array(0);
  #next = 0;

  constructor(
    kernel: ProjectorKernel,
    words: Uint32Array,
    address: number,
    scanned: readonly AddressHash[],
    compared: readonly AddressHash[],
    from: number,
    to: number,
    reversed: boolean,
  ) {
    this.#kernel = kernel;
    this.#words = words;
    this.#address = address;
    this.#a = scanned[0]!;
    this.#b = scanned[1] ?? scanned[0]!;
    this.#compared = compared;
    this.#from = from;
    this.#to = to;
    this.#reversed = reversed;
  }

  seek(pos: number): number {
    if (this.#reversed) this.#to = Math.min(this.#to, pos + 1);
    else this.#from = Math.max(this.#from, pos);
    for (;;) {
      while (this.#next < this.#found.length) {
        const candidate = this.#found[this.#next]!;
        if ((this.#reversed ? candidate <= pos : candidate >= pos) && this.#fits(candidate)) return candidate;
        this.#next++;
      }
      if (this.#from >= this.#to) return END;
      this.#scan();
    }
  }

  #fits(candidate: number): boolean {
    for (const { address, hash } of this.#compared) if (this.#words[address / 4 + candidate] !== hash) return false;
    return true;
  }

  #scan(): void {
    const scan = this.#reversed ? this.#kernel.scanDown : this.#kernel.scanUp;
    const [a, b] = [this.#a, this.#b];
    const n = scan(a.address, a.hash, b.address, b.hash, this.#from, this.#to, this.#address, FOUND_MAX) >>> 0;
    this.#found = this.#words.slice(this.#address / 4, this.#address / 4 + n);
    this.#next = 0;
    if (this.#reversed) this.#to = n < FOUND_MAX ? this.#from : this.#found[n - 1]!;
    else this.#from = n < FOUND_MAX ? this.#to : this.#found[n - 1]! + 1;
  }
}
