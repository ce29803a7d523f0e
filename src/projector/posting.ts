/**
 * The positions of one hash in one column of a run, read from its file some kilobytes at a time, more where they are
 * read one after another.
 */
import { END, type Postings } from './candidates.ts';
import type { CheckedFile } from './checked-file.ts';
import { UNORDERED_MAX } from './run-format.ts';
import type { Work } from './work.ts';

/** Items (4 bytes each) in the first read: at least a slot of the directory that is not in the order of its tags. */
const WINDOW = UNORDERED_MAX;
/** Items in one read at most. Each read that goes on where the last one ended brings twice as many. */
const WINDOW_MAX = 8192;
const POSITION_MASK = 0xf_ffff;
const single = new Uint32Array(1);
const singleBytes = new Uint8Array(single.buffer);

export class Posting implements Postings {
  /** How many positions. */
  readonly count: number;
  readonly #file: CheckedFile;
  readonly #work: Work;
  /** Byte of the column's first item in the file. */
  readonly #items: number;
  readonly #tag: number;
  readonly #reversed: boolean;
  /** Our items of the column: [from, to). */
  readonly #from: number;
  readonly #to: number;
  /** Items in memory: [windowFrom, windowTo), as positions. */
  #window: Uint32Array;
  #windowFrom = 0;
  #windowTo = 0;
  /** Item that the next seek starts at. */
  #next: number;

  /** `items`: byte of the column's items in the file; [from, to): those of the hash's slot. */
  constructor(place: PostingPlace, hash: number, reversed: boolean, work: Work) {
    const { file, items, from, to } = place;
    this.#file = file;
    this.#work = work;
    this.#items = items;
    this.#tag = (hash >>> 6) & 0xfff;
    this.#reversed = reversed;
    this.#window = new Uint32Array(Math.min(WINDOW, to - from));
    if (to - from <= UNORDERED_MAX) {
      this.#load(from, to);
      this.#from = from;
      this.#to = from + this.#keepTag();
      this.#windowTo = this.#to;
    } else {
      this.#from = this.#lowerBound(this.#tag * 2 ** 20, from, to);
      this.#to = this.#lowerBound((this.#tag + 1) * 2 ** 20, this.#from, to);
    }
    this.count = this.#to - this.#from;
    this.#next = reversed ? this.#to - 1 : this.#from;
  }

  /** Item at `#next`, as a position; behind the last: {@link END}. */
  get next(): number {
    if (this.#reversed ? this.#next < this.#from : this.#next >= this.#to) return END;
    if (this.#next >= this.#windowTo || this.#next < this.#windowFrom) this.#loadAt(this.#next);
    return this.#window[this.#next - this.#windowFrom]! & POSITION_MASK;
  }

  seek(pos: number): number {
    const wanted = this.#tag * 2 ** 20 + pos;
    return this.#reversed ? this.#seekDown(wanted) : this.#seekUp(wanted);
  }

  take(pos: number, target: Uint32Array, most: number): number {
    if (this.seek(pos) === END) return 0;
    const step = this.#reversed ? -1 : 1;
    let n = 0;
    while (n < most && this.#next >= this.#from && this.#next < this.#to) {
      if (this.#next >= this.#windowTo || this.#next < this.#windowFrom) this.#loadAt(this.#next);
      const window = this.#window;
      const from = this.#windowFrom;
      let at = this.#next;
      for (; n < most && at >= from && at < this.#windowTo; at += step)
        target[n++] = window[at - from]! & POSITION_MASK;
      this.#next = at;
    }
    this.#work.spend(n);
    return n;
  }

  mark(positions: Uint32Array, count: number, marks: Uint8Array): void {
    let i = 0;
    while (i < count) {
      if (this.seek(positions[i]!) === END) return;
      i = this.#reversed ? this.#markDown(positions, i, count, marks) : this.#markUp(positions, i, count, marks);
    }
    this.#work.spend(count);
  }

  /**
   * Goes on through positions and window, hand over hand, to the end of one of them; returns the first position that
   * was not looked at.
   */
  #markUp(positions: Uint32Array, first: number, count: number, marks: Uint8Array): number {
    const window = this.#window;
    const base = this.#tag * 2 ** 20;
    const end = this.#windowTo - this.#windowFrom;
    const start = this.#next - this.#windowFrom;
    let at = start;
    let i = first;
    for (; i < count; i++) {
      const wanted = base + positions[i]!;
      // Lists of like length go step by step, and a rare one leaps through a common one.
      const near = Math.min(at + STEPS, end);
      while (at < near && window[at]! < wanted) at++;
      if (at === near && near < end) at = leapUp(window, wanted, at, end);
      if (at >= end) break;
      if (window[at] === wanted) marks[i] = 1;
    }
    this.#next = this.#windowFrom + at;
    this.#work.spend(at - start);
    return i;
  }

  #markDown(positions: Uint32Array, first: number, count: number, marks: Uint8Array): number {
    const window = this.#window;
    const base = this.#tag * 2 ** 20;
    const start = this.#next - this.#windowFrom;
    let at = start;
    let i = first;
    for (; i < count; i++) {
      const wanted = base + positions[i]!;
      const near = Math.max(at - STEPS, -1);
      while (at > near && window[at]! > wanted) at--;
      if (at === near && near >= 0) at = leapDown(window, wanted, at);
      if (at < 0) break;
      if (window[at] === wanted) marks[i] = 1;
    }
    this.#next = this.#windowFrom + at;
    this.#work.spend(start - at);
    return i;
  }

  #seekUp(wanted: number): number {
    if (this.#next >= this.#to) return END;
    if (this.#next >= this.#windowTo || this.#next < this.#windowFrom) this.#loadAt(this.#next);
    if (this.#window[this.#windowTo - 1 - this.#windowFrom]! < wanted) {
      // Beyond this window. Most often in the next one; if not, look where in the file.
      if (this.#windowTo < this.#to) this.#loadAt(this.#windowTo);
      if (this.#window[this.#windowTo - 1 - this.#windowFrom]! < wanted) {
        this.#next = this.#lowerBound(wanted, this.#windowTo, this.#to);
        if (this.#next >= this.#to) return END;
        this.#loadAt(this.#next);
      }
    }
    let at = Math.max(this.#next, this.#windowFrom);
    if (this.#window[at - this.#windowFrom]! < wanted) at = this.#lowerBoundInWindow(wanted);
    this.#next = at;
    return this.#window[at - this.#windowFrom]! & POSITION_MASK;
  }

  #seekDown(wanted: number): number {
    if (this.#next < this.#from) return END;
    if (this.#next >= this.#windowTo || this.#next < this.#windowFrom) this.#loadAt(this.#next);
    if (this.#window[0]! > wanted) {
      if (this.#windowFrom > this.#from) this.#loadAt(this.#windowFrom - 1);
      if (this.#window[0]! > wanted) {
        this.#next = this.#lowerBound(wanted + 1, this.#from, this.#windowFrom) - 1;
        if (this.#next < this.#from) return END;
        this.#loadAt(this.#next);
      }
    }
    let at = Math.min(this.#next, this.#windowTo - 1);
    if (this.#window[at - this.#windowFrom]! > wanted) at = this.#lowerBoundInWindow(wanted + 1) - 1;
    this.#next = at;
    return at < this.#from ? END : this.#window[at - this.#windowFrom]! & POSITION_MASK;
  }

  /**
   * Moves the items of our tag to the front of the window and counts them. They are never read again: the window holds
   * all of the slot.
   */
  #keepTag(): number {
    const window = this.#window;
    let count = 0;
    for (let at = 0; at < window.length; at++) {
      const item = window[at]!;
      if (item >>> 20 === this.#tag) window[count++] = item;
    }
    return count;
  }

  /** Reads a window that begins with `item`, or ends with it if we go down. */
  #loadAt(item: number): void {
    const goesOn = this.#reversed ? item === this.#windowFrom - 1 : item === this.#windowTo;
    const size = this.#window.length;
    if (goesOn && size < WINDOW_MAX) this.#window = new Uint32Array(Math.min(size * 2, WINDOW_MAX));
    if (this.#reversed) this.#load(Math.max(this.#from, item + 1 - this.#window.length), item + 1);
    else this.#load(item, this.#to);
  }

  /** Reads items from `from` on, to the window's size or `to`. */
  #load(from: number, to: number): void {
    const end = Math.min(to, from + this.#window.length);
    if (end > from) {
      const window = this.#window;
      this.#file.read(new Uint8Array(window.buffer, window.byteOffset, (end - from) * 4), this.#items + from * 4);
    }
    this.#work.spend(end - from);
    this.#windowFrom = from;
    this.#windowTo = end;
  }

  #lowerBoundInWindow(wanted: number): number {
    const from = this.#windowFrom;
    return from + lowerBound(this.#window, wanted, 0, this.#windowTo - from);
  }

  /** First item among [from, to) of the file that is not less than `wanted`; `to` if all are. */
  #lowerBound(wanted: number, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      this.#file.read(singleBytes, this.#items + middle * 4);
      this.#work.spend(READ_UNITS);
      if (single[0]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A read of one item: its chunk is read and compared with its checksum. */
const READ_UNITS = 128;

/** Items that are passed one by one before it is leapt. */
const STEPS = 8;

/** First of `items` in [at, end) that is not less than `wanted`; `end` if all are. In leaps of 1, 2, 4 … and back. */
function leapUp(items: Uint32Array, wanted: number, at: number, end: number): number {
  let from = at;
  for (let leap = 1; from < end && items[from]! < wanted; leap *= 2) {
    const beyond = Math.min(from + leap, end);
    if (beyond === end || items[beyond]! >= wanted) return lowerBound(items, wanted, from + 1, beyond);
    from = beyond;
  }
  return from;
}

/** Last of `items` in [0, at] that is not more than `wanted`; -1 if all are. */
function leapDown(items: Uint32Array, wanted: number, at: number): number {
  let from = at;
  for (let leap = 1; from >= 0 && items[from]! > wanted; leap *= 2) {
    const beyond = Math.max(from - leap, -1);
    if (beyond === -1 || items[beyond]! <= wanted) return lowerBound(items, wanted + 1, beyond + 1, from) - 1;
    from = beyond;
  }
  return from;
}

/** Where a hash's slot of a column lies. */
export interface PostingPlace {
  readonly file: CheckedFile;
  /** Byte of the column's items in the file. */
  readonly items: number;
  /** Items of the slot: [from, to). */
  readonly from: number;
  readonly to: number;
}

/** First of `items` in [from, to) that is not less than `wanted`; `to` if all are. */
function lowerBound(items: Uint32Array, wanted: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
