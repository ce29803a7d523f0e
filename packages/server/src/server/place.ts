/**
 * Cells of unanswered requests that are not urgent, metered for all connections together. A connection that finds no
 * room waits in line and is not read meanwhile, instead of filling the lanes until they refuse; urgent requests pass
 * by. Doors may share one such pool.
 */
import { assert } from 'tallystick/internal/base';
import { EVENTS_MAX, type Lane } from 'tallystick/internal/model';
import { cellsCount } from 'tallystick/internal/wire';
import { LANE_DEFAULTS } from './lanes.ts';
import { Meter } from './meter.ts';
import { mayBeUrgent } from './policy.ts';

/** Cells of the largest request, with its header. */
const REQUEST_CELLS_MAX: number = 1 + EVENTS_MAX;
const CELLS_MAX = 32_768;

/** A meter for requests that all fit into a normal lane of that credit, with some room for those who do not wait. */
export function poolOf(credit: number = LANE_DEFAULTS.normal.credit): Meter {
  return new Meter(Math.max(1, Math.min(CELLS_MAX, credit - REQUEST_CELLS_MAX)));
}

/** Cells that a request takes of a pool: none if it is urgent, and passes by. */
export function pooledCells(wish: Lane | undefined, operation: number, count: number, bytes: number): number {
  const urgent = wish !== undefined && wish !== 'normal' && mayBeUrgent(operation, count);
  return urgent ? 0 : 1 + cellsCount(bytes);
}

/** One client's place in the line: a request of it waits, none behind it is read. */
export class Place {
  readonly #pool: Meter;
  readonly #goOn: () => void;
  #held: { readonly cells: number; readonly send: () => void } | undefined;

  /** `sent` is called when the one that waited is. */
  constructor(pool: Meter, sent: () => void) {
    this.#pool = pool;
    this.#goOn = () => {
      const held = this.#held;
      if (held === undefined || !pool.has(this.#goOn)) return;
      this.#held = undefined;
      this.#send(held.cells, held.send);
      sent();
    };
  }

  /** Whether a request waits. */
  get taken(): boolean {
    return this.#held !== undefined;
  }

  /**
   * Calls `send` as soon as there is room for so many cells, at once for none. Whoever was sent gives them back when it
   * is answered.
   */
  enter(cells: number, send: () => void): void {
    assert(this.#held === undefined, 'a client has one place in the line');
    if (cells === 0 || this.#pool.has(this.#goOn)) this.#send(cells, send);
    else this.#held = { cells, send };
  }

  /** Gives back the cells of a request that was sent. */
  give(cells: number): void {
    this.#pool.give(cells);
  }

  #send(cells: number, send: () => void): void {
    this.#pool.charge(cells);
    send();
  }

  /** The client has gone. Whether a request waited, which is not sent any more. */
  leave(): boolean {
    const waited = this.taken;
    this.#held = undefined;
    this.#pool.forget(this.#goOn);
    return waited;
  }
}
