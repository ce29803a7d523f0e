/**
 * The egress: holds what callers wait for and lets a reply go when its request is executed and durable, in the order of
 * requests; the answer of a query when that is found, whatever came meanwhile. Lives on the callers' thread.
 */
import { type Cells, DescriptorOffset, orMemoryFull } from '../model/index.ts';
import { ahead } from '../ring/index.ts';
import { type EngineMemory, Word } from './memory.ts';
import { OpenQueries } from './open-queries.ts';
import { readRefusal } from './refusal.ts';
import type { Topology } from './topology.ts';

/** A request that was written into the ring. */
export interface Placed {
  /** Byte offset of its header cell. */
  readonly header: number;
  /** Ring position behind it. */
  readonly end: number;
  /**
   * Ring position that must be durable before its reply may leave: behind it, or for a read behind the last batch
   * before it.
   */
  readonly durableEnd: number;
  /** The op of the last batch that its answer can show: its own, or for a read the last one before it. */
  readonly op: number;
}

/** An unanswered request: where its reply will lie, and who gets it. */
interface Waiting {
  readonly end: number;
  readonly durableEnd: number;
  readonly op: number;
  readonly header: number;
  readonly read: (cells: Cells, at: number, size: number, op?: number) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A first-in first-out queue of requests in flight; grows, never shrinks. */
export class Egress {
  readonly #memory: EngineMemory;
  readonly topology: Topology;
  #queue: (Waiting | undefined)[] = new Array(1024).fill(undefined);
  #head = 0;
  #tail = 0;
  /** Ring position behind the last request released. */
  #releasedEnd = 0;
  #op: number;
  readonly queries: OpenQueries;

  /** `op`: of the last batch that the ledger was opened with. */
  constructor(memory: EngineMemory, topology: Topology, op = 0) {
    this.#memory = memory;
    this.topology = topology;
    this.#op = op;
    this.queries = new OpenQueries(memory);
  }

  /** Requests in flight. */
  get waiting(): number {
    return this.#tail - this.#head + this.queries.count;
  }

  /**
   * The last op that an answer has vouched for, the one that is being read included: it is durable where anything is.
   */
  get op(): number {
    return Math.max(this.#op, this.queries.op);
  }

  /** `position`, or less while a reply before it still has to be read: its place in the ring names the reply. */
  passed(position: number): number {
    return this.#head === this.#tail || ahead(position, this.#releasedEnd) > 0 ? position : this.#releasedEnd;
  }

  /** `resolve` will get what `read` returns. */
  add(
    placed: Placed,
    read: (cells: Cells, at: number, size: number, op?: number) => unknown,
    resolve: (value: never) => void,
    reject: (error: unknown) => void,
  ): void {
    if (this.#tail - this.#head === this.#queue.length) this.#grow();
    this.#queue[this.#tail & (this.#queue.length - 1)] = {
      end: placed.end,
      durableEnd: placed.durableEnd,
      op: placed.op,
      header: placed.header,
      read,
      resolve,
      reject,
    };
    this.#tail++;
  }

  /** Releases every reply that may leave. Returns their number. */
  release(): number {
    const { words, view } = this.#memory;
    const executed = this.topology.executed.passed;
    const tellable = this.topology.tellable.passed;
    const before = this.#head;
    let read = 0;
    while (this.#head !== this.#tail) {
      const index = this.#head & (this.#queue.length - 1);
      const waiting = this.#queue[index]!;
      if (ahead(waiting.end, executed) < 0 || ahead(waiting.durableEnd, tellable) < 0) break;
      this.#queue[index] = undefined;
      this.#head++;
      this.#releasedEnd = waiting.end;
      this.#op = waiting.op;
      const descriptor = this.#memory.descriptorOf(waiting.header);
      const at = view.getUint32(descriptor + DescriptorOffset.at, true);
      const size = view.getUint32(descriptor + DescriptorOffset.size, true);
      try {
        if (view.getUint32(descriptor + DescriptorOffset.refused, true) === 1)
          throw readRefusal(this.#memory, at, size);
        waiting.resolve(waiting.read(this.#memory, at, size, waiting.op) as never);
      } catch (error) {
        waiting.reject(orMemoryFull(error));
      }
      read = view.getInt32(descriptor + DescriptorOffset.end, true);
    }
    if (this.#head !== before) {
      Atomics.store(words, Word.repliesRead, read);
      Atomics.notify(words, Word.repliesRead);
    }
    return this.#head - before + this.queries.release(tellable);
  }

  /** The engine ended: nobody will hear more. */
  rejectAll(error: unknown): void {
    while (this.#head !== this.#tail) {
      const index = this.#head++ & (this.#queue.length - 1);
      const waiting = this.#queue[index]!;
      this.#queue[index] = undefined;
      waiting.reject(error);
    }
    this.queries.rejectAll(error);
  }

  #grow(): void {
    const larger: (Waiting | undefined)[] = new Array(this.#queue.length * 2).fill(undefined);
    for (let at = this.#head; at !== this.#tail; at++) {
      larger[at & (larger.length - 1)] = this.#queue[at & (this.#queue.length - 1)];
    }
    this.#queue = larger;
  }
}
