/**
 * The egress: holds what callers wait for and lets a reply go when its request is executed and durable, in the order of
 * requests; the answer of a query when that is found, whatever came meanwhile. Lives on the callers' thread.
 */
import { DescriptorOffset, orMemoryFull } from '../model/index.ts';
import { ahead } from '../ring/index.ts';
import type { Call } from './call.ts';
import { type EngineMemory, Word } from './memory.ts';
import { OpenQueries } from './open-queries.ts';
import { readRefusal } from './refusal.ts';
import { ReplyWindow } from './reply-window.ts';
import { isCreate } from './room.ts';
import type { Topology } from './topology.ts';

/** A first-in first-out queue of requests in flight; grows, never shrinks. */
export class Egress {
  readonly #memory: EngineMemory;
  readonly topology: Topology;
  #queue: (Call | undefined)[] = new Array(1024).fill(undefined);
  #head = 0;
  #tail = 0;
  /** Ring position behind the last request released. */
  #releasedEnd = 0;
  #op: number;
  readonly queries: OpenQueries;
  /** The replies that were released. */
  readonly window: ReplyWindow;

  /** `op`: of the last batch that the ledger was opened with; `window`: the replies of that and of those before it. */
  constructor(memory: EngineMemory, topology: Topology, op = 0, window: ReplyWindow = new ReplyWindow(op)) {
    this.#memory = memory;
    this.topology = topology;
    this.#op = op;
    this.window = window;
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

  /** The call, which has its place, will get its reply. */
  add(call: Call): void {
    if (this.#tail - this.#head === this.#queue.length) this.#grow();
    this.#queue[this.#tail & (this.#queue.length - 1)] = call;
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
      const call = this.#queue[index]!;
      const placed = call.placed!;
      if (ahead(placed.end, executed) < 0 || ahead(placed.durableEnd, tellable) < 0) break;
      this.#queue[index] = undefined;
      this.#head++;
      this.#releasedEnd = placed.end;
      this.#op = placed.op;
      const descriptor = this.#memory.descriptorOf(placed.header);
      const at = view.getUint32(descriptor + DescriptorOffset.at, true);
      const size = view.getUint32(descriptor + DescriptorOffset.size, true);
      try {
        if (view.getUint32(descriptor + DescriptorOffset.refused, true) === 1)
          throw readRefusal(this.#memory, at, size);
        if (isCreate(call.request.operation)) this.window.record(this.#memory, placed.header, at);
        call.resolve(call.request.read(this.#memory, at, size, placed.op) as never);
      } catch (error) {
        call.reject(orMemoryFull(error));
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
      const call = this.#queue[index]!;
      this.#queue[index] = undefined;
      call.reject(error);
    }
    this.queries.rejectAll(error);
  }

  #grow(): void {
    const larger: (Call | undefined)[] = new Array(this.#queue.length * 2).fill(undefined);
    for (let at = this.#head; at !== this.#tail; at++) {
      larger[at & (larger.length - 1)] = this.#queue[at & (this.#queue.length - 1)];
    }
    this.#queue = larger;
  }
}
