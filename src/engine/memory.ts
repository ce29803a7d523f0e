/**
 * The one shared memory of an engine and what lies where in it. docs/internals/memory-ownership.md says who writes
 * what.
 */

import { type SharedMemory, sharedMemory } from '../base/index.ts';
import { LiveSums, liveSumsSize } from '../journal/index.ts';
import {
  Allocator,
  LARGE,
  Machine,
  type MachineLayout,
  type MachineSizes,
  machineLayout,
  ROOMY,
  SMALL,
  usedRegions,
} from '../machine/index.ts';
import {
  CELL_SIZE,
  Cells,
  COMPLETION_SIZE,
  DESCRIPTOR_SIZE,
  ENGINE_WORD_SIZE,
  EngineWord,
  orMemoryFull,
  STATE_SIZE,
  StateOffset,
  type Stop,
} from '../model/index.ts';
import { type HistoryLayout, QUERY_SIZE, scratchSize } from '../projector/index.ts';
import type { RingLayout } from '../ring/index.ts';
import { COUNTERS_SIZE, Counters } from './counters.ts';

/** Int32 words that agents publish, each on a cache line of its own. */
export const Word: typeof EngineWord = EngineWord;

export function tellToStop(words: Int32Array, how: Stop): void {
  Atomics.store(words, Word.stop, how);
  for (const word of [Word.cursor, Word.built, Word.sealed, Word.repliesRead, Word.journaled]) {
    Atomics.notify(words, word);
  }
}

/** Says that the machine's or the builder's thread has ended, to the other one. */
export function endThread(words: Int32Array, name: 'machine' | 'builder'): void {
  Atomics.store(words, name === 'machine' ? Word.machineEnded : Word.builderEnded, 1);
  Atomics.notify(words, name === 'machine' ? Word.sealed : Word.built);
}

/** Queries that may be in an engine at a time, a power of two. Each has a ticket. */
export const TICKETS_MAX = 4096;
export interface EngineSizes extends MachineSizes {
  /** Cells of the ring, a power of two; rows must hold 8192 more. */
  readonly ringCells: number;
  /** Bytes; a power of two. The largest reply is 1 MiB. */
  readonly repliesSize: number;
  /** Entries that may be made at most, when all of them stay in memory. */
  readonly entriesMax?: number;
}

export const LARGE_SIZES: EngineSizes = { ...LARGE, ringCells: 2 ** 16, repliesSize: 2 ** 23 };
export const ROOMY_SIZES: EngineSizes = {
  ...ROOMY,
  ringCells: 2 ** 16,
  repliesSize: 2 ** 23,
  entriesMax: ROOMY.rowsTrusted,
};
export const SMALL_SIZES: EngineSizes = { ...SMALL, ringCells: 2 ** 15, repliesSize: 2 ** 22 };

export interface EngineLayout {
  readonly sizes: EngineSizes;
  /** Byte offset of the control words. */
  readonly control: number;
  readonly counters: number;
  /** The journal's block checksums of the segment being written. */
  readonly sums: number;
  readonly ring: RingLayout;
  /** For each cell of the ring {@link DESCRIPTOR_SIZE} bytes, `Descriptor` in model/layouts-memory.ts. */
  readonly descriptors: number;
  readonly replies: number;
  /** u32 for each ticket: {@link Ticket}. */
  readonly tickets: number;
  /** A ring of {@link TICKETS_MAX} completions. */
  readonly completions: number;
  /** A ring of {@link EngineSizes.repliesSize} bytes with the answers of queries, which do not wait for one another. */
  readonly answers: number;
  /** A reply that nobody reads: recovery's. */
  readonly spare: number;
  readonly machine: MachineLayout;
  readonly history: Omit<HistoryLayout, 'rowsFirst'>;
  readonly pages: number;
}

export function engineLayout(sizes: EngineSizes): EngineLayout {
  // Nothing lies at address 0: a row's address 0 means none.
  const allocator = new Allocator(65_536);
  const control = allocator.take(ENGINE_WORD_SIZE);
  const counters = allocator.take(COUNTERS_SIZE);
  const sums = allocator.take(liveSumsSize());
  const ring = { cells: allocator.take(sizes.ringCells * CELL_SIZE), cellsCount: sizes.ringCells };
  const descriptors = allocator.take(sizes.ringCells * DESCRIPTOR_SIZE);
  const replies = allocator.take(sizes.repliesSize);
  const tickets = allocator.take(TICKETS_MAX * 4);
  const completions = allocator.take(TICKETS_MAX * COMPLETION_SIZE);
  const answers = allocator.take(sizes.repliesSize);
  const spare = allocator.take(2 ** 21);
  const query = allocator.take(QUERY_SIZE);
  const scratch = allocator.take(scratchSize(sizes.log2Entries));
  const machine = machineLayout(allocator, sizes);
  const history = {
    log2Entries: sizes.log2Entries,
    generations: machine.generations,
    rows: machine.rows,
    rowsCount: machine.rowsCount,
    rowsTrusted: sizes.rowsTrusted,
    query,
    scratch,
  };
  return {
    sizes,
    control,
    counters,
    sums,
    ring,
    descriptors,
    replies,
    tickets,
    completions,
    answers,
    spare,
    machine,
    history,
    pages: allocator.pages,
  };
}

/** Throws `memory_full` where the process may not have so many addresses. */
function reserved(pages: number): SharedMemory {
  try {
    return sharedMemory(pages);
  } catch (error) {
    throw orMemoryFull(error);
  }
}

/** A memory with its views. Views are per thread; the memory is one. */
export class EngineMemory extends Cells {
  readonly memory: SharedMemory;
  readonly layout: EngineLayout;
  /** The control words; index with {@link Word}. */
  readonly words: Int32Array;
  readonly counters: Counters;
  readonly #state: BigInt64Array;

  constructor(memory: SharedMemory, layout: EngineLayout) {
    super(memory.buffer, 0, memory.buffer.byteLength);
    this.memory = memory;
    this.layout = layout;
    this.words = new Int32Array(memory.buffer, layout.control, ENGINE_WORD_SIZE / 4);
    this.counters = new Counters(memory.buffer, layout.counters);
    this.#state = new BigInt64Array(memory.buffer, layout.machine.state, STATE_SIZE / 8);
  }

  static create(sizes: EngineSizes): EngineMemory {
    const layout = engineLayout(sizes);
    const memory = reserved(layout.pages);
    Machine.format(memory, layout.machine);
    return new EngineMemory(memory, layout);
  }

  /** For one thread: the view has what its writer has not published. */
  liveSums(): LiveSums {
    return new LiveSums(this.memory, this.layout.sums);
  }

  /** Where the reply of the request whose header lies at byte `header` of the ring is described. */
  descriptorOf(header: number): number {
    const { descriptors, ring } = this.layout;
    return descriptors + ((header - ring.cells) / CELL_SIZE) * DESCRIPTOR_SIZE;
  }

  /** An independent copy. Only what the ledger has used is copied; the ring starts anew. */
  fork(): EngineMemory {
    const copy = new EngineMemory(reserved(this.layout.pages), this.layout);
    for (const { at, size } of usedRegions(this.layout.machine, this.u32))
      copy.bytes.set(this.bytes.subarray(at, at + size), at);
    return copy;
  }

  /** When the next pending transfer expires, ns; 2^64 - 1 (as -1n) when none does. Any thread may ask. */
  get expiresNext(): bigint {
    return Atomics.load(this.#state, StateOffset.expiresNext / 8);
  }

  get entries(): number {
    return Number(this.view.getBigUint64(this.layout.machine.state + StateOffset.entries, true));
  }

  get accountsCount(): number {
    return this.u32[(this.layout.machine.state + StateOffset.accountsCount) / 4]!;
  }

  get pendingsOpen(): number {
    return this.u32[(this.layout.machine.state + StateOffset.pendingsOpen) / 4]!;
  }
}
