/**
 * The three lanes up to the sequencer. Each has a queue of its own with credit in cells; they are drained by weighted
 * deficit round robin, so that critical goes first, whatever waits behind it, and normal is never starved.
 *
 *   critical ──[ ]──┐  quantum 16384
 *   high     ──[ ]──┼──> sequencer
 *   normal   ──[ ]──┘  quantum 1024
 */
import { assert } from 'tallystick/internal/base';
import { invalid, type Lane } from 'tallystick/internal/model';

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

/** One payer's waiting requests in a lane, oldest first. */
class Line<Item> {
  cells = 0;
  /** Cells that it may still send in its turn; below zero: what it has sent ahead of its turns. */
  credit: number;
  readonly payer: number;
  #items: (Item | undefined)[] = [];
  #head = 0;

  constructor(payer: number, credit: number) {
    this.payer = payer;
    this.credit = credit;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): Item {
    return this.#items[this.#head] as Item;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item {
    const item = this.first;
    // An item that stayed here would keep its events, its promise and its answer alive.
    this.#items[this.#head++] = undefined;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** Cells that a payer may send before others of its lane have their turn. */
const PAYER_QUANTUM = 512;

/**
 * A lane: items with a cost in cells. What one payer has waiting stays in its order; payers take turns, so that none
 * waits for all that another has waiting, and each sends about as many cells.
 */
export class LaneQueue<Item> {
  readonly options: LaneOptions;
  /** Cells that wait. */
  cells = 0;
  /** Cells that it may still send in this round. */
  deficit = 0;
  length = 0;
  /** It has had its quantum of this round. */
  #granted = false;
  readonly #cost: (item: Item) => number;
  readonly #payer: (item: Item) => number;
  /** By payer, in the order of their turns. */
  readonly #lines = new Map<number, Line<Item>>();
  /** The line whose turn it is, as long as it is. */
  #turn: Line<Item> | undefined;
  /** Cells that payers without waiting requests have sent ahead of their turns. Forgotten when nobody waits. */
  readonly #debts = new Map<number, number>();

  constructor(options: LaneOptions, cost: (item: Item) => number, payer: (item: Item) => number = () => 0) {
    this.options = options;
    this.#cost = cost;
    this.#payer = payer;
  }

  /** False when the lane is full. Then a payer is still let in whose own part of it, among those that wait, is not. */
  push(item: Item): boolean {
    const cost = this.#cost(item);
    const payer = this.#payer(item);
    let line = this.#lines.get(payer);
    if (this.length > 0 && this.cells + cost > this.options.credit) {
      const others = this.#lines.size - (line === undefined ? 0 : 1);
      if (others === 0 || (line?.cells ?? 0) + cost > this.options.credit / (others + 1)) return false;
    }
    if (line === undefined) {
      line = new Line<Item>(payer, this.#debts.get(payer) ?? 0);
      this.#debts.delete(payer);
      this.#lines.set(payer, line);
    }
    line.push(item);
    line.cells += cost;
    this.cells += cost;
    this.length++;
    return true;
  }

  /** Adds this round's quantum to the deficit, once. */
  grant(): void {
    if (this.#granted) return;
    this.#granted = true;
    this.deficit += this.options.quantum;
  }

  newRound(): void {
    // A lane with nothing to send saves nothing up.
    if (this.length === 0) this.deficit = 0;
    this.#granted = false;
  }

  /** The line whose turn it is. Three look for it on the way of each item, so it is found once. */
  #current(): Line<Item> {
    this.#turn ??= this.#next();
    return this.#turn;
  }

  #next(): Line<Item> {
    for (;;) {
      const line = this.#lines.values().next().value!;
      if (line.credit > 0) return line;
      line.credit += PAYER_QUANTUM;
      // Alone it owes nobody.
      if (this.#lines.size === 1) line.credit = PAYER_QUANTUM;
      if (line.credit > 0) return line;
      this.#toTheEnd(line);
    }
  }

  #toTheEnd(line: Line<Item>): void {
    this.#lines.delete(line.payer);
    this.#lines.set(line.payer, line);
  }

  /** The item whose turn it is. */
  get first(): Item {
    return this.#current().first;
  }

  /** The cost of the next item. */
  get next(): number {
    return this.#cost(this.first);
  }

  shift(): Item {
    assert(this.length > 0, 'a lane that sends has something to send');
    const line = this.#current();
    const item = line.shift();
    const cost = this.#cost(item);
    line.cells -= cost;
    line.credit -= cost;
    this.cells -= cost;
    this.length--;
    if (line.length === 0) {
      this.#turn = undefined;
      this.#lines.delete(line.payer);
      if (line.credit < 0) this.#debts.set(line.payer, line.credit);
    } else if (line.credit <= 0) {
      this.#turn = undefined;
      this.#toTheEnd(line);
    }
    if (this.length === 0) this.#debts.clear();
    return item;
  }
}

/**
 * Chooses the lane that sends next. In each round a lane may send its quantum, the most important lane first. It keeps
 * the rest of its quantum for the next round if its next request is larger, and loses what it did not need. A lane that
 * was idle when the round began gets its quantum when it comes: urgent requests overtake at once, and going idle and
 * coming back gains nothing.
 */
export class RoundRobin<Item> {
  readonly #queues: readonly LaneQueue<Item>[];

  /** `queues` in order of importance. */
  constructor(queues: readonly LaneQueue<Item>[]) {
    this.#queues = queues;
  }

  /**
   * The lane whose turn it is, its deficit already charged; undefined when all are empty, or when it finds no room:
   * nobody takes its turn then.
   */
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
