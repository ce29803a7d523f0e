/**
 * get_change_events: everything that moved a balance, by timestamp, with both accounts as they were afterwards.
 * Transfers ascend in time, imported ones too, and expiries ascend; but a transfer imported after an expiry may bear an older timestamp. Where
 * timestamps do not ascend from entry to entry, transfers and expiries are read as two streams and merged.
 */
import type { SharedMemory } from '../base/index.ts';
import {
  AccountFlags,
  AccountOffset,
  CHANGE_EVENT_SIZE,
  ChangeEventOffset,
  TallystickError,
  TransferOffset,
} from '../model/index.ts';
import { Events } from './events.ts';
import type { ChangeEventsSearch } from './filters.ts';
import { type AccountReader, EntryKind } from './layout.ts';
import type { Part } from './part.ts';
import { ROWS_MAX, type Rows } from './rows.ts';
import { lowerBound, NO_CELL, type Window } from './spans.ts';

const WORDS = 32;

/** Entries of some kinds within a window, by timestamp. */
class Stream {
  part: Part | undefined;
  pos = 0;
  timestamp = 0n;
  /** The entry is an expiry; so are all of its span. */
  expiry = false;
  readonly #parts: readonly Part[];
  readonly #window: Window;
  readonly #events: Events;
  readonly #transfers: boolean;
  readonly #expiries: boolean;
  #nth = -1;
  /** The span we are in, and what it says of its entries: asked once, not for each. */
  #span = 0;
  #first = 0;
  #end = 0;
  #start = 0n;
  #last = 0n;

  constructor(parts: readonly Part[], window: Window, events: Events, transfers: boolean, expiries: boolean) {
    this.#parts = parts;
    this.#window = window;
    this.#events = events;
    this.#transfers = transfers;
    this.#expiries = expiries;
    this.next();
  }

  /** Moves to the next entry; `part` is undefined when there is none. */
  next(): void {
    const { min, max } = this.#window;
    let pos = this.pos + 1;
    for (;;) {
      if (this.part === undefined || pos >= this.part.count) {
        if (!this.#nextPart()) return;
        pos = this.pos;
      }
      const part = this.part!;
      while (pos >= this.#end) this.#enter(part, this.#span + 1);
      const timestamp = this.#start + BigInt(pos - this.#first);
      if ((this.expiry ? !this.#expiries : !this.#transfers) || this.#last < min || timestamp > max) {
        pos = this.#end;
        continue;
      }
      if (timestamp < min) {
        pos += Number(min - timestamp);
        continue;
      }
      const kind = this.#events.block.kind(this.#events.at(part, pos));
      if (kind === EntryKind.failed) {
        pos++;
        continue;
      }
      this.pos = pos;
      this.timestamp = timestamp;
      return;
    }
  }

  #nextPart(): boolean {
    for (;;) {
      this.#nth++;
      this.part = this.#parts[this.#nth];
      if (this.part === undefined) return false;
      const { timestampMin, timestampMax, count } = this.part;
      if (count === 0 || timestampMax < this.#window.min || timestampMin > this.#window.max) continue;
      this.pos = this.part.ascending ? lowerBound(this.part.spans, this.#window.min) : 0;
      if (this.pos >= count) continue;
      this.#enter(this.part, this.part.spans.find(this.pos));
      return true;
    }
  }

  #enter({ spans }: Part, span: number): void {
    this.#span = span;
    this.#first = spans.first(span);
    this.#end = spans.end(span);
    this.#start = spans.timestamp(span);
    this.#last = this.#start + BigInt(this.#end - 1 - this.#first);
    this.expiry = spans.cell(span, this.#first) === NO_CELL;
  }
}

export class ChangeEvents {
  readonly #memory: SharedMemory;
  readonly #rows: Rows;
  readonly #accounts: AccountReader;
  readonly #transferEvents = new Events();
  readonly #expiryEvents = new Events();
  readonly #positions = new Uint32Array(ROWS_MAX);
  readonly #pending = new Uint32Array(WORDS);
  readonly #balances = new Uint8Array(64);

  constructor(memory: SharedMemory, rows: Rows, accounts: AccountReader) {
    this.#memory = memory;
    this.#rows = rows;
    this.#accounts = accounts;
  }

  /** Event records of entries from `entry` on may have changed. */
  forget(entry: number): void {
    this.#transferEvents.forget(entry);
    this.#expiryEvents.forget(entry);
  }

  /** Writes the events to `target` from byte `at`; returns how many. */
  read(parts: readonly Part[], entries: number, search: ChangeEventsSearch, target: Uint8Array, at: number): number {
    const out = new EventWriter(this.#memory, this.#accounts, target, at);
    const ordered = parts.every(
      (part, nth) => part.ascending && (nth === 0 || parts[nth - 1]!.timestampMax < part.timestampMin),
    );
    const first = new Stream(parts, search.window, this.#transferEvents, true, ordered);
    const second = ordered ? undefined : new Stream(parts, search.window, this.#expiryEvents, false, true);
    while (out.count < search.limit) {
      const part = first.part;
      if (second?.part !== undefined && (part === undefined || second.timestamp < first.timestamp)) {
        this.#putExpiry(second.part, second.pos, entries, out);
        second.next();
        continue;
      }
      if (part === undefined) break;
      if (first.expiry) {
        this.#putExpiry(part, first.pos, entries, out);
        first.next();
        continue;
      }
      // Transfers that follow one another are read together.
      const batch = Math.min(ROWS_MAX, search.limit - out.count);
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
      this.#putTransfers(part, count, entries, out);
    }
    return out.count;
  }

  #putTransfers(part: Part, count: number, entries: number, out: EventWriter): void {
    const rows = this.#rows;
    rows.read(part, this.#positions, count, entries);
    for (let row = 0; row < count; row++) {
      const index = rows.events.at(part, this.#positions[row]!);
      out.begin(rows.bytes, row * 128, rows.events.block.kind(index));
      out.copy(rows.bytes, row * 128 + TransferOffset.timestamp, ChangeEventOffset.timestamp, 8);
      this.#putAccounts(rows.events, index, out);
    }
  }

  #putExpiry(part: Part, pos: number, entries: number, out: EventWriter): void {
    const { events } = this.#rows;
    const entry = events.block.pendingEntry(events.at(part, pos));
    if (entry < 0 || entry >= part.firstEntry + pos) {
      throw new TallystickError('run_corrupt', `${part.name}: an expiry names no earlier pending transfer`);
    }
    const pending = this.#pending;
    this.#rows.readOne(entry, entries, pending, 0);
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
    out.end();
  }
}

/** Puts events of 384 bytes together, one after another. */
class EventWriter {
  count = 0;
  readonly #memory: Uint8Array;
  readonly #memoryView: DataView;
  readonly #accounts: AccountReader;
  readonly #target: Uint8Array;
  readonly #view: DataView;
  readonly #start: number;
  #at: number;

  constructor(memory: SharedMemory, accounts: AccountReader, target: Uint8Array, at: number) {
    this.#memory = new Uint8Array(memory.buffer);
    this.#memoryView = new DataView(memory.buffer);
    this.#accounts = accounts;
    this.#target = target;
    this.#view = new DataView(target.buffer, target.byteOffset, target.byteLength);
    this.#start = at;
    this.#at = at;
  }

  /** Begins the next event with the transfer in `row` from byte `from`. */
  begin(row: Uint8Array, from: number, kind: number): void {
    this.#at = this.#start + this.count * CHANGE_EVENT_SIZE;
    this.#target.fill(0, this.#at, this.#at + CHANGE_EVENT_SIZE);
    const to = ChangeEventOffset;
    const field = TransferOffset;
    this.copy(row, from + field.id, to.transfer_id, 16);
    this.copy(row, from + field.amount, to.transfer_amount, 16);
    this.copy(row, from + field.pending_id, to.transfer_pending_id, 16);
    this.copy(row, from + field.user_data_128, to.transfer_user_data_128, 16);
    this.copy(row, from + field.user_data_64, to.transfer_user_data_64, 8);
    this.copy(row, from + field.user_data_32, to.transfer_user_data_32, 4);
    this.copy(row, from + field.timeout, to.transfer_timeout, 4);
    this.copy(row, from + field.code, to.transfer_code, 4); // and the flags
    this.copy(row, from + field.ledger, to.ledger, 4);
    this.#target[this.#at + to.type] = kind;
    this.copy(row, from + field.debit_account_id, to.debit_account_id, 16);
    this.copy(row, from + field.credit_account_id, to.credit_account_id, 16);
    this.copy(row, from + field.timestamp, to.transfer_timestamp, 8);
  }

  copy(from: Uint8Array, at: number, to: number, size: number): void {
    for (let byte = 0; byte < size; byte++) this.#target[this.#at + to + byte] = from[at + byte]!;
  }

  /** The account on one side: its balances then, the rest as it always was; `closed` then. */
  putAccount(side: number, balances: Uint8Array, closed: boolean): void {
    const to = ChangeEventOffset;
    const id = this.#at + (side === 0 ? to.debit_account_id : to.credit_account_id);
    const lo = this.#view.getBigUint64(id, true);
    const hi = this.#view.getBigUint64(id + 8, true);
    const account = this.#accounts.row(lo, hi);
    if (account === 0)
      throw new TallystickError('run_corrupt', `account ${(hi << 64n) | lo} of a transfer is not there`);
    const shift = side === 0 ? 0 : to.credit_account_id - to.debit_account_id;
    const field = AccountOffset;
    this.copy(balances, 0, to.debit_account_debits_pending + shift, 64);
    this.copy(this.#memory, account + field.user_data_128, to.debit_account_user_data_128 + shift, 16);
    this.copy(this.#memory, account + field.user_data_64, to.debit_account_user_data_64 + shift, 8);
    this.copy(this.#memory, account + field.user_data_32, to.debit_account_user_data_32 + shift, 4);
    this.copy(this.#memory, account + field.code, to.debit_account_code + shift, 2);
    const flags = this.#memoryView.getUint16(account + field.flags, true) & ~AccountFlags.closed;
    this.#view.setUint16(this.#at + to.debit_account_flags + shift, flags | (closed ? AccountFlags.closed : 0), true);
    this.copy(
      this.#memory,
      account + field.timestamp,
      side === 0 ? to.debit_account_timestamp : to.credit_account_timestamp,
      8,
    );
  }

  end(): void {
    this.count++;
  }
}
