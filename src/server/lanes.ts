/**
 * The three lanes up to the sequencer. Each has a queue of its own with credit in cells; they are drained by weighted deficit round robin, so that
 * critical goes first, whatever waits behind it, and normal is never starved.
 *
 *   critical ──[ ]──┐  quantum 16384
 *   high     ──[ ]──┼──> sequencer
 *   normal   ──[ ]──┘  quantum 1024
 */
import { assert } from '../base/index.ts';

export type Lane = 'critical' | 'high' | 'normal';
export const LANES: readonly Lane[] = ['critical', 'high', 'normal'];

export interface LaneOptions {
  /** Cells that a lane may send in a round while others wait. */
  readonly quantum: number;
  /** Cells that may wait; one request always may. */
  readonly credit: number;
}

export const LANE_DEFAULTS: { readonly [lane in Lane]: LaneOptions } = {
  critical: { quantum: 16_384, credit: 16_384 },
  high: { quantum: 4096, credit: 65_536 },
  normal: { quantum: 1024, credit: 262_144 },
};

/** A first-in first-out queue of items with a cost in cells. */
export class LaneQueue<Item> {
  readonly options: LaneOptions;
  /** Cells that wait. */
  cells = 0;
  /** Cells that it may still send in this round. */
  deficit = 0;
  readonly #cost: (item: Item) => number;
  #items: Item[] = [];
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

  /** The oldest item. */
  get first(): Item {
    return this.#items[this.#head]!;
  }

  /** The cost of the next item. */
  get next(): number {
    return this.#cost(this.first);
  }

  shift(): Item {
    assert(this.length > 0, 'a lane that sends has something to send');
    const item = this.#items[this.#head++]!;
    this.cells -= this.#cost(item);
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Everything that waits, oldest first; the lane is empty then. */
  clear(): Item[] {
    const items = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    this.cells = 0;
    this.deficit = 0;
    return items;
  }
}

/** The lane that sends next, its deficit already charged; undefined when all are empty. `queues` in order of importance. */
export function nextLane<Item>(queues: readonly LaneQueue<Item>[]): LaneQueue<Item> | undefined {
  for (;;) {
    let waiting = false;
    for (const queue of queues) {
      if (queue.length === 0) {
        // Who has nothing to send saves nothing up.
        queue.deficit = 0;
        continue;
      }
      waiting = true;
      const cost = queue.next;
      if (queue.deficit >= cost) {
        queue.deficit -= cost;
        return queue;
      }
    }
    if (!waiting) return undefined;
    // A new round. A request larger than a quantum waits for several.
    for (const queue of queues) if (queue.length > 0) queue.deficit += queue.options.quantum;
  }
}
