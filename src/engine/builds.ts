/** How images become snapshots, and, in an engine of one thread, sealed generations become runs. */

import { assert } from '../base/index.ts';
import { positionBehind, type Section, SNAPSHOT_STAGING_SIZE, SnapshotWriter } from '../journal/index.ts';
import { type ImageHead, ImageReader } from '../machine/index.ts';
import { CELL_SIZE, orMemoryFull, Short, StateOffset, TallystickError } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import { finish, type HistoryLayout, Run, RunBuilder, runName } from '../projector/index.ts';
import type { Builds, Executor } from './executor.ts';
import { WINDOW_SECTION } from './load-snapshot.ts';
import { type EngineMemory, Word } from './memory.ts';

/** Folders of a ledger. */
export const Folders = { journal: 'journal', runs: 'runs', snapshots: 'snapshots' } as const;

/**
 * A snapshot is due when its bytes are at most that many times what the journal has grown by since the last: what is
 * written may not become mostly snapshots.
 */
const IMAGE_TO_JOURNAL_MAX = 4;
/**
 * Cells that a ledger which was closed may leave to be replayed: 50 ms; more where the snapshot would be larger than
 * that many times their bytes.
 */
const CELLS_AT_CLOSE_MAX = 65_536;
const IMAGE_TO_JOURNAL_AT_CLOSE_MAX = 16;
/** Cells that recovery replays without a snapshot on the way: however often it is interrupted, it ends. */
const CELLS_AT_RECOVERY_MAX = 2 ** 22;

/** The image that a snapshot is made of. */
export interface Image {
  /** Cell of the header of the last batch in it. */
  readonly cell: number;
  readonly head: ImageHead;
  /** The window of replies behind that batch. */
  readonly window: Uint8Array;
  /** The machine goes on changing rows and leaves before-images. Else nothing changes until the snapshot is written. */
  readonly followed: boolean;
}

/** Turns between two attempts to build a run where there is no room, at most. */
const PATIENCE_MAX = 256;

/** Decides when snapshots are taken. */
export class SnapshotSchedule {
  /** Cell of the last batch in the newest snapshot. */
  #cell: number;

  constructor(cell: number) {
    this.#cell = cell;
  }

  get cell(): number {
    return this.#cell;
  }

  /** Behind a batch at which a generation was sealed. */
  isDue(executor: Executor): boolean {
    return this.#ratio(executor) <= IMAGE_TO_JOURNAL_MAX;
  }

  isDueAtClose(executor: Executor): boolean {
    return executor.cell - this.#cell > CELLS_AT_CLOSE_MAX && this.#ratio(executor) <= IMAGE_TO_JOURNAL_AT_CLOSE_MAX;
  }

  isDueInRecovery({ cell }: Executor): boolean {
    return cell - this.#cell > CELLS_AT_RECOVERY_MAX;
  }

  #ratio({ cell, machine }: Executor): number {
    const { accountsSize, pendingsSize } = machine.imageHead();
    return (accountsSize + pendingsSize) / ((cell - this.#cell) * CELL_SIZE);
  }

  taken({ cell }: Executor): void {
    this.#cell = cell;
  }
}

/** The image behind the last executed batch. `followed`: it goes to another thread while the machine goes on. */
export function takeImage(executor: Executor, followed: boolean): Image {
  const { machine, cell, window } = executor;
  assert(window !== undefined, 'a ledger that has snapshots has a window of replies');
  return { cell, head: followed ? machine.openImage() : machine.imageHead(), window: window.toBytes(), followed };
}

/**
 * The resource that a run or a snapshot lacks: there may be some later, and nothing is lost. Throws any other error.
 */
export function shortOf(error: unknown): number {
  const named = orMemoryFull(error);
  if (named instanceof TallystickError && named.code === 'disk_full') return Short.disk;
  if (named instanceof TallystickError && named.code === 'memory_full') return Short.memory;
  throw named;
}

/** Where snapshots are written, and what for. */
export interface SnapshotPlace {
  readonly storage: Storage;
  /** The ledger's. */
  readonly folder: string;
  readonly ledgerId: bigint;
  /** A buffer of {@link SNAPSHOT_STAGING_SIZE} bytes. */
  readonly staging: Uint8Array;
}

/**
 * Writes a snapshot of an image whose last batch is durable, in steps of 1 MiB. Once it is `written` the image is
 * closed; it is not made to count before `mayCount`, because the runs must be there by then. A disk that is full gets
 * none: the next one may find room.
 */
export function* writeSnapshot(
  memory: EngineMemory,
  place: SnapshotPlace,
  image: Image,
  mayCount: () => boolean,
): Generator<'writing' | 'written', void> {
  const { storage, folder, ledgerId, staging } = place;
  const { cell, head, window, followed } = image;
  const reader = new ImageReader(memory.memory, memory.layout.machine, head, followed);
  let writer: SnapshotWriter | undefined;
  let reading = followed;
  try {
    const position = positionBehind(storage, `${folder}/${Folders.journal}`, cell, ledgerId);
    const entries = new DataView(head.state.buffer).getBigUint64(StateOffset.entries, true);
    const befores = {
      name: 'befores',
      pieceSize: reader.beforeSize,
      take: (target: Uint8Array) => reader.takeBefores(target),
      finished: () => reader.finished(),
    };
    storage.makeFolder(`${folder}/${Folders.snapshots}`);
    writer = new SnapshotWriter(
      storage,
      `${folder}/${Folders.snapshots}`,
      staging,
      { ledgerId, position, meta: String(entries) },
      [...reader.sections, windowSection(window)],
      followed ? befores : undefined,
    );
    while (writer.step()) yield 'writing';
    if (reading) reader.close();
    reading = false;
    while (!mayCount()) yield 'written';
    writer.finish();
    memory.counters.builder.wrote(position.op, position.timestamp);
  } catch (error) {
    shortOf(error);
  } finally {
    writer?.abandon();
    if (reading) reader.close();
  }
}

function windowSection(window: Uint8Array): Section {
  return {
    name: WINDOW_SECTION,
    size: window.length,
    read: (target, from) => target.set(window.subarray(from, from + target.length)),
  };
}

/**
 * Builds on the spot: the batch that fills a generation pays for it. While a journal is replayed, what needs not be
 * done at once is put off.
 */
export class InlineBuilds implements Builds {
  readonly #builder: RunBuilder;
  readonly #memory: EngineMemory;
  readonly #place: SnapshotPlace;
  /** Undefined when there is no journal to replay behind snapshots. */
  readonly #schedule: SnapshotSchedule | undefined;
  /** Sealed generations that were put off, oldest first. */
  readonly #pending: number[] = [];
  /** Turns until those are tried again that found no room; 0: there are none. */
  #turnsLeft = 0;
  #patience = 1;
  #replaying: boolean;

  /**
   * `snapshotCell`: of the snapshot behind which a journal is replayed next; undefined when there is no journal, and
   * then no snapshots.
   */
  constructor(
    memory: EngineMemory,
    storage: Storage,
    folder: string,
    ledgerId: bigint,
    snapshotCell: number | undefined,
  ) {
    const layout: HistoryLayout = { ...memory.layout.history, rowsFirst: 0 };
    this.#memory = memory;
    this.#replaying = snapshotCell !== undefined;
    this.#schedule = snapshotCell === undefined ? undefined : new SnapshotSchedule(snapshotCell);
    const staging = snapshotCell === undefined ? new Uint8Array(0) : storage.buffer(SNAPSHOT_STAGING_SIZE);
    this.#place = { storage, folder, ledgerId, staging };
    storage.makeFolder(this.#runs);
    this.#builder = new RunBuilder(storage, this.#runs, memory.memory, layout, ledgerId);
  }

  /** Cell of the last batch in the newest snapshot. */
  get snapshotCell(): number {
    return this.#schedule?.cell ?? 0;
  }

  sealed(generation: number, executor: Executor): void {
    this.#pending.push(generation);
    if (this.#replaying) {
      // A run that was built before need not be built again.
      if (this.#pending.length === 1 && this.#isBuilt(generation, executor)) this.#publishNext(executor);
      if (this.#schedule?.isDueInRecovery(executor) !== true) return;
    }
    this.#buildPending(executor);
    if (this.#pending.length === 0 && this.#schedule?.isDue(executor) === true) this.#snapshot(executor);
  }

  publish(executor: Executor, wait: boolean): void {
    if (wait) this.#buildNext(executor);
    else if (this.#turnsLeft > 0 && --this.#turnsLeft === 0) this.#buildPending(executor);
  }

  waitForBuilder(): void {
    assert(false, 'nobody follows an image on this thread');
  }

  /**
   * The journal is replayed, and this thread goes on building. Not called where a builder's thread takes over what is
   * sealed.
   */
  replayed(executor: Executor): void {
    this.#replaying = false;
    this.#buildPending(executor);
  }

  /** Before a ledger is closed: leaves little to be replayed. */
  close(executor: Executor): void {
    if (this.#schedule?.isDueAtClose(executor) !== true) return;
    executor.seal();
    // A caller that closes the ledger must hear that there is no room.
    while (this.#pending.length > 0) this.#buildNext(executor);
    if (this.#schedule.isDueAtClose(executor)) this.#snapshot(executor);
  }

  /**
   * A disk that is full is no reason to stop: what is not built is read from memory, and built later. Each time there
   * is no room, that is tried again after twice as many turns.
   */
  #buildPending(executor: Executor): void {
    try {
      while (this.#pending.length > 0) this.#buildNext(executor);
      this.#patience = 1;
      this.#turnsLeft = 0;
      Atomics.store(this.#memory.words, Word.runsFull, Short.nothing);
    } catch (error) {
      Atomics.store(this.#memory.words, Word.runsFull, shortOf(error));
      this.#turnsLeft = this.#patience;
      this.#patience = Math.min(this.#patience * 2, PATIENCE_MAX);
    }
  }

  #buildNext(executor: Executor): void {
    const generation = this.#pending[0];
    assert(generation !== undefined, 'whoever waits for a run has sealed a generation');
    finish(this.#builder.build(generation, executor.history.runs.length));
    this.#publishNext(executor);
  }

  #publishNext(executor: Executor): void {
    executor.publishRun(`${this.#runs}/${runName(executor.history.runs.length)}`);
    this.#pending.shift();
  }

  /** Whether the next run is there and holds just this generation; one that is damaged is made again. */
  #isBuilt(generation: number, { machine, history }: Executor): boolean {
    const { storage, ledgerId } = this.#place;
    const path = `${this.#runs}/${runName(history.runs.length)}`;
    if (!storage.exists(path)) return false;
    try {
      const run = Run.open(storage, path, ledgerId);
      run.close();
      return (
        run.firstEntry === machine.generationFirstEntry(generation) && run.count === machine.generationCount(generation)
      );
    } catch (error) {
      if (error instanceof TallystickError && error.code === 'run_corrupt') return false;
      throw error;
    }
  }

  get #runs(): string {
    return `${this.#place.folder}/${Folders.runs}`;
  }

  #snapshot(executor: Executor): void {
    this.#schedule?.taken(executor);
    finish(writeSnapshot(this.#memory, this.#place, takeImage(executor, false), () => true));
  }
}
