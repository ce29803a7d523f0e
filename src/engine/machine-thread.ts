/** The machine's thread: executes batches, answers lookups and queries, publishes runs. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { CellReader, Fence } from '../journal/index.ts';
import { State, waitForBefores } from '../machine/index.ts';
import { DiskStorage, MemoryStorage } from '../platform/index.ts';
import { ahead } from '../ring/index.ts';
import { MachineAgent } from './agents.ts';
import type { BuilderReply, BuilderTask } from './builder-thread.ts';
import { Folders, type Image, SnapshotSchedule, takeImage } from './builds.ts';
import { type Builds, Executor } from './executor.ts';
import { endThread, Word } from './memory.ts';
import { noCells, openRunsUpTo, readerOf } from './runs.ts';
import {
  BuilderEnded,
  failing,
  runThread,
  sayReady,
  stopping,
  threadData,
  threadMemory,
  waitForCursor,
} from './thread.ts';
import type { ThreadData } from './threads.ts';
import { touch } from './touch.ts';

/** Cells that stay empty where a batch did not fit the rest of a segment. */
const CELLS_SKIPPED_MAX = 8192;
/** Requests executed before the cursor and finished runs are looked at again. */
const REQUESTS_MAX = 64;

runThread(() => {
  const data = threadData<ThreadData & { readonly port: MessagePort }>();
  const memory = threadMemory(data);
  const { words } = memory;
  const durable = data.path !== undefined;
  const storage = durable ? new DiskStorage() : new MemoryStorage();
  const journal = durable
    ? new CellReader(storage, `${data.path}/${Folders.journal}`, data.ledgerId, memory.liveSums())
    : undefined;
  const runsFolder = `${data.path ?? ''}/${Folders.runs}`;
  const schedule = durable ? new SnapshotSchedule(data.snapshotCell) : undefined;
  let builtSeen = 0;
  /** Also the number of the next run. */
  let sealedCount = 0;
  let closing = false;

  /** Without a disk, generations stay as they are until all are in use: nothing is gained by building runs earlier. */
  const delayed: BuilderTask[] = [];
  const post = (task: BuilderTask): void => {
    data.port.postMessage(task);
    Atomics.add(words, Word.sealed, 1);
    Atomics.notify(words, Word.sealed);
  };
  const builderHasEnded = (): boolean => Atomics.load(words, Word.builderEnded) === 1;
  const builds: Builds = {
    sealed: (generation, executor) => {
      let image: Image | undefined;
      if (!closing && !executor.machine.imageIsOpen && schedule?.isDue(executor) === true) {
        image = takeImage(executor, true);
        schedule.taken(executor);
      }
      const task: BuilderTask = { run: { generation, number: sealedCount++ }, position: agent.position, image };
      if (durable) post(task);
      else delayed.push(task);
    },
    publish: (executor, wait) => {
      if (wait && delayed.length > 0) post(delayed.shift()!);
      let built = Atomics.load(words, Word.built);
      while (wait && built === builtSeen) {
        Atomics.wait(words, Word.built, built, 1000);
        built = Atomics.load(words, Word.built);
        if (builderHasEnded() && built === builtSeen) throw new BuilderEnded('the builder has ended');
      }
      while (builtSeen !== built) {
        const reply = receiveMessageOnPort(data.port)?.message as BuilderReply | undefined;
        // The word may be ahead of the port by a moment.
        if (reply === undefined) {
          Atomics.wait(words, Word.stop, 0, 1);
          continue;
        }
        builtSeen = (builtSeen + 1) | 0;
        if (reply.bytes !== undefined) {
          const file = storage.open(reply.path, { mode: 'create' });
          file.write(reply.bytes, 0);
          file.close();
        }
        executor.publishRun(reply.path);
      }
    },
    waitForBuilder: () => {
      waitForBefores(memory.memory, memory.layout.machine, 100);
      if (builderHasEnded()) throw new BuilderEnded('the builder has ended');
    },
  };
  /**
   * The ring of rows mostly knows what the journal may not have yet. Not always: a few pulses can push thousands of expiries through it, which have
   * no cells, while the disk is slow.
   */
  const waitForJournal = (cell: number): void => {
    if (executor.cell - cell > memory.layout.ring.cellsCount + CELLS_SKIPPED_MAX) return;
    for (;;) {
      const journaled = Atomics.load(words, Word.journaled);
      if (ahead(journaled, agent.position) <= 0) return;
      if (failing(words)) throw new Error('the engine ended while cells were waiting to be durable');
      Atomics.wait(words, Word.journaled, journaled, 1);
    }
  };
  const folder = {
    storage,
    path: runsFolder,
    ledgerId: data.ledgerId,
    cells: journal === undefined ? noCells : readerOf(journal, waitForJournal),
  };
  const rowsFirst = Number(memory.view.getBigUint64(memory.layout.machine.state + State.rowsFirst, true));
  const executor = new Executor(memory, folder, builds, rowsFirst);
  executor.machine.attach();
  executor.cell = data.executedCell;
  const { machine } = executor;
  const sealed = machine.sealedGenerations;
  const inRuns = sealed.length === 0 ? machine.generationStart : machine.generationFirstEntry(sealed[0]!);
  for (const run of openRunsUpTo(storage, runsFolder, data.ledgerId, inRuns)) executor.history.addRun(run);
  sealedCount = executor.history.runs.length;
  const fence = data.path === undefined ? undefined : Fence.held(storage, data.path, data.fence);
  const agent = new MachineAgent(memory, executor, fence === undefined ? {} : { checkFence: () => fence.check() });
  // Recovery has left them to the builder.
  for (const generation of sealed) {
    post({ run: { generation, number: sealedCount++ }, position: agent.position, image: undefined });
  }
  if (data.reserve > 0) touch(memory, data.reserve);
  sayReady();
  const waitForReplies = (read: number): void => {
    Atomics.wait(words, Word.repliesRead, read, 100);
    if (stopping(words)) throw new Error('the engine ended while replies were waiting to be read');
  };
  const work = (): void => {
    for (;;) {
      const seen = agent.position;
      // Looked at first: what was published before the engine stopped is still to be passed.
      const ending = stopping(words);
      if (agent.doWork(REQUESTS_MAX, waitForReplies)) continue;
      if (ending) return;
      waitForCursor(words, seen, Word.machineSleeps, data.wait, 0, 1000);
    }
  };
  /** Leaves little to be replayed. Nothing changes any more, so the builder reads what lies there. */
  const close = (): void => {
    if (failing(words) || schedule?.isDueAtClose(executor) !== true) return;
    closing = true;
    executor.seal();
    post({ run: undefined, position: agent.position, image: takeImage(executor, false) });
  };
  try {
    work();
    close();
  } finally {
    endThread(words, 'machine');
  }
  // The port must not be closed before the builder has its last task.
  while (!builderHasEnded()) Atomics.wait(words, Word.built, Atomics.load(words, Word.built), 10);
  for (const run of executor.history.runs) run.close();
  journal?.close();
  data.port.close();
  return { kind: 'ended' };
});
