/**
 * The callers' side of queries: who waits for which ticket. An answer leaves when it is found and what it may show is
 * durable; it does not wait for other answers, nor others for it. A query that is given up rejects at once; its ticket
 * comes back when the machine has let go of it.
 */
import { COMPLETION_SIZE, CompletionKind, CompletionOffset, orMemoryFull, Ticket } from '../model/index.ts';
import { ahead } from '../ring/index.ts';
import type { Call } from './call.ts';
import { type EngineMemory, TICKETS_MAX, Word } from './memory.ts';
import { readRefusal } from './refusal.ts';

/** Bytes of answers that are released at once: their readers copy them, and others want the thread as well. */
const RELEASED_MAX = 2 ** 18;

interface Completion {
  readonly ticket: number;
  readonly at: number;
  readonly size: number;
  readonly end: number;
  readonly kind: number;
  released: boolean;
}

export class OpenQueries {
  readonly #memory: EngineMemory;
  readonly #tickets: Int32Array;
  /** By ticket. An answer leaves when what it may show is durable. */
  readonly #open: (Call | undefined)[] = new Array(TICKETS_MAX).fill(undefined);
  readonly #free: number[] = Array.from({ length: TICKETS_MAX }, (_, index) => TICKETS_MAX - 1 - index);
  /** Read from the ring of completions and not all released, oldest first. */
  #completions: Completion[] = [];
  #seen = 0;
  /** The last op that an answer has vouched for. */
  op = 0;

  constructor(memory: EngineMemory) {
    this.#memory = memory;
    this.#tickets = new Int32Array(memory.memory.buffer, memory.layout.tickets, TICKETS_MAX);
  }

  /** Queries that hold a ticket. */
  get count(): number {
    return TICKETS_MAX - this.#free.length;
  }

  /** Whether there is a ticket for one more. */
  get hasRoom(): boolean {
    return this.#free.length > 0;
  }

  /** Takes a ticket for a query that has its place. */
  add(call: Call): number {
    const ticket = this.#free.pop()!;
    Atomics.store(this.#tickets, ticket, Ticket.wanted);
    this.#open[ticket] = call;
    return ticket;
  }

  /** Nobody waits for it any more. */
  giveUp(query: Call, error: unknown): void {
    const { ticket } = query;
    // An answer gives its ticket back, and another query may have it by now.
    if (ticket === undefined || this.#open[ticket] !== query || query.givenUp) return;
    query.givenUp = true;
    query.reject(error);
    const { words } = this.#memory;
    Atomics.store(this.#tickets, ticket, Ticket.givenUp);
    Atomics.add(words, Word.givenUp, 1);
  }

  /**
   * Releases answers that may leave, the others when it is called again. Returns their number, those that were given up
   * included.
   */
  release(journaled: number): number {
    const { words } = this.#memory;
    const done = Atomics.load(words, Word.completed);
    for (; this.#seen !== done; this.#seen = (this.#seen + 1) | 0) this.#completions.push(this.#completion(this.#seen));
    if (this.#completions.length === 0) return 0;
    let released = 0;
    let bytes = 0;
    for (const completion of this.#completions) {
      if (bytes >= RELEASED_MAX) break;
      const query = this.#open[completion.ticket];
      const durableEnd = query === undefined ? journaled : query.placed!.durableEnd;
      if (completion.released || ahead(durableEnd, journaled) < 0) continue;
      completion.released = true;
      bytes += completion.size;
      this.#answer(completion);
      released++;
    }
    this.#makeRoom();
    return released;
  }

  #completion(index: number): Completion {
    const { view, layout } = this.#memory;
    const entry = layout.completions + (index & (TICKETS_MAX - 1)) * COMPLETION_SIZE;
    return {
      ticket: view.getUint32(entry + CompletionOffset.ticket, true),
      at: view.getUint32(entry + CompletionOffset.at, true),
      size: view.getUint32(entry + CompletionOffset.size, true),
      end: view.getInt32(entry + CompletionOffset.end, true),
      kind: view.getUint32(entry + CompletionOffset.kind, true),
      released: false,
    };
  }

  #answer({ ticket, at, size, kind }: Completion): void {
    const query = this.#open[ticket]!;
    this.#open[ticket] = undefined;
    this.#free.push(ticket);
    if (query.givenUp) return;
    const { op } = query.placed!;
    if (op > this.op) this.op = op;
    try {
      if (kind === CompletionKind.refusal) throw readRefusal(this.#memory, at, size);
      query.resolve(query.request.read(this.#memory, at, size) as never);
    } catch (error) {
      query.reject(orMemoryFull(error));
    }
  }

  /** Gives the places of answers back, in their order, up to the first that has not left. */
  #makeRoom(): void {
    let count = 0;
    while (this.#completions[count]?.released === true) count++;
    if (count === 0) return;
    const { words } = this.#memory;
    Atomics.store(words, Word.answersRead, this.#completions[count - 1]!.end);
    this.#completions = this.#completions.slice(count);
    Atomics.notify(words, Word.answersRead);
  }

  /** The engine ended: nobody will hear more. */
  rejectAll(error: unknown): void {
    for (const [ticket, query] of this.#open.entries()) {
      if (query === undefined) continue;
      this.#open[ticket] = undefined;
      this.#free.push(ticket);
      if (!query.givenUp) query.reject(error);
    }
  }
}
