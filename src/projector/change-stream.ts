/** Entries of some kinds within a window, one after the other, as get_change_events merges them. In slices. */
import { EntryKind } from '../model/index.ts';
import type { Events } from './events.ts';
import type { Part } from './part.ts';
import type { Parts } from './parts.ts';
import { lowerBound, NO_CELL, type Window } from './spans.ts';
import type { Course } from './transfer-search.ts';
import { RECORD_UNITS } from './work.ts';

export interface Kinds {
  readonly transfers: boolean;
  readonly expiries: boolean;
}

/** Entries of some kinds within a window, by timestamp. */
export class ChangeStream {
  /** The part of the entry; undefined when there is none left, or none is known yet because the slice is used up. */
  part: Part | undefined;
  pos = -1;
  timestamp = 0n;
  /** The entry is an expiry; so are all of its span. */
  expiry = false;
  /** The slice was used up on the way to the next entry: `goOn`. */
  pausing = false;
  readonly #parts: Parts;
  readonly #course: Course;
  readonly #window: Window;
  readonly #events: Events;
  readonly #kinds: Kinds;
  #nth = -1;
  /** The part of the entry that is looked at, and how many of its entries there were when the search began. */
  #current: Part | undefined;
  #count = 0;
  /** The span we are in, and what it says of its entries: asked once, not for each. */
  #span = 0;
  #first = 0;
  #end = 0;
  #start = 0n;
  #last = 0n;

  constructor(parts: Parts, window: Window, events: Events, kinds: Kinds, course: Course) {
    this.#parts = parts;
    this.#window = window;
    this.#events = events;
    this.#kinds = kinds;
    this.#course = course;
    this.next();
  }

  /** Moves to the next entry; `part` is undefined when there is none. */
  next(): void {
    this.pos++;
    this.goOn();
  }

  /** In the next slice: the part may have become a run of the same entries. */
  refresh(): void {
    this.#events.forget(0);
    const part = this.#parts.all[this.#nth];
    if (this.#current === undefined || part === this.#current) return;
    this.#current = part;
    if (this.part !== undefined) this.part = part;
    if (part !== undefined && this.pos < this.#count) this.#enter(part, part.spans.find(this.pos));
  }

  goOn(): void {
    const { work } = this.#course;
    this.pausing = false;
    this.part = undefined;
    while (this.#current !== undefined || this.#nth === -1) {
      if (this.#current === undefined || this.pos >= this.#count) {
        if (!this.#nextPart()) return;
        continue;
      }
      if (this.#looksAt(this.#current)) {
        this.part = this.#current;
        return;
      }
      work.spend(RECORD_UNITS);
      if (!work.isOver) continue;
      this.pausing = true;
      return;
    }
  }

  /** Whether the entry at `pos` is one of ours; if not, `pos` is where one may be. */
  #looksAt(part: Part): boolean {
    const { min, max } = this.#window;
    while (this.pos >= this.#end) this.#enter(part, this.#span + 1);
    const timestamp = this.#start + BigInt(this.pos - this.#first);
    const { transfers, expiries } = this.#kinds;
    if ((this.expiry ? !expiries : !transfers) || this.#last < min || timestamp > max) {
      this.pos = this.#end;
      return false;
    }
    if (timestamp < min) {
      this.pos += Number(min - timestamp);
      return false;
    }
    if (this.#events.block.kind(this.#events.at(part, this.pos)) === EntryKind.failed) {
      this.pos++;
      return false;
    }
    this.timestamp = timestamp;
    return true;
  }

  #nextPart(): boolean {
    const { entries } = this.#course;
    for (;;) {
      this.#nth++;
      const part = this.#parts.all[this.#nth];
      this.#current = part !== undefined && part.firstEntry < entries ? part : undefined;
      if (this.#current === undefined) return false;
      const { timestampMin, timestampMax, count, firstEntry, ascending, spans } = this.#current;
      this.#count = Math.min(count, entries - firstEntry);
      if (this.#count === 0 || timestampMax < this.#window.min || timestampMin > this.#window.max) continue;
      this.pos = ascending ? lowerBound(spans, this.#window.min) : 0;
      if (this.pos >= this.#count) continue;
      this.#enter(this.#current, spans.find(this.pos));
      return true;
    }
  }

  #enter({ spans }: Part, span: number): void {
    this.#span = span;
    this.#first = spans.first(span);
    this.#end = Math.min(spans.end(span), this.#count);
    this.#start = spans.timestamp(span);
    this.#last = this.#start + BigInt(this.#end - 1 - this.#first);
    this.expiry = spans.cell(span, this.#first) === NO_CELL;
  }
}
