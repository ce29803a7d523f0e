/**
 * Executes requests in the order of the ring: batches through the machine, lookups and queries through the machine and
 * the history. Owns all mutable state; belongs to one thread. Also the machine's host: what has left memory, it reads
 * back.
 */

import { assert } from '../base/index.ts';
import { readNumber } from '../journal/index.ts';
import { Machine, type MachineHost } from '../machine/index.ts';
import {
  CELL_SIZE,
  ColdAnswer,
  EntryKind,
  GenerationState,
  HeaderOffset,
  Operation,
  QUERY_FILTER_SIZE,
  QueryFilterOffset,
  SNAPSHOT_SIZE,
  SnapshotOffset,
  StateOffset,
  TallystickError,
  TRANSFER_SIZE,
} from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import { type CellReader, History, Run } from '../projector/index.ts';
import type { EngineMemory } from './memory.ts';
import type { ReplyWindow } from './reply-window.ts';

/** Gets sealed generations made into runs: at once (inline) or by the builder's thread. */
export interface Builds {
  /** A generation was sealed behind the batch just executed; an image may be taken now. */
  sealed(generation: number, executor: Executor): void;
  /** Publishes runs that are ready. With `wait`, does not return before at least one was published. */
  publish(executor: Executor, wait: boolean): void;
  /** An image is open and its before-images have no room: returns when the builder may have taken some. */
  waitForBuilder(): void;
}

/** Where the cells of stored transfers can be read. */
export interface Folder {
  readonly storage: Storage;
  /** The folder of runs. */
  readonly path: string;
  readonly ledgerId: bigint;
  readonly cells: CellReader;
}

export class Executor implements MachineHost {
  readonly machine: Machine;
  readonly history: History;
  readonly #memory: EngineMemory;
  readonly #folder: Folder;
  readonly #builds: Builds;
  /** Journal cell of the header of the last batch executed. */
  cell = 0;
  /** The replies of all batches executed, for snapshots; undefined where there are none. */
  readonly window: ReplyWindow | undefined;
  /** Ids that were looked for in runs, since the start. */
  coldReads = 0;

  /** `rowsFirst`: the first entry that went, or will go, through the ring of rows. */
  constructor(memory: EngineMemory, folder: Folder, builds: Builds, rowsFirst: number, window?: ReplyWindow) {
    this.#memory = memory;
    this.window = window;
    this.#folder = folder;
    this.#builds = builds;
    this.machine = new Machine(memory.memory, memory.layout.machine, this);
    this.history = new History(memory.memory, { ...memory.layout.history, rowsFirst }, folder.cells, {
      row: (lo, hi) => this.machine.accountRow(lo, hi),
    });
  }

  /** Runs a request whose header lies at byte `header`; writes the reply at byte `reply` and returns its size. */
  execute(header: number, reply: number): number {
    const { view } = this.#memory;
    const operation = view.getUint16(header + HeaderOffset.operation, true) as Operation;
    const count = view.getUint32(header + HeaderOffset.count, true);
    const body = header + CELL_SIZE;
    switch (operation) {
      case Operation.create_transfers:
      case Operation.pulse:
        this.#makeRoom(count);
        return this.#apply(header, reply, operation);
      case Operation.create_accounts:
        return this.#apply(header, reply, operation);
      case Operation.lookup_accounts:
        return this.machine.lookupAccounts(body, count, reply);
      case Operation.lookup_transfers:
        return this.machine.lookupTransfers(body, count, reply);
      case Operation.get_snapshot:
        return this.#putSnapshot(view.getBigUint64(header + HeaderOffset.timestamp, true), reply);
      default:
        throw new TallystickError('invalid_argument', `operation ${operation} is not one that is executed at once`);
    }
  }

  /** What names the state behind the last batch. `timestamp`: the newest that the sequencer has given. */
  #putSnapshot(timestamp: bigint, reply: number): number {
    const { view, bytes, layout } = this.#memory;
    const { state } = layout.machine;
    const accounts = view.getBigUint64(state + StateOffset.accountsTimestampMax, true);
    bytes.fill(0, reply, reply + SNAPSHOT_SIZE);
    view.setBigUint64(reply + SnapshotOffset.as_of, BigInt(this.machine.entries + 1), true);
    view.setBigUint64(reply + SnapshotOffset.timestamp, timestamp, true);
    view.setBigUint64(reply + SnapshotOffset.transfers_timestamp, this.machine.questions.lastTransfer, true);
    view.setBigUint64(reply + SnapshotOffset.accounts_timestamp, accounts, true);
    view.setBigUint64(reply + SnapshotOffset.op, BigInt(this.op), true);
    return SNAPSHOT_SIZE;
  }

  #apply(header: number, reply: number, operation: Operation): number {
    this.cell = readNumber(this.#memory.view, header + HeaderOffset.cell);
    const size = this.machine.apply(header, reply);
    if (operation !== Operation.pulse) this.window?.record(this.#memory, header, reply);
    return size;
  }

  /** Between batches: takes over what the builder has finished. */
  publishRuns(): void {
    this.#builds.publish(this, false);
  }

  /** Before a batch that may add `events` entries: seals a full generation, rotates full id tables. */
  #makeRoom(events: number): void {
    const { machine } = this;
    if (machine.generationIsFull(events)) this.seal();
    if (machine.idsAreFull(events)) {
      while (this.publishedEntries < machine.rotationNeeds) this.#builds.publish(this, true);
      machine.rotateIds();
    }
  }

  /** Between batches: seals the generation being filled, if there is anything in it. */
  seal(): void {
    const { machine } = this;
    if (machine.entries === machine.generationStart) return;
    let next = this.#freeGeneration();
    while (next < 0) {
      this.#builds.publish(this, true);
      next = this.#freeGeneration();
    }
    this.#builds.sealed(machine.seal(next), this);
  }

  #freeGeneration(): number {
    const { generations } = this.#memory.layout.machine;
    for (let g = 0; g < generations.length; g++) if (this.machine.generationState(g) === GenerationState.free) return g;
    return -1;
  }

  /** Entries that are in published runs. */
  get publishedEntries(): number {
    const last = this.history.runs.at(-1);
    return last === undefined ? 0 : last.firstEntry + last.count;
  }

  /** Makes a finished run answer for its entries and frees the generation that it was made from. */
  publishRun(path: string): void {
    const run = Run.open(this.#folder.storage, path, this.#folder.ledgerId);
    this.addRun(run);
    const { generations } = this.#memory.layout.machine;
    for (let g = 0; g < generations.length; g++) {
      if (
        this.machine.generationState(g) === GenerationState.sealed &&
        this.machine.generationFirstEntry(g) === run.firstEntry
      ) {
        this.machine.freeGeneration(g);
        return;
      }
    }
    assert(false, 'a new run was made from a sealed generation');
  }

  /** A run that was there when the ledger was opened. */
  addRun(run: Run): void {
    this.history.addRun(run);
    this.machine.addRun({
      firstEntry: run.firstEntry,
      count: run.count,
      filter: run.filterBytes,
      filterBlocks: run.filterBlocks,
      idMin: run.idMin,
      idMax: run.idMax,
    });
  }

  rowOf(entry: bigint, target: number): void {
    this.coldReads++;
    this.history.readRow(Number(entry), this.#memory.bytes, target);
  }

  findCold(lo: bigint, hi: bigint, target: number): ColdAnswer {
    this.coldReads++;
    // The kernel's own tables know every id that is not in a published run.
    const found = this.history.findById(lo, hi, this.publishedEntries);
    if (found === undefined) return ColdAnswer.unknown;
    this.history.readRow(found.entry, this.#memory.bytes, target);
    return found.kind === EntryKind.failed ? ColdAnswer.burnt : ColdAnswer.stored;
  }

  resolutionOf(lo: bigint, hi: bigint): number {
    const found = this.history.findById(lo, hi);
    assert(found !== undefined, 'a pending transfer that the kernel knows is in the history');
    const end = this.history.resolution(found.entry);
    if (end === undefined) {
      throw new TallystickError('engine_failed', `pending transfer ${lo | (hi << 64n)} is neither open nor ended`);
    }
    return end.kind;
  }

  transferAt(timestamp: bigint): boolean {
    const filter = new Uint8Array(QUERY_FILTER_SIZE);
    const view = new DataView(filter.buffer);
    view.setBigUint64(QueryFilterOffset.timestamp_min, timestamp, true);
    view.setBigUint64(QueryFilterOffset.timestamp_max, timestamp, true);
    view.setUint32(QueryFilterOffset.limit, 1, true);
    return this.history.query(Operation.query_transfers, filter, 0, new Uint8Array(TRANSFER_SIZE), 0) > 0;
  }

  waitForBuilder(): void {
    this.#builds.waitForBuilder();
  }

  /** Op of the last batch executed. */
  get op(): number {
    return Number(this.#memory.view.getBigUint64(this.#memory.layout.machine.state + StateOffset.op, true));
  }
}
