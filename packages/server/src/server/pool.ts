/**
 * Limits the cells of unanswered requests that are not urgent, of all connections together. A connection that finds no
 * room waits in line and is not read meanwhile, instead of filling the lanes until they refuse; urgent requests pass
 * by. Doors may share one pool.
 */
import { EVENTS_MAX, isSliced, type Lane } from 'tallystick/internal/model';
import { cellsCount } from 'tallystick/internal/wire';
import { LANE_DEFAULTS } from './lanes.ts';

/** As the rules for lanes have it: larger batches never are, whatever they wish. */
const URGENT_EVENTS_MAX = 64;
/** Cells of the largest request, with its header. */
const REQUEST_CELLS_MAX: number = 1 + EVENTS_MAX;
const CELLS_MAX = 32_768;

export class Pool {
  readonly #cellsMax: number;
  #cells = 0;
  readonly #line = new Set<() => void>();

  constructor(cellsMax: number = poolOf(LANE_DEFAULTS.normal.credit)) {
    this.#cellsMax = cellsMax;
  }

  get cells(): number {
    return this.#cells;
  }

  /** Whether one more request may be taken, whatever its size. If not, `wake` is called, once, when it should ask again. */
  has(wake: () => void): boolean {
    if (this.#cells < this.#cellsMax) return true;
    this.#line.add(wake);
    return false;
  }

  take(cells: number): void {
    this.#cells += cells;
  }

  giveBack(cells: number): void {
    this.#cells -= cells;
    for (const wake of this.#line) {
      if (this.#cells >= this.#cellsMax) return;
      this.#line.delete(wake);
      wake();
    }
  }

  forget(wake: () => void): void {
    this.#line.delete(wake);
  }
}

/** One client's place in the line: a request of it waits, none behind it is read. */
export class Place {
  readonly #pool: Pool;
  readonly #goOn: () => void;
  #held: { readonly cells: number; readonly send: (giveBack: () => void) => void } | undefined;

  /** `sent` is called when the one that waited is. */
  constructor(pool: Pool, sent: () => void) {
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

  /** Calls `send` as soon as there is room for so many cells, at once for none; what that is given gives them back, once. */
  enter(cells: number, send: (giveBack: () => void) => void): void {
    if (cells === 0 || this.#pool.has(this.#goOn)) this.#send(cells, send);
    else this.#held = { cells, send };
  }

  #send(cells: number, send: (giveBack: () => void) => void): void {
    this.#pool.take(cells);
    send(() => this.#pool.giveBack(cells));
  }

  /** The client has gone. Whether a request waited, which is not sent any more. */
  leave(): boolean {
    const waited = this.taken;
    this.#held = undefined;
    this.#pool.forget(this.#goOn);
    return waited;
  }
}

/** Cells of a pool whose requests all fit into a lane of that credit, with some room for those who do not wait. */
export function poolOf(credit: number): number {
  return Math.max(1, Math.min(CELLS_MAX, credit - REQUEST_CELLS_MAX));
}

/** Cells that a request takes of a pool: none if it is urgent, and passes by. */
export function pooledCells(wish: Lane | undefined, operation: number, count: number, bytes: number): number {
  const urgent = wish !== undefined && wish !== 'normal' && count <= URGENT_EVENTS_MAX && !isSliced(operation, count);
  return urgent ? 0 : 1 + cellsCount(bytes);
}
