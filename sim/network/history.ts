/**
 * Everything that the sequencers of all processes ordered, and what the model says to it. The model follows what is
 * certain: a request whose answer has left, and, after a process ended, what the next one found in the journal.
 */

import type { Engine } from '../../src/engine/index.ts';
import { CELL_SIZE, Operation, operationShapes, type Port } from '../../src/model/index.ts';
import type { Model } from '../../testing/model/model.ts';
import { differences } from '../../testing/model/versus.ts';
import { FirstReplies } from '../checkers/first-replies.ts';
import { Broken } from '../failure.ts';

/** One request as it was ordered. */
export interface Entry {
  readonly index: number;
  /** The ledger's op behind it. */
  readonly op: number;
  readonly operation: number;
  readonly count: number;
  readonly events: Uint8Array;
  readonly timestamp: bigint;
  /** The model has come to it. */
  told: boolean;
  /** The model's answer. */
  expected: Uint8Array | undefined;
  /** The ledger's answer. */
  reply: Uint8Array | undefined;
  /** Nobody may ever hear of it: a later process did not find it. */
  lost: boolean;
}

/** The order of requests in one process. */
export class Incarnation {
  /** Not yet told to the model, in order. */
  readonly open: Entry[] = [];
  /** Op of the last request whose answer has left. */
  heard: number;
  /** Op of the last one that was ordered. */
  sent: number;
  /** A later process has taken over. */
  over = false;

  constructor(op: number) {
    this.heard = op;
    this.sent = op;
  }
}

const journalled = (operation: number): boolean =>
  operation === Operation.pulse || operationShapes[operation as Operation].journalled;

export class History {
  readonly #model: Model | undefined;
  readonly entries: Entry[] = [];
  readonly #note: (what: string | Uint8Array) => void;
  readonly #fail: (error: unknown) => void;
  #newest: Incarnation | undefined;
  readonly #firstReplies = new FirstReplies();

  /**
   * Without a model what is answered is not judged. `fail`: hears of what was broken where throwing would only reach
   * whoever waits for an answer.
   */
  constructor(model: Model | undefined, note: (what: string | Uint8Array) => void, fail: (error: unknown) => void) {
    this.#model = model;
    this.#note = note;
    this.#fail = fail;
  }

  /** A process has opened the ledger and found its op. */
  opened(op: number): Incarnation {
    const before = this.#newest;
    const incarnation = new Incarnation(op);
    this.#newest = incarnation;
    if (before === undefined) return incarnation;
    if (op < before.heard) {
      throw new Broken('durability', `op ${before.heard} was acknowledged; the newest one found is ${op}`);
    }
    if (op > before.sent) throw new Broken('durability', `op ${before.sent} was the last one sent; op ${op} was found`);
    for (const entry of before.open.splice(0)) {
      if (entry.op <= op) this.#apply(entry);
      else entry.lost = true;
    }
    before.over = true;
    this.#note(`opened at ${op}`);
    return incarnation;
  }

  /** Looks over the sequencer's shoulder, and over that of whoever waits for answers. */
  watch(engine: Engine, incarnation: Incarnation): Port {
    const { sequencer, memory } = engine;
    const place = sequencer.place.bind(sequencer);
    const entries = new WeakMap<object, Entry>();
    sequencer.place = (request, write) => {
      const { operation, count, context } = request;
      const placed = place(request, write);
      if (placed === undefined) return undefined;
      const size = count * operationShapes[operation].eventSize;
      const body = placed.header + CELL_SIZE;
      const entry: Entry = {
        index: this.entries.length,
        op: sequencer.op,
        operation,
        count,
        events: memory.bytes.slice(body, body + size),
        timestamp: sequencer.timestamp,
        told: false,
        expected: undefined,
        reply: undefined,
        lost: incarnation.over,
      };
      this.entries.push(entry);
      incarnation.open.push(entry);
      try {
        this.#firstReplies.ordered(context, entry);
      } catch (error) {
        this.#fail(error);
      }
      entries.set(context, entry);
      if (journalled(operation)) incarnation.sent = entry.op;
      return placed;
    };
    return {
      eventsMax: engine.eventsMax,
      request: (request) => {
        // By its context, which is its own, the request is known again: answers of queries come in any order.
        const context = { ...request.context };
        const read: typeof request.read = (cells, at, size) => {
          try {
            this.#released(incarnation, entries.get(context)!, cells.bytes.slice(at, at + size));
          } catch (error) {
            this.#fail(error);
          }
          return request.read(cells, at, size);
        };
        return engine.request({ ...request, read, context });
      },
      close: () => engine.close(),
    };
  }

  #released(incarnation: Incarnation, entry: Entry, reply: Uint8Array): void {
    if (entry.lost) {
      throw new Broken('linearizability', `op ${entry.op} was answered by a writer that was no longer the writer`);
    }
    entry.reply = reply;
    while (!entry.told) this.#apply(incarnation.open.shift()!);
    if (entry.op > incarnation.heard) incarnation.heard = entry.op;
    this.#note(reply);
    if (entry.expected === undefined) return;
    const { operation, events, timestamp } = entry;
    const lines = differences({ kind: 'request', operation, events, timestamp }, entry.index, entry.expected, reply);
    if (lines.length > 0) throw new Broken('agreement', lines.join('\n'));
  }

  #apply(entry: Entry): void {
    const { operation, count, timestamp, events } = entry;
    entry.told = true;
    if (this.#model === undefined) return;
    if (operation === Operation.pulse) this.#model.pulse(timestamp - BigInt(count) + 1n, count);
    else entry.expected = this.#model.apply(operation, events, timestamp);
  }
}
