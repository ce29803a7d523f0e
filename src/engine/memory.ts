/**
 * The one shared memory of an engine and what lies where in it. docs/internals/memory-ownership.md says who writes what.
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
  State,
  usedRegions,
} from '../machine/index.ts';
import { Cells, orMemoryFull } from '../model/index.ts';
import { type HistoryLayout, QUERY_SIZE, scratchSize } from '../projector/index.ts';
import type { RingLayout } from '../ring/index.ts';
import { COUNTERS_SIZE, Counters } from './counters.ts';

/** Int32 words that agents publish, each on a cache line of its own. */
export const Word = {
  /** Where the sequencer is in the ring. */
  cursor: 0,
  /** Up to where requests are durable. */
  journaled: 16,
  /** Up to where requests are executed. */
  executed: 32,
  /** Up to where replies have been read, in bytes of the reply ring's endless count. */
  repliesRead: 48,
  /** Grows whenever one of `journaled`, `executed` moved and the egress sleeps. */
  egress: 64,
  /** Runs written since the start. */
  built: 80,
  /** Grows with each sealed generation. */
  sealed: 96,
  /** {@link Stop}; 0 while agents work. */
  stop: 112,
  /** 1 while the agent waits on what the sequencer publishes. */
  journalSleeps: 128,
  machineSleeps: 144,
  /** 1 while the egress waits on `egress`. */
  egressSleeps: 160,
  /** 1 when the thread has ended, whatever way. */
  machineEnded: 176,
  builderEnded: 192,
  /** Queries that are done, since the start: how many completions were written. */
  completed: 208,
  /** Up to where answers of queries have been read, in bytes of their ring's endless count. */
  answersRead: 224,
  /** Grows when callers give queries up. */
  givenUp: 240,
  /** Grow while the thread moves: with each piece of work, and each second without any. */
  journalBeats: 256,
  machineBeats: 272,
  builderBeats: 288,
  /** 1 while the machine can do nothing more before the next run is there. */
  runNeeded: 304,
  /** While there is no room for the run that is built next: 1 on the disk, 2 in memory. */
  runsFull: 320,
} as const;

/** How agents end: once they have done their work, or as they are. */
export const Stop = { done: 1, now: 2 } as const;

export function tellToStop(words: Int32Array, how: (typeof Stop)[keyof typeof Stop]): void {
  Atomics.store(words, Word.stop, how);
  for (const word of [Word.cursor, Word.built, Word.sealed, Word.repliesRead, Word.journaled]) {
    Atomics.notify(words, word);
  }
}

/** The resource that is short if a run finds no room; in {@link Word.runsFull}. */
export const Short = { nothing: 0, disk: 1, memory: 2 } as const;

/** Says that the machine's or the builder's thread has ended, to the other one. */
export function endThread(words: Int32Array, name: 'machine' | 'builder'): void {
  Atomics.store(words, name === 'machine' ? Word.machineEnded : Word.builderEnded, 1);
  Atomics.notify(words, name === 'machine' ? Word.sealed : Word.built);
}

/** Queries that may be in an engine at a time, a power of two. Each has a ticket. */
export const TICKETS_MAX = 4096;
/** The state of a ticket: its query is wanted, or was given up. */
export const Ticket = { wanted: 0, givenUp: 1 } as const;
/** Bytes of a completion: which query is done, and where its answer lies. */
export const COMPLETION_SIZE = 32;
export const CompletionOffset = {
  /** u32 */
  ticket: 0,
  /** u32: byte of the memory. */
  at: 4,
  /** u32: bytes. */
  size: 8,
  /** i32: where reading it ends, in the endless count of {@link Word.answersRead}. */
  end: 12,
  /** u32: {@link CompletionKind} */
  kind: 16,
  /** f64: units of work. */
  units: 24,
} as const;
export const CompletionKind = { answer: 0, refusal: 1, dropped: 2 } as const;
/** Bytes of a query's header that are its own, in the ring: those of a batch mean something else there. */
export const QueryOffset = { ticket: 24, payer: 28, share: 32 } as const;

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
  /** For each cell of the ring, 16 bytes: where the reply of the request whose header lies there is (u32), its size (u32), where reading it ends (u32), 1 if it is a refusal (u32). */
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
  const control = allocator.take(4096);
  const counters = allocator.take(COUNTERS_SIZE);
  const sums = allocator.take(liveSumsSize());
  const ring = { cells: allocator.take(sizes.ringCells * 128), cellsCount: sizes.ringCells };
  const descriptors = allocator.take(sizes.ringCells * 16);
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
    this.words = new Int32Array(memory.buffer, layout.control, 1024);
    this.counters = new Counters(memory.buffer, layout.counters);
    this.#state = new BigInt64Array(memory.buffer, layout.machine.state, 32);
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

  /** An independent copy. Only what the ledger has used is copied; the ring starts anew. */
  fork(): EngineMemory {
    const copy = new EngineMemory(reserved(this.layout.pages), this.layout);
    for (const { at, size } of usedRegions(this.layout.machine, this.u32))
      copy.bytes.set(this.bytes.subarray(at, at + size), at);
    return copy;
  }

  /** When the next pending transfer expires, ns; 2^64 - 1 (as -1n) when none does. Any thread may ask. */
  get expiresNext(): bigint {
    return Atomics.load(this.#state, State.expiresNext / 8);
  }

  get entries(): number {
    return Number(this.view.getBigUint64(this.layout.machine.state + State.entries, true));
  }

  get accountsCount(): number {
    return this.u32[(this.layout.machine.state + State.accountsCount) / 4]!;
  }

  get pendingsOpen(): number {
    return this.u32[(this.layout.machine.state + State.pendingsOpen) / 4]!;
  }
}
