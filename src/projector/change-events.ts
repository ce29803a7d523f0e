/**
 * get_change_events: everything that moved a balance, by timestamp, with both accounts as they were afterwards.
 * Transfers ascend in time, imported ones too, and expiries ascend; but a transfer imported after an expiry may bear an
 * older timestamp. Where timestamps do not ascend from entry to entry, transfers and expiries are read as two streams
 * and merged.
 */

import type { SharedMemory } from '../base/index.ts';
import { ChangeEventOffset, EntryKind, TallystickError, TransferOffset } from '../model/index.ts';
import { ChangeStream, type Kinds } from './change-stream.ts';
import { EventWriter } from './event-writer.ts';
import { Events } from './events.ts';
import type { ChangeEventsSearch } from './filters.ts';
import type { AccountReader } from './layout.ts';
import type { Part } from './part.ts';
import type { Parts } from './parts.ts';
import type { Rows } from './rows.ts';
import type { Course } from './transfer-search.ts';
import { RECORD_UNITS, ROW_UNITS } from './work.ts';

const WORDS = 32;
/** Rows that are read together. */
const ROWS_TOGETHER = 64;

export class ChangeEvents {
  readonly #memory: SharedMemory;
  readonly #rows: Rows;
  readonly #parts: Parts;
  readonly #accounts: AccountReader;
  readonly #positions = new Uint32Array(ROWS_TOGETHER);
  readonly #pending = new Uint32Array(WORDS);
  readonly #balances = new Uint8Array(64);

  constructor(memory: SharedMemory, rows: Rows, parts: Parts, accounts: AccountReader) {
    this.#memory = memory;
    this.#rows = rows;
    this.#parts = parts;
    this.#accounts = accounts;
  }

  /** Writes the events to the answer; ends when all are found, and yields whenever the slice is used up. */
  *read(search: ChangeEventsSearch, course: Course): Generator<void, void> {
    const { work, answer } = course;
    const out = new EventWriter(this.#memory, this.#accounts, answer);
    const parts = this.#parts;
    const ordered = parts.all.every(
      (part, nth) => part.ascending && (nth === 0 || parts.all[nth - 1]!.timestampMax < part.timestampMin),
    );
    const stream = (kinds: Kinds): ChangeStream => new ChangeStream(parts, search.window, new Events(), kinds, course);
    const first = stream({ transfers: true, expiries: ordered });
    const second = ordered ? undefined : stream({ transfers: false, expiries: true });
    while (answer.rows < search.limit) {
      if (work.isOver) {
        yield;
        first.refresh();
        second?.refresh();
      }
      if (first.pausing) first.goOn();
      if (second?.pausing === true) second.goOn();
      if (first.pausing || second?.pausing === true) continue;
      if (first.part === undefined && second?.part === undefined) return;
      this.#put(first, second, search.limit, course, out);
    }
  }

  /** The next events, as many as can be read together. */
  #put(
    first: ChangeStream,
    second: ChangeStream | undefined,
    limit: number,
    { work, answer }: Course,
    out: EventWriter,
  ): void {
    const { part } = first;
    if (second?.part !== undefined && (part === undefined || second.timestamp < first.timestamp)) {
      work.spend(ROW_UNITS);
      this.#putExpiry(second.part, second.pos, out);
      second.next();
    } else if (first.expiry) {
      work.spend(ROW_UNITS);
      this.#putExpiry(part!, first.pos, out);
      first.next();
    } else {
      // Transfers that follow one another are read together.
      const batch = Math.min(ROWS_TOGETHER, limit - answer.rows);
      let count = 0;
      while (
        count < batch &&
        first.part === part &&
        !(second?.part !== undefined && second.timestamp < first.timestamp) &&
        !first.expiry
      ) {
        this.#positions[count++] = first.pos;
        first.next();
      }
      work.spend(count * (ROW_UNITS + 2 * RECORD_UNITS));
      this.#putTransfers(part!, count, out);
    }
  }

  #putTransfers(part: Part, count: number, out: EventWriter): void {
    const rows = this.#rows;
    rows.read(part, this.#positions, count, this.#parts.entries);
    for (let row = 0; row < count; row++) {
      const index = rows.events.at(part, this.#positions[row]!);
      out.begin(rows.bytes, row * 128, rows.events.block.kind(index));
      out.copy(rows.bytes, row * 128 + TransferOffset.timestamp, ChangeEventOffset.timestamp, 8);
      this.#putAccounts(rows.events, index, out);
    }
  }

  #putExpiry(part: Part, pos: number, out: EventWriter): void {
    const { events } = this.#rows;
    const entry = events.block.pendingEntry(events.at(part, pos));
    if (entry < 0 || entry >= part.firstEntry + pos) {
      throw new TallystickError('run_corrupt', `${part.name}: an expiry names no earlier pending transfer`);
    }
    const pending = this.#pending;
    this.#rows.readOne(entry, this.#parts.entries, pending, 0);
    out.begin(new Uint8Array(pending.buffer), 0, EntryKind.expired);
    part.spans.putTimestamp(part.spans.find(pos), pos, pending, 0);
    out.copy(new Uint8Array(pending.buffer), 0, ChangeEventOffset.timestamp, 8);
    this.#putAccounts(events, events.at(part, pos), out);
  }

  #putAccounts(events: Events, index: number, out: EventWriter): void {
    for (const side of [0, 1]) {
      events.block.putBalances(index, side, this.#balances, 0);
      const closed = side === 0 ? events.block.debitClosed(index) : events.block.creditClosed(index);
      out.putAccount(side, this.#balances, closed);
    }
  }
}
