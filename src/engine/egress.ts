/**
 * The egress: holds what callers wait for and lets a reply go when its request is executed and durable, in the order of requests. Lives on the
 * callers' thread.
 */
import type { Cells } from '../model/index.ts';
import { ahead } from '../ring/index.ts';
import { type EngineMemory, Word } from './memory.ts';
import { readRefusal } from './refusal.ts';

/** A request that was written into the ring. */
export interface Placed {
  /** Byte offset of its header cell. */
  readonly header: number;
  /** Ring position behind it. */
  readonly end: number;
  /** Ring position that must be durable before its reply may leave: behind it, or for a read behind the last batch before it. */
  readonly durableEnd: number;
}

/** Somebody waits. */
interface Waiting {
  readonly end: number;
  readonly durableEnd: number;
  readonly header: number;
  readonly read: (cells: Cells, at: number, size: number) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A first-in first-out queue of requests in flight; grows, never shrinks. */
export class Egress {
  readonly #memory: EngineMemory;
  readonly durable: boolean;
  #queue: (Waiting | undefined)[] = new Array(1024).fill(undefined);
  #head = 0;
  #tail = 0;
  /** Ring position behind the last request released. */
  #releasedEnd = 0;

  constructor(memory: EngineMemory, durable: boolean) {
    this.#memory = memory;
    this.durable = durable;
  }

  /** Requests in flight. */
  get waiting(): number {
    return this.#tail - this.#head;
  }

  /** `position`, or less while a reply before it still has to be read: its place in the ring names the reply. */
  passed(position: number): number {
    return this.#head === this.#tail || ahead(position, this.#releasedEnd) > 0 ? position : this.#releasedEnd;
  }

  /** `resolve` will get what `read` returns. */
  add(
    placed: Placed,
    read: (cells: Cells, at: number, size: number) => unknown,
    resolve: (value: never) => void,
    reject: (error: unknown) => void,
  ): void {
    if (this.#tail - this.#head === this.#queue.length) this.#grow();
    this.#queue[this.#tail & (this.#queue.length - 1)] = {
      end: placed.end,
      durableEnd: placed.durableEnd,
      header: placed.header,
      read,
      resolve,
      reject,
    };
    this.#tail++;
  }

  /** Releases every reply that may leave. Returns their number. */
  release(): number {
    const { words, view, layout } = this.#memory;
    const executed = Atomics.load(words, Word.executed);
    const journaled = this.durable ? Atomics.load(words, Word.journaled) : executed;
    const before = this.#head;
    let read = 0;
    while (this.#head !== this.#tail) {
      const index = this.#head & (this.#queue.length - 1);
      const waiting = this.#queue[index]!;
      if (ahead(waiting.end, executed) < 0 || ahead(waiting.durableEnd, journaled) < 0) break;
      this.#queue[index] = undefined;
      this.#head++;
      this.#releasedEnd = waiting.end;
      const descriptor = layout.descriptors + ((waiting.header - layout.ring.cells) / 128) * 16;
      const at = view.getUint32(descriptor, true);
      const size = view.getUint32(descriptor + 4, true);
      try {
        if (view.getUint32(descriptor + 12, true) === 1) throw readRefusal(this.#memory, at, size);
        waiting.resolve(waiting.read(this.#memory, at, size) as never);
      } catch (error) {
        waiting.reject(error);
      }
      read = view.getInt32(descriptor + 8, true);
    }
    if (this.#head !== before) {
      Atomics.store(words, Word.repliesRead, read);
      Atomics.notify(words, Word.repliesRead);
    }
    return this.#head - before;
  }

  /** The engine ended: nobody will hear more. */
  rejectAll(error: unknown): void {
    while (this.#head !== this.#tail) {
      const index = this.#head++ & (this.#queue.length - 1);
      const waiting = this.#queue[index]!;
      this.#queue[index] = undefined;
      waiting.reject(error);
    }
  }

  #grow(): void {
    const larger: (Waiting | undefined)[] = new Array(this.#queue.length * 2).fill(undefined);
    for (let at = this.#head; at !== this.#tail; at++) {
      larger[at & (larger.length - 1)] = this.#queue[at & (this.#queue.length - 1)];
    }
    this.#queue = larger;
  }
}
