/**
 * The machine: a pure function of (state, batch). State lies in shared memory; the work is done by the kernel, AssemblyScript compiled to
 * WebAssembly (docs/adr/0003). One thread at a time owns it. It has no clock, no randomness and no I/O: what has left memory it asks of
 * its host, whose answers are functions of the journal.
 */
import { assert, compileKernel, instantiateKernel, type Kernel, type SharedMemory } from '../base/index.ts';
import { type ImageHead, imageHead, imageIsOpen } from './image.ts';
import { kernelBase64 } from './kernel.gen.ts';
import { type MachineLayout, RUN_RECORD_SIZE, State } from './layout.ts';
import { type QuestionExports, Questions } from './questions.ts';

/** The kernel's host, called on rare paths. Addresses are byte offsets in the memory. */
export interface MachineHost {
  /** Writes the stored 128-byte row of an entry at `target`. */
  rowOf(entry: bigint, target: number): void;
  /** Looks an id up in the runs: 0 unknown, 1 stored (row at `target`), 2 burnt. */
  findCold(lo: bigint, hi: bigint, target: number): number;
  /** The kind of the entry that ended the pending transfer with this id: 2 posted, 3 voided, 4 expired. */
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
const U64 = 0xffff_ffff_ffff_ffffn;

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
    u32.set(layout.words, layout.config / 4);
    const table = layout.words[20]! / 4;
    for (const [g, words] of layout.generationWords.entries()) u32.set(words, table + g * 8);
  }

  /** Takes over state that is already in the memory, e.g. in another thread than the one that recovered it. */
  attach(): void {
    this.#kernel.attach(this.#layout.config);
    const runs = this.#u32[(this.#layout.state + State.runsCount) / 4]!;
    for (let r = 0; r < runs; r++) {
      const at = (this.#layout.runs + r * RUN_RECORD_SIZE) / 4;
      this.#filtersNext = Math.max(this.#filtersNext, this.#u32[at]! + this.#u32[at + 1]! * 64);
    }
  }

  /** A new ledger, or one whose state block, accounts and pendings were just read from a snapshot. */
  initialize(): void {
    this.#kernel.attach(this.#layout.config);
    this.#u64.fill(U64, (this.#layout.state + State.coldIdMin) / 8, (this.#layout.state + State.coldIdMin) / 8 + 2);
    this.#u64.fill(0n, (this.#layout.state + State.coldIdMax) / 8, (this.#layout.state + State.coldIdMax) / 8 + 2);
    this.#u32[(this.#layout.state + State.runsCount) / 4] = 0;
    this.#kernel.initialize(ACCOUNT_INDEX_LOG2, PENDING_INDEX_LOG2);
    this.#setGenerationState(0, 1);
  }

  /** Executes a journalled batch; its header is at `header`. Writes 16-byte results at `reply`; returns their bytes. */
  apply(header: number, reply: number): number {
    return this.#kernel.apply(header, reply);
  }

  lookupAccounts(ids: number, count: number, reply: number): number {
    return this.#kernel.lookup_accounts(ids, count, reply);
  }

  lookupTransfers(ids: number, count: number, reply: number): number {
    return this.#kernel.lookup_transfers(ids, count, U64, reply);
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
    return Number(this.#u64[(this.#layout.state + State.entries) / 8]!);
  }

  /** The first entry of the generation being filled. */
  get generationStart(): number {
    return this.generationFirstEntry(this.generation);
  }

  get generation(): number {
    return this.#u32[(this.#layout.state + State.generation) / 4]!;
  }

  /** Whether `events` more entries could overflow the generation being filled. */
  generationIsFull(events: number): boolean {
    const g = this.#layout.generations[this.generation]!;
    const control = g.control / 4;
    const count = this.#u32[control + 2]!;
    return (
      (count > 0 && count >= (this.#layout.sizes.sealEntries ?? Number.POSITIVE_INFINITY)) ||
      count + events > 2 ** this.#layout.sizes.log2Entries ||
      this.#u32[control + 3]! + events * 160 > g.eventsSizeMax ||
      this.#u32[control + 4]! + events > g.spansMax
    );
  }

  /** Whether `events` more ids could fill the current id table beyond half. */
  idsAreFull(events: number): boolean {
    const count = this.#u32[(this.#layout.state + State.idCount) / 4]!;
    const { sealEntries, log2Ids } = this.#layout.sizes;
    if (sealEntries !== undefined && count >= 2 * sealEntries) return true;
    return count + events > 2 ** (log2Ids - 1);
  }

  /** Entries that must be in published runs before the id tables may rotate: those that only the previous table knows. */
  get rotationNeeds(): number {
    const current = this.#u32[(this.#layout.state + State.idTable) / 4]!;
    return Number(this.#u64[(this.#layout.state + State.idFloors) / 8 + current]!);
  }

  rotateIds(): void {
    this.#kernel.rotateIds();
  }

  /** Seals the generation being filled and goes on in `next`, which must be free. Returns the sealed one's buffer. */
  seal(next: number): number {
    const sealed = this.generation;
    assert(this.generationState(next) === 0, 'the next generation buffer is free');
    this.#setGenerationState(sealed, 2);
    this.#kernel.startGeneration(next);
    this.#setGenerationState(next, 1);
    return sealed;
  }

  generationState(index: number): number {
    return this.#u32[(this.#layout.generations[index]!.control + 20) / 4]!;
  }

  /** The buffer's run is published. */
  freeGeneration(index: number): void {
    assert(this.generationState(index) === 2, 'a generation that is freed was sealed');
    this.#setGenerationState(index, 0);
  }

  #setGenerationState(index: number, state: number): void {
    this.#u32[(this.#layout.generations[index]!.control + 20) / 4] = state;
  }

  generationFirstEntry(index: number): number {
    return this.#f64[this.#layout.generations[index]!.control / 8]!;
  }

  generationCount(index: number): number {
    return this.#u32[this.#layout.generations[index]!.control / 4 + 2]!;
  }

  /** Sealed generations, oldest first. */
  get sealedGenerations(): number[] {
    return this.#layout.generations
      .map((_, index) => index)
      .filter((index) => this.generationState(index) === 2)
      .sort((a, b) => this.generationFirstEntry(a) - this.generationFirstEntry(b));
  }

  /** Lets the kernel ask a run's filter. Runs come in order of their entries. */
  addRun(run: RunRecord): void {
    const state = this.#layout.state;
    const index = this.#u32[(state + State.runsCount) / 4]!;
    assert(index < this.#layout.sizes.runsMax, 'the table of runs has room');
    const fits = this.#filtersNext + run.filter.length <= this.#layout.filters + this.#layout.sizes.filtersSize;
    const at = this.#layout.runs + index * RUN_RECORD_SIZE;
    // Without room for a filter, blocks 0 makes the kernel always ask.
    this.#u32[at / 4] = this.#filtersNext;
    this.#u32[at / 4 + 1] = fits ? run.filterBlocks : 0;
    if (fits) {
      this.#bytes.set(run.filter, this.#filtersNext);
      this.#filtersNext += Math.ceil(run.filter.length / 64) * 64;
    }
    this.#u64[at / 8 + 1] = BigInt(run.firstEntry);
    this.#putId(at + 16, run.idMin);
    this.#putId(at + 32, run.idMax);
    this.#u32[at / 4 + 12] = run.count;
    if (run.idMin < this.#id(state + State.coldIdMin)) this.#putId(state + State.coldIdMin, run.idMin);
    if (run.idMax > this.#id(state + State.coldIdMax)) this.#putId(state + State.coldIdMax, run.idMax);
    this.#u32[(state + State.runsCount) / 4] = index + 1;
  }

  #id(at: number): bigint {
    return this.#u64[at / 8]! | (this.#u64[at / 8 + 1]! << 64n);
  }

  #putId(at: number, id: bigint): void {
    this.#u64[at / 8] = id & U64;
    this.#u64[at / 8 + 1] = id >> 64n;
  }

  /** The image of what is behind the last batch. Nothing keeps it but the caller. */
  imageHead(): ImageHead {
    return imageHead(this.#memory, this.#layout);
  }

  /** Opens an image for an {@link ImageReader} in another thread: from now on, until that closes it, rows are kept as they are now. None may be open. */
  openImage(): ImageHead {
    assert(!this.imageIsOpen, 'one image is open at a time');
    this.#kernel.openImage();
    return this.imageHead();
  }

  get imageIsOpen(): boolean {
    return imageIsOpen(this.#memory, this.#layout);
  }
}
