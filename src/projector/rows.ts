/**
 * Stored transfers, put together again: from the ring of rows if they are recent, otherwise from the journal cell of
 * the request and, for what the machine decided (the timestamp, the amount of a balancing transfer, what posts and
 * voids inherit), from spans and event records.
 */

import { assert, type SharedMemory } from '../base/index.ts';
import { EntryKind, TallystickError, TRANSFER_SIZE, TransferFlags, TransferOffset } from '../model/index.ts';
import { Events } from './events.ts';
import type { CellReader, HistoryLayout } from './layout.ts';
import type { Part } from './part.ts';
import { NO_CELL } from './spans.ts';

const ROW_WORDS = TRANSFER_SIZE / 4;
/** Rows in one batch. */
export const ROWS_MAX = 256;
/** Neighbours this many cells apart are read in one go: 2 KiB are copied faster than a second call is made. */
const GAP_MAX = 16;
/** Cells in one read. */
const RANGE_MAX = 1024;

const { post_pending_transfer, void_pending_transfer, balancing_debit, balancing_credit } = TransferFlags;
const INHERITS = post_pending_transfer | void_pending_transfer;
const OVERLAID = INHERITS | balancing_debit | balancing_credit;

/** Words of a row. Flags lie in the upper half of `code`'s. */
const Word = {
  debit: TransferOffset.debit_account_id / 4,
  credit: TransferOffset.credit_account_id / 4,
  amount: TransferOffset.amount / 4,
  userData128: TransferOffset.user_data_128 / 4,
  userData64: TransferOffset.user_data_64 / 4,
  userData32: TransferOffset.user_data_32 / 4,
  ledger: TransferOffset.ledger / 4,
  code: TransferOffset.code / 4,
  timestamp: TransferOffset.timestamp / 4,
};

/** Finds the part that holds an entry. */
export type PartOf = (entry: number) => Part;

export class Rows {
  /** The rows of the last `read`, one after another. */
  readonly bytes: Uint8Array = new Uint8Array(ROWS_MAX * TRANSFER_SIZE);
  readonly words: Uint32Array = new Uint32Array(this.bytes.buffer);
  /** Event records of the entries that are read. */
  readonly events: Events = new Events();
  readonly #memory: SharedMemory;
  readonly #layout: HistoryLayout;
  readonly #cells: CellReader;
  readonly #partOf: PartOf;
  #ring: Uint32Array;
  readonly #cellOf = new Float64Array(ROWS_MAX);
  readonly #spanOf = new Uint32Array(ROWS_MAX);
  /** `bytes` row by row: a view costs as much as a tenth of the read that it is for. */
  readonly #rowBytes: readonly Uint8Array[];
  readonly #range = new Uint32Array(RANGE_MAX * ROW_WORDS);
  readonly #rangeBytes = new Uint8Array(this.#range.buffer);
  /** The pending transfer of a post or a void, and its event record. */
  readonly #pendingEvents = new Events();
  readonly #pending = new Uint32Array(ROW_WORDS);

  constructor(memory: SharedMemory, layout: HistoryLayout, cells: CellReader, partOf: PartOf) {
    this.#memory = memory;
    this.#layout = layout;
    this.#cells = cells;
    this.#partOf = partOf;
    this.#ring = new Uint32Array(memory.buffer);
    this.#rowBytes = Array.from({ length: ROWS_MAX }, (_, row) =>
      this.bytes.subarray(row * TRANSFER_SIZE, (row + 1) * TRANSFER_SIZE),
    );
  }

  /** Event records of entries from `entry` on may have changed. */
  forget(entry: number): void {
    this.events.forget(entry);
    this.#pendingEvents.forget(entry);
  }

  /**
   * Reads the stored transfers at `count` positions of `part`, sorted one way or the other, none failed or expired.
   * `entries`: how many there are in all.
   */
  read(part: Part, positions: Uint32Array, count: number, entries: number): void {
    assert(count <= ROWS_MAX, 'a batch of rows fits');
    const cellOf = this.#cellOf;
    for (let row = 0; row < count; row++) {
      const pos = positions[row]!;
      if (this.#fromRing(part.firstEntry + pos, entries, this.words, row * ROW_WORDS)) {
        cellOf[row] = NO_CELL;
        continue;
      }
      const span = part.spans.find(pos);
      const cell = part.spans.cell(span, pos);
      if (cell === NO_CELL) throw lost(part, pos, 'has no journal cell');
      cellOf[row] = cell;
      this.#spanOf[row] = span;
    }
    this.#readCells(count);
    for (let row = 0; row < count; row++) {
      if (cellOf[row] === NO_CELL) continue;
      const pos = positions[row]!;
      part.spans.putTimestamp(this.#spanOf[row]!, pos, this.words, row * ROW_WORDS + Word.timestamp);
      const flags = this.words[row * ROW_WORDS + Word.code]! >>> 16;
      if ((flags & OVERLAID) !== 0) this.#overlay(part, pos, this.events, flags, this.words, row * ROW_WORDS, entries);
    }
  }

  /**
   * Reads what `entry` remembers into 32 words of `target` and returns its kind: the stored transfer; for expired the
   * pending transfer; for failed the event of the request.
   */
  readOne(entry: number, entries: number, target: Uint32Array, word: number): number {
    const part = this.#partOf(entry);
    const pos = entry - part.firstEntry;
    const index = this.events.at(part, pos);
    const kind = this.events.block.kind(index);
    if (this.#fromRing(entry, entries, target, word)) return kind;
    if (kind === EntryKind.expired) {
      this.#readPending(part, pos, this.events.block.pendingEntry(index), entries, target, word);
    } else {
      this.#readStored(part, pos, this.events, kind, entries, target, word);
    }
    return kind;
  }

  /** The four words of the id of `entry` as its cell has them; not for expired entries. */
  readId(part: Part, pos: number, entries: number, target: Uint32Array): void {
    if (this.#fromRing(part.firstEntry + pos, entries, target, 0)) return;
    const cell = part.spans.cell(part.spans.find(pos), pos);
    if (cell === NO_CELL) throw lost(part, pos, 'has no journal cell');
    this.#cells.read(cell, 1, new Uint8Array(target.buffer), target.byteOffset);
  }

  #fromRing(entry: number, entries: number, target: Uint32Array, word: number): boolean {
    const { rows, rowsCount, rowsTrusted, rowsFirst } = this.#layout;
    if (entry < entries - rowsTrusted || entry < rowsFirst) return false;
    if (this.#ring.buffer !== this.#memory.buffer) this.#ring = new Uint32Array(this.#memory.buffer);
    const from = rows / 4 + (entry % rowsCount) * ROW_WORDS;
    for (let at = 0; at < ROW_WORDS; at++) target[word + at] = this.#ring[from + at]!;
    return true;
  }

  /** Reads the cells that are wanted, neighbours together. */
  #readCells(count: number): void {
    const cellOf = this.#cellOf;
    const { segmentCells } = this.#cells;
    for (let row = 0; row < count; ) {
      const first = cellOf[row]!;
      if (first === NO_CELL) {
        row++;
        continue;
      }
      let low = first;
      let high = first;
      const segment = Math.floor(first / segmentCells);
      let end = row + 1;
      for (; end < count && cellOf[end] !== NO_CELL; end++) {
        const cell = cellOf[end]!;
        if (cell > high + GAP_MAX || cell < low - GAP_MAX) break;
        if (Math.max(high, cell) - Math.min(low, cell) >= RANGE_MAX) break;
        if (Math.floor(cell / segmentCells) !== segment) break;
        low = Math.min(low, cell);
        high = Math.max(high, cell);
      }
      if (end === row + 1) {
        this.#cells.read(first, 1, this.#rowBytes[row]!, 0);
      } else {
        this.#cells.read(low, high - low + 1, this.#rangeBytes, 0);
        for (let at = row; at < end; at++) {
          const from = (cellOf[at]! - low) * ROW_WORDS;
          for (let word = 0; word < ROW_WORDS; word++) this.words[at * ROW_WORDS + word] = this.#range[from + word]!;
        }
      }
      row = end;
    }
  }

  /** One stored transfer from its cell. */
  #readStored(
    part: Part,
    pos: number,
    events: Events,
    kind: number,
    entries: number,
    target: Uint32Array,
    word: number,
  ): void {
    const span = part.spans.find(pos);
    const cell = part.spans.cell(span, pos);
    if (cell === NO_CELL) throw lost(part, pos, 'has no journal cell');
    this.#cells.read(cell, 1, new Uint8Array(target.buffer), target.byteOffset + word * 4);
    if (kind === EntryKind.failed) return;
    part.spans.putTimestamp(span, pos, target, word + Word.timestamp);
    const flags = target[word + Word.code]! >>> 16;
    if ((flags & OVERLAID) !== 0) this.#overlay(part, pos, events, flags, target, word, entries);
  }

  #overlay(
    part: Part,
    pos: number,
    events: Events,
    flags: number,
    target: Uint32Array,
    word: number,
    entries: number,
  ): void {
    const index = events.at(part, pos);
    const bytes = new Uint8Array(target.buffer);
    events.block.putAmount(index, bytes, target.byteOffset + (word + Word.amount) * 4);
    if ((flags & INHERITS) === 0) return;
    const pending = this.#pending;
    this.#readPending(part, pos, events.block.pendingEntry(index), entries, pending, 0);
    const copy = (from: number, words: number): void => {
      for (let at = from; at < from + words; at++) target[word + at] = pending[at]!;
    };
    const absent = (from: number, words: number): boolean => {
      for (let at = from; at < from + words; at++) if (target[word + at] !== 0) return false;
      return true;
    };
    copy(Word.debit, 4);
    copy(Word.credit, 4);
    copy(Word.ledger, 1);
    target[word + Word.code] = (flags << 16) | (pending[Word.code]! & 0xffff);
    if (absent(Word.userData128, 4)) copy(Word.userData128, 4);
    if (absent(Word.userData64, 2)) copy(Word.userData64, 2);
    if (absent(Word.userData32, 1)) copy(Word.userData32, 1);
  }

  /** The pending transfer that the entry at `pos` ended. */
  #readPending(part: Part, pos: number, entry: number, entries: number, target: Uint32Array, word: number): void {
    if (entry < 0 || entry >= part.firstEntry + pos) throw lost(part, pos, 'names no earlier pending transfer');
    if (this.#fromRing(entry, entries, target, word)) return;
    const owner = this.#partOf(entry);
    const at = entry - owner.firstEntry;
    const kind = this.#pendingEvents.block.kind(this.#pendingEvents.at(owner, at));
    if (kind !== EntryKind.pending) throw lost(part, pos, 'ends a transfer that is not pending');
    this.#readStored(owner, at, this.#pendingEvents, kind, entries, target, word);
  }
}

function lost(part: Part, pos: number, why: string): TallystickError {
  return new TallystickError('run_corrupt', `${part.name}: entry ${part.firstEntry + pos} ${why}`);
}
