/**
 * The two consumers of the ring as things with a duty cycle: `doWork` does what there is and says whether there was
 * any. A thread calls it in a loop, the inline engine by hand.
 */
import {
  DescriptorOffset,
  HeaderOffset,
  isJournalled,
  isSliced,
  Operation,
  orMemoryFull,
  replySizeMax,
  TallystickError,
} from '../model/index.ts';
import type { Slice } from '../projector/index.ts';
import { ahead, RingReader } from '../ring/index.ts';
import type { CellStore } from './cell-store.ts';
import type { Executor } from './executor.ts';
import { type EngineMemory, Word } from './memory.ts';
import { Queries } from './queries.ts';
import { REFUSAL_SIZE_MAX, writeRefusal } from './refusal.ts';
import { ReplyRing } from './reply-ring.ts';

/** Wakes the egress if it sleeps. */
export function signalEgress(words: Int32Array): void {
  Atomics.add(words, Word.egress, 1);
  if (Atomics.load(words, Word.egressSleeps) === 1) Atomics.notify(words, Word.egress);
}

/** Where batches go before anybody hears of them: the journal, or whatever makes it agree with others first. */
export interface Log {
  /** Takes the batch whose header lies at byte `offset` of the shared memory. */
  add(offset: number): void;
  /** Returns when everything added is where it shall be. */
  flush(): void;
  /** Makes lasting what vouches for it; false when it is. */
  settle(): boolean;
}

/** Makes everything up to the producer's cursor durable: one write for many batches. */
export class JournalAgent {
  readonly #memory: EngineMemory;
  readonly #log: Log;
  readonly #reader: RingReader;

  constructor(memory: EngineMemory, log: Log) {
    this.#memory = memory;
    this.#log = log;
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
        this.#log.add(header);
        const pulse = view.getUint16(header + HeaderOffset.operation, true) === Operation.pulse;
        const events = pulse ? 0 : view.getUint32(header + HeaderOffset.count, true);
        counters.batch(events, view.getUint32(header + HeaderOffset.cells, true));
        batches++;
      }
      // The producer must get room back while the rest is written.
      if (ahead(from, this.#reader.position) >= flushCells) break;
    }
    const started = performance.now();
    this.#log.flush();
    // Reads need no flush: theirs would make the disk look fast.
    if (batches > 0) counters.flush.record(performance.now() - started);
    Atomics.store(words, Word.journaled, this.#reader.position);
    signalEgress(words);
    return true;
  }

  /** Makes the witness of what was flushed durable; false when it is. */
  settle(): boolean {
    return this.#log.settle();
  }
}

export interface MachineAgentOptions {
  readonly store?: CellStore;
  readonly checkFence?: () => void;
  /** The work that is spent on a query at a time. */
  readonly slice?: Slice;
}

/** Slices after which a request that was executed at once is forgotten: some 50 ms. */
const SLICES_BESIDE = 256;
/** Cells of requests that may be executed before a query has its slice again. */
const CELLS_BETWEEN_SLICES = 4096;

/**
 * Executes everything up to the producer's cursor, in order, and leaves replies in the ring of replies. Queries are
 * only asked on the way, and answered slice by slice in between.
 */
export class MachineAgent {
  readonly #memory: EngineMemory;
  readonly #executor: Executor;
  readonly #reader: RingReader;
  readonly #i32: Int32Array;
  /** Where cells are kept when there is no journal. */
  readonly #store: CellStore | undefined;
  readonly #checkFence: (() => void) | undefined;
  readonly #replies: ReplyRing;
  readonly #queries: Queries;
  /** Slices since the last request that was executed at once. */
  #slices = SLICES_BESIDE;

  /**
   * `checkFence` throws when this is no longer the ledger's writer: then no caller may hear what the ledger holds. The
   * journal checks before batches.
   */
  constructor(memory: EngineMemory, executor: Executor, options: MachineAgentOptions = {}) {
    this.#memory = memory;
    this.#executor = executor;
    this.#store = options.store;
    this.#checkFence = options.checkFence;
    this.#i32 = new Int32Array(memory.memory.buffer);
    this.#reader = new RingReader(memory.memory.buffer, memory.layout.ring);
    this.#replies = new ReplyRing(
      memory.words,
      memory.layout.replies,
      memory.layout.sizes.repliesSize,
      Word.repliesRead,
    );
    this.#queries = new Queries(memory, executor, options.slice);
  }

  /** Behind the last request taken. */
  get position(): number {
    return this.#reader.position;
  }

  /** Queries that are not answered yet. */
  get openQueries(): number {
    return this.#queries.open;
  }

  /** Whether requests that are executed at once have come between the last slices: others wait while one is spent. */
  get othersAsk(): boolean {
    return this.#slices < SLICES_BESIDE;
  }

  /** Takes over runs that are ready, without a request. */
  publishRuns(): void {
    this.#executor.publishRuns();
  }

  /** Spends one slice on the query whose turn it is. False when there is none, or no room for its answer. */
  query(): boolean {
    if (this.#queries.open === 0) return false;
    const started = performance.now();
    this.#slices++;
    this.#executor.publishRuns();
    const { completed } = this.#queries;
    const worked = this.#queries.work();
    if (this.#queries.completed !== completed) signalEgress(this.#memory.words);
    this.#memory.counters.machine.worked(performance.now() - started);
    return worked;
  }

  /**
   * Executes up to `limit` requests. `waitForReplies`: called while the ring of replies has no room, with the position
   * that must change.
   */
  doWork(limit: number, waitForReplies: (read: number) => void): boolean {
    const { words, view } = this.#memory;
    const cursor = Atomics.load(words, Word.cursor);
    if (cursor === this.#reader.position) return false;
    const started = performance.now();
    const counters = this.#memory.counters.machine;
    this.#executor.publishRuns();
    let mayAnswer = this.#checkFence === undefined;
    const from = this.#reader.position;
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
      if (isSliced(operation, count)) {
        this.#queries.ask(header);
        counters.request(operation, count);
        Atomics.store(words, Word.executed, this.#reader.position);
        continue;
      }
      this.#slices = 0;
      // A transfer changes two accounts at most.
      if (journalled) this.#queries.makeRoom(2 * count);
      const sizeMax = replySizeMax(operation, count);
      const at = this.#claimReply(journalled ? sizeMax : Math.max(sizeMax, REFUSAL_SIZE_MAX), waitForReplies);
      let size: number;
      let refused = 0;
      try {
        size = this.#executor.execute(header, at);
      } catch (error) {
        // A request that needs damaged bytes gets an error, and nothing has changed. A batch that needs them may
        // neither be done nor be left out: the engine stops.
        const named = orMemoryFull(error);
        if (journalled || !(named instanceof TallystickError)) throw named;
        size = writeRefusal(this.#memory, at, named);
        refused = 1;
      }
      counters.request(operation, count);
      if (operation === Operation.create_transfers || operation === Operation.create_accounts)
        counters.results(operation, this.#i32, at, size);
      this.#replies.advance(size);
      const descriptor = this.#memory.descriptorOf(header);
      view.setUint32(descriptor + DescriptorOffset.at, at, true);
      view.setUint32(descriptor + DescriptorOffset.size, size, true);
      view.setInt32(descriptor + DescriptorOffset.end, this.#replies.position, true);
      view.setUint32(descriptor + DescriptorOffset.refused, refused, true);
      Atomics.store(words, Word.executed, this.#reader.position);
      if (this.#queries.open > 0 && ahead(from, this.#reader.position) >= CELLS_BETWEEN_SLICES) break;
    }
    Atomics.store(words, Word.executed, this.#reader.position);
    signalEgress(words);
    counters.worked(performance.now() - started);
    return true;
  }

  /** A contiguous place for `size` bytes. */
  #claimReply(size: number, wait: (read: number) => void): number {
    const { words } = this.#memory;
    for (;;) {
      const read = Atomics.load(words, Word.repliesRead);
      const at = this.#replies.claim(size);
      if (at >= 0) return at;
      signalEgress(words);
      wait(read);
    }
  }
}
