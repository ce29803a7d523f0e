/**
 * Event records: what the machine added to an event's cell. Records vary in size, so they are found in blocks of 64
 * entries. A record: one byte of kind and marks; for failed one byte of status; otherwise a u32 of eight lengths, the
 * balances, the amount if marked, the pending entry if marked.
 */
import { BLOCK_ENTRIES, EntryKind, EVENT_KIND_MASK, EventMark, TallystickError } from '../model/index.ts';

/** Bytes of the two lengths in a byte of nibbles. */
const lengths = Uint8Array.from({ length: 256 }, (_, byte) => lengthOf(byte & 15) + lengthOf(byte >> 4));

function lengthOf(nibble: number): number {
  return nibble === 15 ? 16 : nibble;
}

/** Up to 64 records, found and indexed. Used over and over. */
export class EventBlock {
  /** The block's first entry, absolute; -1 if no block is loaded. The user of the block keeps it. */
  firstEntry = -1;
  count = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #own: Uint8Array = new Uint8Array(8192);
  readonly #offsets = new Uint32Array(BLOCK_ENTRIES + 1);

  /** `size` bytes that belong to this block, for records that must be read from a file first. */
  room(size: number): Uint8Array {
    if (size > this.#own.length) this.#own = new Uint8Array(size * 2);
    return this.#own.subarray(0, size);
  }

  /**
   * Indexes `count` records in `bytes` from `start`, which must end at or before `end`. Throws `run_corrupt` if they do
   * not.
   */
  load(bytes: Uint8Array, start: number, end: number, count: number, from: string): void {
    let at = start;
    for (let index = 0; index < count; index++) {
      this.#offsets[index] = at;
      const head = bytes[at]!;
      if ((head & EVENT_KIND_MASK) === EntryKind.failed) {
        at += 2;
      } else {
        at +=
          5 + lengths[bytes[at + 1]!]! + lengths[bytes[at + 2]!]! + lengths[bytes[at + 3]!]! + lengths[bytes[at + 4]!]!;
        if ((head & EventMark.amount) !== 0) at += 16;
        if ((head & EventMark.pending) !== 0) at += 8;
      }
      if (!(at <= end)) {
        this.firstEntry = -1;
        throw new TallystickError('run_corrupt', `${from}: event records run past their block`);
      }
    }
    this.#offsets[count] = at;
    this.#bytes = bytes;
    this.count = count;
  }

  kind(index: number): number {
    return this.#bytes[this.#offsets[index]!]! & EVENT_KIND_MASK;
  }

  /** The status that burnt the id of a failed entry. */
  status(index: number): number {
    return this.#bytes[this.#offsets[index]! + 1]!;
  }

  debitClosed(index: number): boolean {
    return (this.#bytes[this.#offsets[index]!]! & EventMark.debitClosed) !== 0;
  }

  creditClosed(index: number): boolean {
    return (this.#bytes[this.#offsets[index]!]! & EventMark.creditClosed) !== 0;
  }

  /**
   * Writes the four balances (64 bytes) of the debit account (side 0) or the credit account (side 1) after the event.
   */
  putBalances(index: number, side: number, target: Uint8Array, at: number): void {
    const bytes = this.#bytes;
    const record = this.#offsets[index]!;
    let value = record + 5;
    if (side === 1) value += lengths[bytes[record + 1]!]! + lengths[bytes[record + 2]!]!;
    let nibbles = bytes[record + 1 + side * 2]! | (bytes[record + 2 + side * 2]! << 8);
    for (let balance = 0; balance < 4; balance++, nibbles >>= 4) {
      const size = lengthOf(nibbles & 15);
      const to = at + balance * 16;
      for (let byte = 0; byte < size; byte++) target[to + byte] = bytes[value + byte]!;
      for (let byte = size; byte < 16; byte++) target[to + byte] = 0;
      value += size;
    }
  }

  /** Writes the amount (16 bytes) and answers true, or false when the record has none: then the cell's own holds. */
  putAmount(index: number, target: Uint8Array, at: number): boolean {
    const record = this.#offsets[index]!;
    if ((this.#bytes[record]! & EventMark.amount) === 0) return false;
    const from = this.#tail(record);
    for (let byte = 0; byte < 16; byte++) target[at + byte] = this.#bytes[from + byte]!;
    return true;
  }

  /** Entry number of the pending transfer that this one posted, voided or saw expire; -1 when the record has none. */
  pendingEntry(index: number): number {
    const record = this.#offsets[index]!;
    const head = this.#bytes[record]!;
    if ((head & EventMark.pending) === 0) return -1;
    const from = this.#tail(record) + ((head & EventMark.amount) !== 0 ? 16 : 0);
    let entry = 0;
    for (let byte = 7; byte >= 0; byte--) entry = entry * 256 + this.#bytes[from + byte]!;
    return entry;
  }

  /** Where the amount would stand. */
  #tail(record: number): number {
    const bytes = this.#bytes;
    return (
      record +
      5 +
      lengths[bytes[record + 1]!]! +
      lengths[bytes[record + 2]!]! +
      lengths[bytes[record + 3]!]! +
      lengths[bytes[record + 4]!]!
    );
  }
}
