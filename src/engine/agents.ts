/**
 * The two consumers of the ring as things with a duty cycle: `doWork` does what there is and says whether there was any. A thread calls it in a loop, the
 * inline engine by hand.
 */
import type { Journal } from '../journal/index.ts';
import { Operation, TallystickError } from '../model/index.ts';
import { ahead, HeaderOffset, RingReader } from '../ring/index.ts';
import type { CellStore } from './cell-store.ts';
import { type Executor, replySizeMax } from './executor.ts';
import { type EngineMemory, Word } from './memory.ts';
import { REFUSAL_SIZE_MAX, writeRefusal } from './refusal.ts';

/** Operations that change the ledger are journalled; reads are not. */
export function isJournalled(operation: number): boolean {
  return (
    operation === Operation.create_transfers || operation === Operation.create_accounts || operation === Operation.pulse
  );
}

/** Wakes the egress if it sleeps. */
export function signalEgress(words: Int32Array): void {
  Atomics.add(words, Word.egress, 1);
  if (Atomics.load(words, Word.egressSleeps) === 1) Atomics.notify(words, Word.egress);
}

/** Makes everything up to the producer's cursor durable: one write for many batches. */
export class JournalAgent {
  readonly #memory: EngineMemory;
  readonly #journal: Journal;
  readonly #reader: RingReader;

  constructor(memory: EngineMemory, journal: Journal) {
    this.#memory = memory;
    this.#journal = journal;
    this.#reader = new RingReader(memory.memory.buffer, memory.layout.ring);
  }

  /** Behind the last request made durable. */
  get position(): number {
    return this.#reader.position;
  }

  doWork(): boolean {
    const { words, view } = this.#memory;
    const cursor = Atomics.load(words, Word.cursor);
    if (cursor === this.#reader.position) return false;
    const counters = this.#memory.counters.journal;
    let batches = 0;
    const flushCells = this.#memory.layout.ring.cellsCount / 2;
    const from = this.#reader.position;
    for (;;) {
      const header = this.#reader.next(cursor);
      if (header < 0) break;
      if (isJournalled(view.getUint16(header + HeaderOffset.operation, true))) {
        this.#journal.add(header);
        counters.batch(view.getUint32(header + HeaderOffset.cells, true));
        batches++;
      }
      // The producer must get room back while the rest is written.
      if (ahead(from, this.#reader.position) >= flushCells) break;
    }
    const started = performance.now();
    this.#journal.flush();
    // Reads need no flush: theirs would make the disk look fast.
    if (batches > 0) counters.flush.record(performance.now() - started);
    Atomics.store(words, Word.journaled, this.#reader.position);
    signalEgress(words);
    return true;
  }
}

export interface MachineAgentOptions {
  readonly store?: CellStore;
  readonly checkFence?: () => void;
}

/** Executes everything up to the producer's cursor, in order, and leaves replies in the ring of replies. */
export class MachineAgent {
  readonly #memory: EngineMemory;
  readonly #executor: Executor;
  readonly #reader: RingReader;
  readonly #i32: Int32Array;
  /** Where cells are kept when there is no journal. */
  readonly #store: CellStore | undefined;
  readonly #checkFence: (() => void) | undefined;
  /** Where the next reply goes; an endless count of bytes, like positions of the ring. */
  #replyPosition = 0;

  /** `checkFence` throws when this is no longer the ledger's writer: nobody may be told then what the ledger holds. Batches are asked about by the journal. */
  constructor(memory: EngineMemory, executor: Executor, options: MachineAgentOptions = {}) {
    this.#memory = memory;
    this.#executor = executor;
    this.#store = options.store;
    this.#checkFence = options.checkFence;
    this.#i32 = new Int32Array(memory.memory.buffer);
    this.#reader = new RingReader(memory.memory.buffer, memory.layout.ring);
  }

  /** Behind the last request taken. */
  get position(): number {
    return this.#reader.position;
  }

  /** Executes up to `limit` requests. `waitForReplies`: called while the ring of replies has no room, with the position that must change. */
  doWork(limit: number, waitForReplies: (read: number) => void): boolean {
    const { words, view, layout } = this.#memory;
    const cursor = Atomics.load(words, Word.cursor);
    if (cursor === this.#reader.position) return false;
    const started = performance.now();
    const counters = this.#memory.counters.machine;
    this.#executor.publishRuns();
    let mayAnswer = this.#checkFence === undefined;
    for (let k = 0; k < limit; k++) {
      const header = this.#reader.next(cursor);
      if (header < 0) break;
      const operation = view.getUint16(header + HeaderOffset.operation, true);
      const count = view.getUint32(header + HeaderOffset.count, true);
      const journalled = isJournalled(operation);
      if (this.#store !== undefined && journalled) this.#store.append(this.#memory, header);
      // Once for all reads of a turn: they were asked before it began.
      if (!journalled && !mayAnswer) {
        this.#checkFence?.();
        mayAnswer = true;
      }
      const sizeMax = replySizeMax(operation, count);
      const at = this.#claimReply(journalled ? sizeMax : Math.max(sizeMax, REFUSAL_SIZE_MAX), waitForReplies);
      let size: number;
      let refused = 0;
      try {
        size = this.#executor.execute(header, at);
      } catch (error) {
        // What cannot be read is not answered, and nothing has changed. A batch that needs it must neither be done nor be left out: the engine stops.
        if (journalled || !(error instanceof TallystickError)) throw error;
        size = writeRefusal(this.#memory, at, error);
        refused = 1;
      }
      counters.request(operation, count);
      if (operation === Operation.create_transfers || operation === Operation.create_accounts)
        counters.results(operation, this.#i32, at, size);
      this.#replyPosition = (this.#replyPosition + Math.ceil(size / 16) * 16) | 0;
      const descriptor = layout.descriptors + ((header - layout.ring.cells) / 128) * 16;
      view.setUint32(descriptor, at, true);
      view.setUint32(descriptor + 4, size, true);
      view.setInt32(descriptor + 8, this.#replyPosition, true);
      view.setUint32(descriptor + 12, refused, true);
      Atomics.store(words, Word.executed, this.#reader.position);
    }
    Atomics.store(words, Word.executed, this.#reader.position);
    signalEgress(words);
    counters.worked(performance.now() - started);
    return true;
  }

  /** A contiguous place for `size` bytes; skips the end of the ring if need be. */
  #claimReply(size: number, wait: (read: number) => void): number {
    const { words, layout } = this.#memory;
    const ringSize = layout.sizes.repliesSize;
    let index = this.#replyPosition & (ringSize - 1);
    if (index + size > ringSize) {
      this.#replyPosition = (this.#replyPosition + ringSize - index) | 0;
      index = 0;
    }
    for (;;) {
      const read = Atomics.load(words, Word.repliesRead);
      if (ahead(read, this.#replyPosition) + size <= ringSize) break;
      signalEgress(words);
      wait(read);
    }
    return layout.replies + index;
  }
}
