/**
 * The three lanes up to the sequencer. Each has a queue of its own with credit in cells; they are drained by weighted deficit round robin, so that
 * critical goes first, whatever waits behind it, and normal is never starved.
 *
 *   critical ──[ ]──┐  quantum 16384
 *   high     ──[ ]──┼──> sequencer
 *   normal   ──[ ]──┘  quantum 1024
 */
import { assert } from '../base/index.ts';
import { invalid } from '../model/index.ts';

export type Lane = 'critical' | 'high' | 'normal';
export const LANES: readonly Lane[] = ['critical', 'high', 'normal'];

/** A client's wish, normal if it has none; `what` names it in the error. Throws `invalid_argument`. */
export function laneOf(wish: unknown, what: string): Lane {
  if (wish === undefined || wish === null) return 'normal';
  if (LANES.includes(wish as Lane)) return wish as Lane;
  throw invalid(`${what} is one of ${LANES.join(', ')}`);
}

export interface LaneOptions {
  /** Cells that a lane may send in a round while others wait. */
  readonly quantum: number;
  /** Cells that may wait; one request always may. */
  readonly credit: number;
}

export const LANE_DEFAULTS: { readonly [lane in Lane]: LaneOptions } = {
  critical: { quantum: 16_384, credit: 16_384 },
  high: { quantum: 4096, credit: 65_536 },
  normal: { quantum: 1024, credit: 49_152 },
};

/** A first-in first-out queue of items with a cost in cells. */
export class LaneQueue<Item> {
  readonly options: LaneOptions;
  /** Cells that wait. */
  cells = 0;
  /** Cells that it may still send in this round. */
  deficit = 0;
  /** It has had its quantum of this round. */
  #granted = false;
  readonly #cost: (item: Item) => number;
  #items: (Item | undefined)[] = [];
  #head = 0;

  constructor(options: LaneOptions, cost: (item: Item) => number) {
    this.options = options;
    this.#cost = cost;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** False when the lane is full. */
  push(item: Item): boolean {
    const cost = this.#cost(item);
    if (this.length > 0 && this.cells + cost > this.options.credit) return false;
    this.cells += cost;
    this.#items.push(item);
    return true;
  }

  /** Adds this round's quantum to the deficit, once. */
  grant(): void {
    if (this.#granted) return;
    this.#granted = true;
    this.deficit += this.options.quantum;
  }

  newRound(): void {
    // Who has nothing to send saves nothing up.
    if (this.length === 0) this.deficit = 0;
    this.#granted = false;
  }

  /** The oldest item. */
  get first(): Item {
    return this.#items[this.#head] as Item;
  }

  /** The cost of the next item. */
  get next(): number {
    return this.#cost(this.first);
  }

  shift(): Item {
    assert(this.length > 0, 'a lane that sends has something to send');
    const item = this.first;
    // What is kept here keeps its events, its promise and its answer.
    this.#items[this.#head++] = undefined;
    this.cells -= this.#cost(item);
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Everything that waits, oldest first; the lane is empty then. */
  clear(): Item[] {
    const items = this.#items.slice(this.#head) as Item[];
    this.#items = [];
    this.#head = 0;
    this.cells = 0;
    this.deficit = 0;
    return items;
  }
}

/**
 * Who sends next. In each round a lane may send its quantum, the most important lane first; what it could not use because its next request is larger it keeps
 * for the next round, what it did not need it loses. A lane that was idle when the round began gets its quantum when it comes: what is urgent overtakes
 * at once, and going idle and coming back gains nothing.
 */
export class RoundRobin<Item> {
  readonly #queues: readonly LaneQueue<Item>[];

  /** `queues` in order of importance. */
  constructor(queues: readonly LaneQueue<Item>[]) {
    this.#queues = queues;
  }

  /** The lane whose turn it is, its deficit already charged; undefined when all are empty, or when it finds no room: nobody takes its turn then. */
  next(hasRoom: (queue: LaneQueue<Item>) => boolean): LaneQueue<Item> | undefined {
    for (;;) {
      let waiting = false;
      for (const queue of this.#queues) {
        if (queue.length === 0) continue;
        waiting = true;
        queue.grant();
        const cost = queue.next;
        if (queue.deficit < cost) continue;
        if (!hasRoom(queue)) return undefined;
        queue.deficit -= cost;
        return queue;
      }
      if (!waiting) return undefined;
      for (const queue of this.#queues) queue.newRound();
    }
  }
}
