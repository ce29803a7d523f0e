/**
 * The sequencer: decides the order. It writes each request into the ring, stamps op, timestamp and journal cell, and
 * publishes. The one producer of the ring; belongs to the thread that callers are on.
 */

import { assert } from '../base/index.ts';
import { nextCell, type Position, writeNumber } from '../journal/index.ts';
import {
  CELL_SIZE,
  EVENTS_MAX,
  eventSize,
  HeaderOffset,
  isJournalled,
  NO_CONTEXT,
  Operation,
  QueryHeaderOffset,
  type Request,
  TallystickError,
  type Write,
} from '../model/index.ts';
import type { Clock } from '../platform/index.ts';
import { ahead, RingWriter } from '../ring/index.ts';
import type { Placed } from './call.ts';
import type { Egress } from './egress.ts';
import { type EngineMemory, Word } from './memory.ts';
import { partsCells, putRequests } from './parts.ts';

/** Expiries that one pulse may carry out; each takes a timestamp. */
const PULSE_EVENTS = EVENTS_MAX;
const nothing = (): void => {};

/** A pulse at the clock's time. */
export const PULSE: Request<void> = {
  operation: Operation.pulse,
  count: PULSE_EVENTS,
  write: nothing,
  read: nothing,
  context: NO_CONTEXT,
};

export class Sequencer {
  readonly #memory: EngineMemory;
  readonly #ring: RingWriter;
  readonly #clock: Clock;
  readonly #egress: Egress;
  #op: number;
  #cell: number;
  #timestamp: bigint;
  #journalledEnd = 0;
  /** Ring position behind the pulse that is on its way. */
  #pulseEnd: number | undefined;

  constructor(memory: EngineMemory, egress: Egress, clock: Clock, from: Position) {
    this.#memory = memory;
    this.#egress = egress;
    this.#ring = new RingWriter(memory.memory.buffer, memory.layout.ring);
    this.#clock = clock;
    this.#op = from.op;
    this.#cell = from.cell;
    this.#timestamp = from.timestamp;
  }

  get op(): number {
    return this.#op;
  }

  /** Where a copy of this ledger would go on. */
  get from(): Position {
    return { op: this.#op, cell: this.#cell, last: 0, parent: 0, fence: 0n, timestamp: this.#timestamp };
  }

  /** The timestamp of the last event of the last journalled request. */
  get timestamp(): bigint {
    return this.#timestamp;
  }

  /** Behind the last request. */
  get position(): number {
    return this.#ring.position;
  }

  /**
   * Writes one request; undefined when the ring has no room yet. `write` fills its events; when it throws, nothing was
   * sent. A timestamp overrides the clock (replay); it must be larger than the last one by at least `count`.
   */
  place(request: Request, write: Write = request.write): Placed | undefined {
    const { operation, count, context } = request;
    const size = count * eventSize(operation);
    const eventCells = Math.ceil(size / CELL_SIZE);
    const cells = eventCells + partsCells(context.parts);
    const released = this.#released();
    const header = this.#ring.claim(cells, released);
    if (header < 0) return undefined;
    this.#keepUp(released);
    const { view, bytes } = this.#memory;
    const body = header + CELL_SIZE;
    // Packed events leave a rest in the last cell.
    if (size % CELL_SIZE !== 0) bytes.fill(0, body + (eventCells - 1) * CELL_SIZE, body + eventCells * CELL_SIZE);
    write(this.#memory, body);

    bytes.fill(0, header, body);
    const journalled = isJournalled(operation);
    if (journalled) {
      this.#timestamp = this.#stamp(count, context.timestamp);
      this.#op++;
      const cell = nextCell(this.#cell, cells);
      this.#cell = cell + 1 + cells;
      writeNumber(view, header + HeaderOffset.cell, cell);
      putRequests(this.#memory, header, body + eventCells * CELL_SIZE, context);
    } else {
      view.setUint32(header + QueryHeaderOffset.payer, context.payer ?? 0, true);
      view.setUint32(header + QueryHeaderOffset.share, context.share ?? 1, true);
    }
    writeNumber(view, header + HeaderOffset.op, this.#op);
    view.setBigUint64(header + HeaderOffset.timestamp, this.#timestamp, true);
    view.setUint32(header + HeaderOffset.count, count, true);
    view.setUint32(header + HeaderOffset.cells, cells, true);
    view.setUint16(header + HeaderOffset.operation, operation, true);
    this.#ring.advance(cells);
    if (journalled) this.#journalledEnd = this.#ring.position;
    return { header, end: this.#ring.position, durableEnd: this.#journalledEnd, op: this.#op };
  }

  /**
   * Positions that everybody has passed follow along, or after 2^31 cells of something else they would look as if they
   * lay ahead.
   */
  #keepUp(released: number): void {
    if (ahead(this.#journalledEnd, released) > 0) this.#journalledEnd = released;
    if (this.#pulseEnd !== undefined && ahead(this.#pulseEnd, released) >= 0) this.#pulseEnd = undefined;
  }

  /** Event i of `count` gets timestamp - count + 1 + i; all are larger than any before. */
  #stamp(count: number, given: bigint | undefined): bigint {
    if (given !== undefined) {
      if (given < this.#timestamp + BigInt(count)) {
        throw new TallystickError(
          'invalid_argument',
          `timestamp ${given} is not after ${this.#timestamp} for ${count} events`,
        );
      }
      return given;
    }
    const now = this.#clock.wall();
    const base = now > this.#timestamp ? now : this.#timestamp + 1n;
    return base + BigInt(count);
  }

  /** Lets the agents see everything placed so far. */
  publish(): void {
    const { words } = this.#memory;
    Atomics.store(words, Word.cursor, this.#ring.position);
    if (Atomics.load(words, Word.journalSleeps) === 1 || Atomics.load(words, Word.machineSleeps) === 1) {
      Atomics.notify(words, Word.cursor);
    }
  }

  /** Whether a pending transfer has expired, as far as the machine has told. */
  isPulseDue(): boolean {
    return BigInt.asUintN(64, this.#memory.expiresNext) <= this.#clock.wall();
  }

  /** Places a pulse if one is due and none is on its way. */
  pulseIfDue(): Placed | undefined {
    const { words } = this.#memory;
    if (this.#pulseEnd !== undefined) {
      if (ahead(this.#pulseEnd, Atomics.load(words, Word.executed)) < 0) return undefined;
      this.#pulseEnd = undefined;
    }
    if (!this.isPulseDue()) return undefined;
    const placed = this.place(PULSE);
    this.#pulseEnd = placed?.end;
    return placed;
  }

  /** The position that all agents and the egress have passed. */
  #released(): number {
    return this.#egress.passed(this.#egress.topology.done.passed);
  }
}

assert(PULSE_EVENTS <= EVENTS_MAX, 'a pulse fits the room that a batch gets');
