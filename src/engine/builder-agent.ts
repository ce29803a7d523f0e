/** The builder: makes runs of sealed generations, and snapshots of images, in steps, while the machine goes on. */

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { SNAPSHOT_STAGING_SIZE } from '../journal/index.ts';
import { Short } from '../model/index.ts';
import { DiskStorage, MemoryStorage, type Storage } from '../platform/index.ts';
import { RunBuilder, warmRun } from '../projector/index.ts';
import { ahead } from '../ring/index.ts';
import type { BuilderData } from './agent-thread.ts';
import { Folders, type Image, type SnapshotPlace, shortOf, writeSnapshot } from './builds.ts';
import { type EngineMemory, Word } from './memory.ts';
import { stopping } from './thread.ts';

/** From the machine's thread. */
export interface BuilderTask {
  /** The generation to be made a run of, and the run's number. */
  readonly run: { readonly generation: number; readonly number: number } | undefined;
  /** Ring position behind the last batch in it: runs and snapshots never know more than the journal. */
  readonly position: number;
  /** To be made a snapshot of. If another is still being written, that one is given up. */
  readonly image: Image | undefined;
}

/** To the machine's thread. */
export interface BuilderReply {
  readonly path: string;
  /** The run's file, when there is no disk between us. */
  readonly bytes: Uint8Array | undefined;
}

type SnapshotSteps = Generator<'writing' | 'written', void>;

/**
 * After so long without work, ms, the builder reads back what it wrote, a step at a time with so long a pause between.
 */
const IDLE_MS = 1000;
const WARM_PAUSE_MS = 2;
/**
 * Between steps, while there is time: being nice is not enough, as a thread that runs is left running for milliseconds
 * (docs/adr/0012-lanes.md).
 */
const PAUSE_MS = 0.05;
/** Before a run is begun again for which the disk had no room. */
const FULL_PAUSE_MS = 500;
/**
 * Steps of a snapshot for one of a run: the sooner it is written, the fewer before-images there are. One for one when
 * the next generation is full already.
 */
const SNAPSHOT_STEPS = 8;

export class BuilderAgent {
  readonly #memory: EngineMemory;
  readonly #words: Int32Array;
  readonly #port: MessagePort;
  readonly #durable: boolean;
  readonly #storage: Storage;
  readonly #place: SnapshotPlace;
  readonly #builder: RunBuilder;
  /** Entries that there may be since the newest run was begun before it becomes urgent. */
  readonly #entriesOfLeisure: number;
  /** Nobody wakes us from it. */
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));
  readonly #tasks: BuilderTask[] = [];
  #run: Generator<void, string> | undefined;
  #running: BuilderTask['run'];
  #snapshot: SnapshotSteps | undefined;
  /** Snapshots that are written and wait for their runs, oldest first. */
  #written: SnapshotSteps[] = [];
  #runsStarted = 0;
  #runsBuilt = 0;
  /** Entries that there were when the newest run was begun. */
  #entriesAtStart = 0;
  /** Runs that the page cache does not have yet: queries would bring them in chunk by chunk, and wait. */
  readonly #cold: Generator<void, void>[] = [];
  #idle = false;

  constructor(memory: EngineMemory, { path, ledgerId, port }: BuilderData) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#port = port;
    this.#durable = path !== undefined;
    this.#storage = path === undefined ? new MemoryStorage() : new DiskStorage();
    const folder = path ?? '';
    const runsFolder = `${folder}/${Folders.runs}`;
    this.#storage.makeFolder(runsFolder);
    const layout = { ...memory.layout.history, rowsFirst: 0 };
    this.#entriesOfLeisure = 2 ** (layout.log2Entries - 1);
    this.#builder = new RunBuilder(this.#storage, runsFolder, memory.memory, layout, ledgerId);
    const staging = this.#storage.buffer(SNAPSHOT_STAGING_SIZE);
    this.#place = { storage: this.#storage, folder, ledgerId, staging };
  }

  /** Tasks that were not begun. */
  get waiting(): number {
    return this.#tasks.length;
  }

  /** Takes a task if there is one and does some steps of what was begun. False when there was neither. */
  doWork(): boolean {
    const task = receiveMessageOnPort(this.#port)?.message as BuilderTask | undefined;
    if (task !== undefined) this.#tasks.push(task);
    this.#takeNext();
    // In turns, so that neither a run that the machine waits for nor before-images that it has no more room for wait
    // for the other's end.
    const worked = this.#run !== undefined || this.#snapshot !== undefined;
    const steps = this.#tasks.length > 0 ? 1 : SNAPSHOT_STEPS;
    for (let k = 0; k < steps && this.#snapshot !== undefined; k++) this.#stepSnapshot(this.#snapshot);
    if (this.#run !== undefined) this.#stepRun(this.#run);
    if (!worked && task === undefined) return false;
    this.#idle = false;
    if (this.#isAtLeisure) Atomics.wait(this.#pause, 0, 0, PAUSE_MS);
    return true;
  }

  /** Waits for a task, whose coming moves the word away from `seen`; when none has come for a while, warms runs. */
  rest(seen: number): void {
    const patience = this.#idle && this.#cold.length > 0 ? WARM_PAUSE_MS : IDLE_MS;
    this.#idle = Atomics.wait(this.#words, Word.sealed, seen, patience) === 'timed-out';
    if (!this.#idle || this.#cold.length === 0) return;
    try {
      if (this.#cold[0]!.next().done === true) this.#cold.shift();
    } catch {
      // A query that needs a run which cannot be read will report it.
      this.#cold.shift();
    }
  }

  /** Lets go of everything: half-written files are drafts, and no reader looks at them. */
  close(): void {
    for (const steps of [this.#snapshot, ...this.#written]) steps?.return();
    this.#run?.return('');
    for (const warming of this.#cold) warming.return();
    this.#port.close();
  }

  /** Begins the oldest task if it may: one run at a time, nothing that is not in the journal. */
  #takeNext(): void {
    const task = this.#tasks[0];
    if (task === undefined || this.#run !== undefined) return;
    if (this.#durable && ahead(task.position, Atomics.load(this.#words, Word.journaled)) < 0) return;
    this.#tasks.shift();
    if (task.run !== undefined) {
      this.#entriesAtStart = this.#memory.entries;
      this.#running = task.run;
      this.#run = this.#builder.build(task.run.generation, task.run.number);
      this.#runsStarted++;
    }
    if (task.image !== undefined) {
      const runsNeeded = this.#runsStarted;
      this.#snapshot?.return();
      this.#snapshot = writeSnapshot(this.#memory, this.#place, task.image, () => this.#runsBuilt >= runsNeeded);
    }
  }

  /** Nothing else waits, and the machine has not filled half of what it fills while we build. */
  get #isAtLeisure(): boolean {
    return this.#tasks.length === 0 && this.#memory.entries - this.#entriesAtStart < this.#entriesOfLeisure;
  }

  /**
   * The next step. A disk or memory that is full is no reason to stop: the run is begun again in a while, and until
   * then its generation is read from memory.
   */
  #attempt(steps: Generator<void, string>): IteratorResult<void, string> | undefined {
    try {
      return steps.next();
    } catch (error) {
      const short = shortOf(error);
      // A caller that closes the ledger, or a machine without memory for entries, must hear of it and not wait for room
      // that may never come.
      if (stopping(this.#words) || Atomics.load(this.#words, Word.runNeeded) === 1) throw error;
      Atomics.store(this.#words, Word.runsFull, short);
      Atomics.wait(this.#pause, 0, 0, FULL_PAUSE_MS);
      this.#run = this.#builder.build(this.#running!.generation, this.#running!.number);
      return undefined;
    }
  }

  #stepSnapshot(steps: SnapshotSteps): void {
    const step = steps.next();
    if (step.done !== true && step.value === 'writing') return;
    this.#snapshot = undefined;
    if (step.done !== true) this.#written.push(steps);
  }

  #stepRun(steps: Generator<void, string>): void {
    const step = this.#attempt(steps);
    if (step?.done !== true) return;
    this.#run = undefined;
    this.#runsBuilt++;
    Atomics.store(this.#words, Word.runsFull, Short.nothing);
    this.#written = this.#written.filter((waiting) => waiting.next().done !== true);
    const path = step.value;
    const bytes = this.#durable ? undefined : this.#takeFile(path);
    if (this.#durable) this.#cold.push(warmRun(this.#storage, path));
    const reply: BuilderReply = { path, bytes };
    this.#port.postMessage(reply, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer]);
    Atomics.add(this.#words, Word.built, 1);
    Atomics.notify(this.#words, Word.built);
  }

  #takeFile(path: string): Uint8Array {
    const file = this.#storage.open(path, { mode: 'read' });
    const bytes = new Uint8Array(file.size());
    file.read(bytes, 0);
    file.close();
    this.#storage.remove(path);
    return bytes;
  }
}
