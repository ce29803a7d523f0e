/** The machine's thread: brings the ledger back, then executes batches, answers lookups and queries, publishes runs. */

import { type CellReader, Fence, LostFound } from '../journal/index.ts';
import { StateOffset, TallystickError } from '../model/index.ts';
import { DiskStorage, MemoryStorage, type Storage } from '../platform/index.ts';
import { prepareRuns } from '../projector/index.ts';
import { ahead } from '../ring/index.ts';
import type { MachineData } from './agent-thread.ts';
import { MachineAgent } from './agents.ts';
import { Folders, SnapshotSchedule } from './builds.ts';
import { Executor } from './executor.ts';
import { type EngineMemory, endThread, Word } from './memory.ts';
import { type Recovered, recover } from './recover.ts';
import { noCells, readerOf } from './runs.ts';
import { beat, failing, runThreadWith, sayReady, stopping, threadMemory, waitForCursor } from './thread.ts';
import { ThreadBuilds } from './thread-builds.ts';
import { touch } from './touch.ts';

/** Cells that stay empty where a batch did not fit the rest of a segment. */
const CELLS_SKIPPED_MAX = 8192;
/** Requests executed before the cursor and finished runs are looked at again. */
const REQUESTS_MAX = 64;
/** For how long the machine waits for room for answers before it looks at the cursor again. */
const ANSWERS_WAIT_MS = 1;
/**
 * While others write or look up, the machine sleeps for so long behind each slice of a query; the next request wakes
 * it. A thread that never sleeps keeps those that share its core with it waiting for the scheduler's next tick, some
 * milliseconds.
 */
const REST_MS = 0.02;

class MachineThread {
  readonly #data: MachineData;
  readonly #memory: EngineMemory;
  readonly #words: Int32Array;
  readonly #storage: Storage;
  readonly #cells: CellReader | undefined;
  readonly #executor: Executor;
  readonly #builds: ThreadBuilds;
  readonly #agent: MachineAgent;

  constructor(data: MachineData) {
    this.#data = data;
    const memory = threadMemory(data);
    this.#memory = memory;
    this.#words = memory.words;
    this.#storage = data.path === undefined ? new MemoryStorage() : new DiskStorage();
    if (data.path !== undefined) prepareRuns(this.#storage);
    const recovered = this.#recover();
    this.#cells = recovered?.cells;
    const schedule = recovered && new SnapshotSchedule(recovered.builds.snapshotCell);
    this.#builds = new ThreadBuilds(memory, this.#storage, data.port, schedule, () => this.#agent.position);
    this.#executor = this.#execute(recovered);
    this.#agent = this.#agentOf();
    this.#builds.begin(this.#executor);
    if (data.reserve > 0) touch(memory, data.reserve);
    sayReady(
      recovered && {
        recovery: recovered.recovery,
        position: recovered.position,
        window: recovered.executor.window!.toBytes(),
      },
    );
  }

  run(): { kind: 'ended' } {
    try {
      this.#work();
      if (!failing(this.#words)) this.#builds.close(this.#executor);
    } finally {
      endThread(this.#words, 'machine');
    }
    // The port must not be closed before the builder has its last task.
    while (!this.#builds.builderHasEnded)
      Atomics.wait(this.#words, Word.built, Atomics.load(this.#words, Word.built), 10);
    for (const run of this.#executor.history.runs) run.close();
    this.#cells?.close();
    this.#data.port.close();
    return { kind: 'ended' };
  }

  /** Brings back what the folder holds; undefined where there is none. */
  #recover(): Recovered | undefined {
    const { path, ledgerId, fence, recovery } = this.#data;
    if (path === undefined || recovery === undefined) return undefined;
    const lostFound = new LostFound(this.#storage, path, fence);
    const pause = (): void => {
      beat(this.#words, Word.machineBeats);
      if (stopping(this.#words)) throw new TallystickError('closed', `opening ${path} was aborted`);
    };
    const recovered = recover(this.#storage, path, this.#memory, { ...recovery, ledgerId, lostFound, pause });
    // From now on the journal's thread says what is durable.
    recovered.cells.follow(this.#memory.liveSums());
    return recovered;
  }

  /** The executor that goes on: generations that recovery has sealed are left to the builder's thread. */
  #execute(recovered: Recovered | undefined): Executor {
    const { path, ledgerId } = this.#data;
    const memory = this.#memory;
    const rowsFirst = Number(memory.view.getBigUint64(memory.layout.machine.state + StateOffset.rowsFirst, true));
    const cells = this.#cells;
    const folder = {
      storage: this.#storage,
      path: `${path ?? ''}/${Folders.runs}`,
      ledgerId,
      cells: cells === undefined ? noCells : readerOf(cells, (cell) => this.#waitForJournal(cell)),
    };
    const executor = new Executor(memory, folder, this.#builds, rowsFirst, recovered?.executor.window);
    if (recovered === undefined) {
      executor.machine.initialize();
      return executor;
    }
    executor.machine.attach();
    executor.cell = recovered.executor.cell;
    for (const run of recovered.executor.history.runs) executor.history.addRun(run);
    return executor;
  }

  #agentOf(): MachineAgent {
    const { path, fence } = this.#data;
    if (path === undefined) return new MachineAgent(this.#memory, this.#executor);
    const held = Fence.held(this.#storage, path, fence);
    return new MachineAgent(this.#memory, this.#executor, { checkFence: () => held.check() });
  }

  /**
   * The ring of rows mostly knows what the journal may not have yet. Not always: a few pulses can push thousands of
   * expiries through it, which have no cells, while the disk is slow.
   */
  #waitForJournal(cell: number): void {
    const words = this.#words;
    if (this.#executor.cell - cell > this.#memory.layout.ring.cellsCount + CELLS_SKIPPED_MAX) return;
    for (;;) {
      const journaled = Atomics.load(words, Word.journaled);
      if (ahead(journaled, this.#agent.position) <= 0) return;
      if (failing(words)) throw new Error('the engine ended while cells were waiting to be durable');
      Atomics.wait(words, Word.journaled, journaled, 1);
    }
  }

  #waitForReplies(read: number): void {
    Atomics.wait(this.#words, Word.repliesRead, read, 100);
    if (stopping(this.#words)) throw new Error('the engine ended while replies were waiting to be read');
  }

  #work(): void {
    const words = this.#words;
    const agent = this.#agent;
    const waitForReplies = (read: number): void => this.#waitForReplies(read);
    for (;;) {
      beat(words, Word.machineBeats);
      const seen = agent.position;
      // Looked at first: what was published before the engine stopped is still to be passed.
      const ending = stopping(words);
      const worked = agent.doWork(REQUESTS_MAX, waitForReplies);
      const sliced = agent.query();
      if (sliced && !worked && agent.othersAsk) {
        waitForCursor(words, agent.position, Word.machineSleeps, 'blocking', 0, REST_MS);
      }
      if (sliced || worked) continue;
      if (ending) return;
      if (agent.openQueries > 0) {
        // An answer waits for room, which the egress makes as it reads.
        Atomics.wait(words, Word.answersRead, Atomics.load(words, Word.answersRead), ANSWERS_WAIT_MS);
        continue;
      }
      waitForCursor(words, seen, Word.machineSleeps, this.#data.wait, 0, 1000);
    }
  }
}

runThreadWith((data: MachineData) => new MachineThread(data).run());
