/** The positions of one hash in one column of a run, read from its file a few kilobytes at a time. */
import { END, type Postings } from './candidates.ts';
import type { CheckedFile } from './checked-file.ts';
import { UNORDERED_MAX } from './run-format.ts';

/** Items (4 bytes each) in one read: at least a slot of the directory that is not in the order of its tags. */
const WINDOW = UNORDERED_MAX;
const POSITION_MASK = 0xf_ffff;
const single = new Uint32Array(1);
const singleBytes = new Uint8Array(single.buffer);

export class Posting implements Postings {
  /** How many positions. */
  readonly count: number;
  readonly #file: CheckedFile;
  /** Byte of the column's first item in the file. */
  readonly #items: number;
  readonly #tag: number;
  readonly #reversed: boolean;
  /** Our items of the column: [from, to). */
  readonly #from: number;
  readonly #to: number;
  /** Items in memory: [windowFrom, windowTo), as positions. */
  readonly #window: Uint32Array;
  #windowFrom = 0;
  #windowTo = 0;
  /** Item that the next seek starts at. */
  #next: number;

  /** `items`: byte of the column's items in the file; [from, to): those of the hash's slot. */
  constructor(file: CheckedFile, items: number, from: number, to: number, hash: number, reversed: boolean) {
    this.#file = file;
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

  seek(pos: number): number {
    const wanted = this.#tag * 2 ** 20 + pos;
    return this.#reversed ? this.#seekDown(wanted) : this.#seekUp(wanted);
  }

  #seekUp(wanted: number): number {
    if (this.#next >= this.#to) return END;
    if (this.#next >= this.#windowTo || this.#next < this.#windowFrom) this.#load(this.#next, this.#to);
    if (this.#window[this.#windowTo - 1 - this.#windowFrom]! < wanted) {
      // Beyond this window. Most often in the next one; if not, look where in the file.
      if (this.#windowTo < this.#to) this.#load(this.#windowTo, this.#to);
      if (this.#window[this.#windowTo - 1 - this.#windowFrom]! < wanted) {
        this.#next = this.#lowerBound(wanted, this.#windowTo, this.#to);
        if (this.#next >= this.#to) return END;
        this.#load(this.#next, this.#to);
      }
    }
    let at = Math.max(this.#next, this.#windowFrom);
    if (this.#window[at - this.#windowFrom]! < wanted) at = this.#lowerBoundInWindow(wanted);
    this.#next = at;
    return this.#window[at - this.#windowFrom]! & POSITION_MASK;
  }

  #seekDown(wanted: number): number {
    if (this.#next < this.#from) return END;
    if (this.#next >= this.#windowTo || this.#next < this.#windowFrom) this.#loadDown(this.#next + 1);
    if (this.#window[0]! > wanted) {
      if (this.#windowFrom > this.#from) this.#loadDown(this.#windowFrom);
      if (this.#window[0]! > wanted) {
        this.#next = this.#lowerBound(wanted + 1, this.#from, this.#windowFrom) - 1;
        if (this.#next < this.#from) return END;
        this.#loadDown(this.#next + 1);
      }
    }
    let at = Math.min(this.#next, this.#windowTo - 1);
    if (this.#window[at - this.#windowFrom]! > wanted) at = this.#lowerBoundInWindow(wanted + 1) - 1;
    this.#next = at;
    return at < this.#from ? END : this.#window[at - this.#windowFrom]! & POSITION_MASK;
  }

  /** Moves the items of our tag to the front of the window and counts them. They are never read again: the window holds all of the slot. */
  #keepTag(): number {
    const window = this.#window;
    let count = 0;
    for (let at = 0; at < window.length; at++) {
      const item = window[at]!;
      if (item >>> 20 === this.#tag) window[count++] = item;
    }
    return count;
  }

  /** Reads items from `from` on, to the window's size or `to`. */
  #load(from: number, to: number): void {
    const end = Math.min(to, from + this.#window.length);
    if (end > from) {
      const window = this.#window;
      this.#file.read(new Uint8Array(window.buffer, window.byteOffset, (end - from) * 4), this.#items + from * 4);
    }
    this.#windowFrom = from;
    this.#windowTo = end;
  }

  /** Reads items that end before `to`. */
  #loadDown(to: number): void {
    this.#load(Math.max(this.#from, to - this.#window.length), to);
  }

  /** First item of the window that is not less than `wanted`; one past the window if all are. */
  #lowerBoundInWindow(wanted: number): number {
    let low = this.#windowFrom;
    let high = this.#windowTo;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#window[middle - this.#windowFrom]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The same among the items [from, to) of the file. */
  #lowerBound(wanted: number, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      this.#file.read(singleBytes, this.#items + middle * 4);
      if (single[0]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
