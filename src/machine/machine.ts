/**
 * The machine: a pure function of (state, batch). State lies in shared memory; the work is done by the kernel,
 * AssemblyScript compiled to WebAssembly (docs/adr/0003). One thread at a time owns it. It has no clock, no randomness
 * and no I/O: what has left memory it asks of its host, whose answers are functions of the journal.
 */

import { assert, compileKernel, instantiateKernel, type Kernel, type SharedMemory } from '../base/index.ts';
import {
  type ColdAnswer,
  ConfigOffset,
  ControlOffset,
  EVENT_RECORD_SIZE_MAX,
  FILTER_BLOCK_SIZE,
  GENERATION_SIZE,
  GenerationOffset,
  GenerationState,
  RUN_RECORD_SIZE,
  RunRecordOffset,
  StateOffset,
  U64_MAX,
  U128_MAX,
} from '../model/index.ts';
import { type ImageHead, imageHead, imageIsOpen } from './image.ts';
import { kernelBase64 } from './kernel.gen.ts';
import type { ConfigWords, MachineLayout } from './layout.ts';
import { type QuestionExports, Questions } from './questions.ts';

/** The kernel's host, called on rare paths. Addresses are byte offsets in the memory. */
export interface MachineHost {
  /** Writes the stored 128-byte row of an entry at `target`. */
  rowOf(entry: bigint, target: number): void;
  /** Looks an id up in the runs: a {@link ColdAnswer}; `stored` writes the row at `target`. */
  findCold(lo: bigint, hi: bigint, target: number): ColdAnswer;
  /** The `EntryKind` of the entry that ended the pending transfer with this id: posted, voided or expired. */
  resolutionOf(lo: bigint, hi: bigint): number;
  /** Whether a stored transfer has this timestamp. */
  transferAt(timestamp: bigint): boolean;
  /** An image is open and its before-images have no room: returns when there may be some. */
  waitForBuilder(): void;
}

interface KernelExports extends QuestionExports {
  attach(config: number): void;
  initialize(accountIndexLog2: number, pendingIndexLog2: number): void;
  apply(header: number, reply: number): number;
  lookup_accounts(ids: number, count: number, reply: number): number;
  accountRow(lo: bigint, hi: bigint): number;
  startGeneration(index: number): void;
  rotateIds(): void;
  openImage(): void;
}

/** A run that the kernel should ask before it believes an old id to be new. */
export interface RunRecord {
  readonly firstEntry: number;
  readonly count: number;
  readonly filter: Uint8Array;
  readonly filterBlocks: number;
  readonly idMin: bigint;
  readonly idMax: bigint;
}

/** The indices begin small and double: a small index stays in the cache. */
const ACCOUNT_INDEX_LOG2 = 12;
const PENDING_INDEX_LOG2 = 10;

let kernel: Kernel | undefined;

export class Machine {
  readonly #memory: SharedMemory;
  readonly #layout: MachineLayout;
  readonly #kernel: KernelExports;
  readonly #u32: Uint32Array;
  readonly #u64: BigUint64Array;
  readonly #f64: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #questions: Questions;
  #filtersNext: number;

  constructor(memory: SharedMemory, layout: MachineLayout, host: MachineHost) {
    this.#memory = memory;
    this.#layout = layout;
    this.#u32 = new Uint32Array(memory.buffer);
    this.#u64 = new BigUint64Array(memory.buffer, 0, Math.floor(memory.buffer.byteLength / 8));
    this.#f64 = new Float64Array(memory.buffer, 0, Math.floor(memory.buffer.byteLength / 8));
    this.#bytes = new Uint8Array(memory.buffer);
    this.#filtersNext = layout.filters;
    kernel ??= compileKernel(kernelBase64);
    this.#kernel = instantiateKernel<KernelExports>(kernel, memory, {
      rowOf: (entry: bigint, target: number) => host.rowOf(BigInt.asUintN(64, entry), target >>> 0),
      findCold: (lo: bigint, hi: bigint, target: number) =>
        host.findCold(BigInt.asUintN(64, lo), BigInt.asUintN(64, hi), target >>> 0),
      resolutionOf: (lo: bigint, hi: bigint) => host.resolutionOf(BigInt.asUintN(64, lo), BigInt.asUintN(64, hi)),
      transferAt: (timestamp: bigint) => (host.transferAt(BigInt.asUintN(64, timestamp)) ? 1 : 0),
      waitForBuilder: () => host.waitForBuilder(),
    });
    this.#questions = new Questions(memory, layout, this.#kernel);
  }

  /** Writes the addresses into the memory, once for each new memory, before any machine attaches to it. */
  static format(memory: SharedMemory, layout: MachineLayout): void {
    const u32 = new Uint32Array(memory.buffer);
    for (const [name, offset] of Object.entries(ConfigOffset)) {
      u32[(layout.config + offset) / 4] = layout.words[name as keyof ConfigWords];
    }
    for (const [g, { control, columns, blocks, events, spans }] of layout.generations.entries()) {
      const at = layout.words.generations + g * GENERATION_SIZE;
      u32[(at + GenerationOffset.control) / 4] = control;
      u32[(at + GenerationOffset.columns) / 4] = columns[0]!;
      u32[(at + GenerationOffset.blocks) / 4] = blocks;
      u32[(at + GenerationOffset.events) / 4] = events;
      u32[(at + GenerationOffset.spans) / 4] = spans;
    }
  }

  /** Takes over state that is already in the memory, e.g. in another thread than the one that recovered it. */
  attach(): void {
    this.#kernel.attach(this.#layout.config);
    const runs = this.#u32[(this.#layout.state + StateOffset.runsCount) / 4]!;
    for (let r = 0; r < runs; r++) {
      const run = this.#layout.runs + r * RUN_RECORD_SIZE;
      const filter = this.#u32[(run + RunRecordOffset.filter) / 4]!;
      const blocks = this.#u32[(run + RunRecordOffset.blocks) / 4]!;
      this.#filtersNext = Math.max(this.#filtersNext, filter + blocks * FILTER_BLOCK_SIZE);
    }
  }

  /** A new ledger, or one whose state block, accounts and pendings were just read from a snapshot. */
  initialize(): void {
    this.#kernel.attach(this.#layout.config);
    this.#putId(this.#layout.state + StateOffset.coldIdMin, U128_MAX);
    this.#putId(this.#layout.state + StateOffset.coldIdMax, 0n);
    this.#u32[(this.#layout.state + StateOffset.runsCount) / 4] = 0;
    this.#kernel.initialize(ACCOUNT_INDEX_LOG2, PENDING_INDEX_LOG2);
    this.#setGenerationState(0, GenerationState.filling);
  }

  /** Executes a journalled batch; its header is at `header`. Writes 16-byte results at `reply`; returns their bytes. */
  apply(header: number, reply: number): number {
    return this.#kernel.apply(header, reply);
  }

  lookupAccounts(ids: number, count: number, reply: number): number {
    return this.#kernel.lookup_accounts(ids, count, reply);
  }

  lookupTransfers(ids: number, count: number, reply: number): number {
    return this.#kernel.lookup_transfers(ids, count, U64_MAX, reply);
  }

  /** The queries that are answered in slices. */
  get questions(): Questions {
    return this.#questions;
  }

  /** The address of an account's 128-byte row, 0 if there is no such account. */
  accountRow(lo: bigint, hi: bigint): number {
    return this.#kernel.accountRow(lo, hi) >>> 0;
  }

  get entries(): number {
    return Number(this.#u64[(this.#layout.state + StateOffset.entries) / 8]!);
  }

  /** The first entry of the generation being filled. */
  get generationStart(): number {
    return this.generationFirstEntry(this.generation);
  }

  get generation(): number {
    return this.#u32[(this.#layout.state + StateOffset.generation) / 4]!;
  }

  /** Whether `events` more entries could overflow the generation being filled. */
  generationIsFull(events: number): boolean {
    const g = this.#layout.generations[this.generation]!;
    const count = this.generationCount(this.generation);
    const eventsSize = this.#u32[(g.control + ControlOffset.eventsSize) / 4]!;
    const spansCount = this.#u32[(g.control + ControlOffset.spansCount) / 4]!;
    return (
      (count > 0 && count >= (this.#layout.sizes.sealEntries ?? Number.POSITIVE_INFINITY)) ||
      count + events > 2 ** this.#layout.sizes.log2Entries ||
      eventsSize + events * EVENT_RECORD_SIZE_MAX > g.eventsSizeMax ||
      spansCount + events > g.spansMax
    );
  }

  /** Whether `events` more ids could fill the current id table beyond half. */
  idsAreFull(events: number): boolean {
    const count = this.#u32[(this.#layout.state + StateOffset.idCount) / 4]!;
    const { sealEntries, log2Ids } = this.#layout.sizes;
    if (sealEntries !== undefined && count >= 2 * sealEntries) return true;
    return count + events > 2 ** (log2Ids - 1);
  }

  /**
   * Entries that must be in published runs before the id tables may rotate: those that only the previous table knows.
   */
  get rotationNeeds(): number {
    const current = this.#u32[(this.#layout.state + StateOffset.idTable) / 4]!;
    return Number(this.#u64[(this.#layout.state + StateOffset.idFloors) / 8 + current]!);
  }

  rotateIds(): void {
    this.#kernel.rotateIds();
  }

  /** Seals the generation being filled and goes on in `next`, which must be free. Returns the sealed one's buffer. */
  seal(next: number): number {
    const sealed = this.generation;
    assert(this.generationState(next) === GenerationState.free, 'the next generation buffer is free');
    this.#setGenerationState(sealed, GenerationState.sealed);
    this.#kernel.startGeneration(next);
    this.#setGenerationState(next, GenerationState.filling);
    return sealed;
  }

  generationState(index: number): number {
    return this.#u32[(this.#layout.generations[index]!.control + ControlOffset.state) / 4]!;
  }

  /** The buffer's run is published. */
  freeGeneration(index: number): void {
    assert(this.generationState(index) === GenerationState.sealed, 'a generation that is freed was sealed');
    this.#setGenerationState(index, GenerationState.free);
  }

  #setGenerationState(index: number, state: GenerationState): void {
    this.#u32[(this.#layout.generations[index]!.control + ControlOffset.state) / 4] = state;
  }

  generationFirstEntry(index: number): number {
    return this.#f64[(this.#layout.generations[index]!.control + ControlOffset.firstEntry) / 8]!;
  }

  generationCount(index: number): number {
    return this.#u32[(this.#layout.generations[index]!.control + ControlOffset.count) / 4]!;
  }

  /** Sealed generations, oldest first. */
  get sealedGenerations(): number[] {
    return this.#layout.generations
      .map((_, index) => index)
      .filter((index) => this.generationState(index) === GenerationState.sealed)
      .sort((a, b) => this.generationFirstEntry(a) - this.generationFirstEntry(b));
  }

  /** Lets the kernel ask a run's filter. Runs come in order of their entries. */
  addRun(run: RunRecord): void {
    const state = this.#layout.state;
    const index = this.#u32[(state + StateOffset.runsCount) / 4]!;
    assert(index < this.#layout.sizes.runsMax, 'the table of runs has room');
    const fits = this.#filtersNext + run.filter.length <= this.#layout.filters + this.#layout.sizes.filtersSize;
    const at = this.#layout.runs + index * RUN_RECORD_SIZE;
    // Without room for a filter, blocks 0 makes the kernel always ask.
    this.#u32[(at + RunRecordOffset.filter) / 4] = this.#filtersNext;
    this.#u32[(at + RunRecordOffset.blocks) / 4] = fits ? run.filterBlocks : 0;
    if (fits) {
      this.#bytes.set(run.filter, this.#filtersNext);
      this.#filtersNext += Math.ceil(run.filter.length / FILTER_BLOCK_SIZE) * FILTER_BLOCK_SIZE;
    }
    this.#u64[(at + RunRecordOffset.firstEntry) / 8] = BigInt(run.firstEntry);
    this.#putId(at + RunRecordOffset.idMin, run.idMin);
    this.#putId(at + RunRecordOffset.idMax, run.idMax);
    this.#u32[(at + RunRecordOffset.count) / 4] = run.count;
    if (run.idMin < this.#id(state + StateOffset.coldIdMin)) this.#putId(state + StateOffset.coldIdMin, run.idMin);
    if (run.idMax > this.#id(state + StateOffset.coldIdMax)) this.#putId(state + StateOffset.coldIdMax, run.idMax);
    this.#u32[(state + StateOffset.runsCount) / 4] = index + 1;
  }

  #id(at: number): bigint {
    return this.#u64[at / 8]! | (this.#u64[at / 8 + 1]! << 64n);
  }

  #putId(at: number, id: bigint): void {
    this.#u64[at / 8] = id & U64_MAX;
    this.#u64[at / 8 + 1] = id >> 64n;
  }

  /** The image of what is behind the last batch. Nothing keeps it but the caller. */
  imageHead(): ImageHead {
    return imageHead(this.#memory, this.#layout);
  }

  /**
   * Opens an image for an {@link ImageReader} in another thread: from now on, until that closes it, rows are kept as
   * they are now. None may be open.
   */
  openImage(): ImageHead {
    assert(!this.imageIsOpen, 'one image is open at a time');
    this.#kernel.openImage();
    return this.imageHead();
  }

  get imageIsOpen(): boolean {
    return imageIsOpen(this.#memory, this.#layout);
  }
}
