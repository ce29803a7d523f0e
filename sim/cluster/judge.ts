/**
 * Knows the order, and what was said: what nodes executed, what clients were told. It believes the stream alone, reads
 * it by the rules that nodes have, and lets the reference model do what it says.
 */
import { isVoid, NOWHERE, type Place, readEntry } from '../../packages/cluster/src/record.ts';
import { type BatchPart, Operation } from '../../src/model/index.ts';
import { Model } from '../../testing/model/model.ts';
import { CREATED } from '../../testing/model/names.ts';
import { decode, resultLayout } from '../../testing/model/records.ts';
import { differences } from '../../testing/model/versus.ts';
import { Broken } from '../failure.ts';

const EVENT_SIZE = 128;
const RESULT_SIZE = 16;

interface Ordered {
  readonly operation: Operation;
  readonly count: number;
  readonly events: Uint8Array;
  readonly timestamp: bigint;
}

/** An answer that a client heard, or that a node made. */
interface Said {
  readonly who: string;
  readonly operation: Operation;
  readonly events: Uint8Array;
  readonly reply: Uint8Array;
}

export class Judge {
  /** Batches by their ops, from op 1 on. */
  readonly #order: Ordered[] = [];
  #place: Place = NOWHERE;
  /** By session and number: the op that it was done in first. */
  readonly #sessions = new Map<string, number>();
  /** Requests that were ordered again: by op, their places. */
  readonly #again = new Map<number, BatchPart[]>();
  readonly #said = new Map<number, Said[]>();
  /** The newest op that a client was told of, in an answer that everybody must see. */
  heard = 0;
  /** The newest op that a node has executed. */
  made = 0;
  readonly #fail: (error: unknown) => void;
  /** The stream has lost what it had acknowledged: what was said may contradict it from then on. */
  tailLost = false;

  constructor(fail: (error: unknown) => void) {
    this.#fail = fail;
  }

  /** The last op of the order. */
  get op(): number {
    return this.#order.length;
  }

  /** A message became part of the stream. */
  committed(bytes: Uint8Array, sequence: number): void {
    if (this.tailLost) return;
    const entry = readEntry(bytes);
    if (isVoid(this.#place, entry)) {
      this.#place = { ...this.#place, sequence };
      return;
    }
    for (const { operation, count, events, timestamp, parts } of entry.batches) {
      this.#order.push({ operation, count, events, timestamp });
      for (const part of parts) this.#once(part);
    }
    const { hash, epoch, op, timestamp } = entry;
    this.#place = { sequence, hash, epoch, op, timestamp };
    if (op !== this.op) this.#break('order', `message ${sequence} says op ${op}, and its batches come to ${this.op}`);
  }

  /**
   * A question that comes late, when its client has long had the answer from another node, may be ordered again. Then
   * its ids are known, and nothing is done.
   */
  #once(part: BatchPart): void {
    const key = `${part.once.session} ${part.once.request}`;
    if (this.#sessions.has(key)) this.#again.set(this.op, [...(this.#again.get(this.op) ?? []), part]);
    else this.#sessions.set(key, this.op);
  }

  /** A node's engine has executed a batch, or answered a read of what it had at that op. */
  executed(who: string, operation: Operation, events: Uint8Array, reply: Uint8Array, op: number): void {
    if (this.tailLost) return;
    this.made = Math.max(this.made, op);
    if (op > this.op) this.#break('order', `${who} executed op ${op}, and the stream ends with op ${this.op}`);
    this.#add(op, { who, operation, events, reply });
  }

  /**
   * A client heard an answer. `from`: what had been heard when it asked, for an answer that must show that; undefined
   * for a stale one.
   */
  told({ who, operation, events, reply }: Said, op: number, from: number | undefined, creates: boolean): void {
    if (this.tailLost) return;
    if (op > this.op) this.#break('durability', `${who} was told of op ${op}, and the stream ends with op ${this.op}`);
    if (from !== undefined && !creates && op < from) {
      this.#break('linearizability', `${who} was shown op ${op}, and op ${from} had been told before it asked`);
    }
    if (from !== undefined && op > this.heard) this.heard = op;
    this.#add(op, { who, operation, events, reply });
  }

  #add(op: number, said: Said): void {
    const all = this.#said.get(op);
    if (all === undefined) this.#said.set(op, [said]);
    else all.push(said);
  }

  #break(checker: string, what: string): void {
    this.#fail(new Broken(checker, what));
  }

  /** Everything that was said is what the model says. Returns the model behind everything. */
  judge(): Model {
    const model = new Model();
    this.#compare(model, 0, undefined, new Uint8Array(0));
    for (const [index, ordered] of this.#order.entries()) {
      const { operation, count, events, timestamp } = ordered;
      let expected: Uint8Array = new Uint8Array(0);
      if (operation === Operation.pulse) model.pulse(timestamp - BigInt(count) + 1n, count);
      else expected = model.apply(operation, events, timestamp);
      this.#compare(model, index + 1, ordered, expected);
      for (const part of this.#again.get(index + 1) ?? []) doneOnce(part, expected, index + 1);
    }
    return model;
  }

  #compare(model: Model, op: number, ordered: Ordered | undefined, expected: Uint8Array): void {
    for (const { who, operation, events, reply } of this.#said.get(op) ?? []) {
      if (operation === Operation.pulse) continue;
      const creates = operation === Operation.create_accounts || operation === Operation.create_transfers;
      const want = creates
        ? partOf(ordered, operation, events, expected, reply)
        : model.apply(operation, events, model.now);
      if (want === undefined) throw new Broken('order', `${who} was answered by op ${op}, which is something else`);
      const step = { kind: 'request', operation, events, timestamp: ordered?.timestamp ?? 0n } as const;
      const lines = differences(step, op, want, reply);
      if (lines.length > 0) throw new Broken('agreement', `${who} at op ${op}:\n${lines.join('\n')}`);
    }
  }
}

/** What a batch answers a request that has a part of it; of several such parts, the one that says the same. */
function partOf(
  ordered: Ordered | undefined,
  operation: Operation,
  events: Uint8Array,
  expected: Uint8Array,
  reply: Uint8Array,
): Uint8Array | undefined {
  if (ordered?.operation !== operation) return undefined;
  const all = Buffer.from(ordered.events.buffer, ordered.events.byteOffset, ordered.events.length);
  let found: Uint8Array | undefined;
  for (let at = all.indexOf(events); at >= 0; at = all.indexOf(events, at + 1)) {
    if (at % EVENT_SIZE !== 0) continue;
    const from = (at / EVENT_SIZE) * RESULT_SIZE;
    const part = expected.subarray(from, from + (events.length / EVENT_SIZE) * RESULT_SIZE);
    if (Buffer.compare(part, reply) === 0) return part;
    found ??= part;
  }
  return found;
}

/** A request that was ordered before has created nothing. */
function doneOnce({ first, count, once }: BatchPart, expected: Uint8Array, op: number): void {
  const results = decode(resultLayout, expected.subarray(first * RESULT_SIZE, (first + count) * RESULT_SIZE));
  if (results.every(({ status }) => Number(status) !== CREATED)) return;
  throw new Broken('exactly-once', `request ${once.request} of ${once.session} was done again at op ${op}`);
}
