/** The machine's thread: executes batches, answers lookups and queries, publishes runs. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { CellReader } from '../journal/index.ts';
import { State } from '../machine/index.ts';
import { DiskStorage, MemoryStorage } from '../platform/index.ts';
import { MachineAgent } from './agents.ts';
import type { BuilderReply, BuilderTask } from './builder-thread.ts';
import { Folders, takeImage } from './builds.ts';
import { CellStore } from './cell-store.ts';
import { type Builds, Executor } from './executor.ts';
import { Word } from './memory.ts';
import { openRunsUpTo, readerOf } from './runs.ts';
import { runThread, stopping, threadData, threadMemory, waitForCursor } from './thread.ts';
import type { ThreadData } from './threads.ts';

/** Requests executed before the cursor and finished runs are looked at again. */
const REQUESTS_MAX = 64;

runThread(() => {
  const data = threadData<ThreadData & { readonly port: MessagePort }>();
  const memory = threadMemory(data);
  const { words } = memory;
  const durable = data.path !== undefined;
  const storage = durable ? new DiskStorage() : new MemoryStorage();
  const store = durable ? undefined : new CellStore();
  const journal = durable ? new CellReader(storage, `${data.path}/${Folders.journal}`) : undefined;
  const runsFolder = `${data.path ?? ''}/${Folders.runs}`;
  let builtSeen = 0;
  let sealedCount = 0;

  const builds: Builds = {
    sealed: (generation, executor) => {
      const task: BuilderTask = {
        generation,
        number: executor.history.runs.length + unpublished(),
        position: agent.position,
        image: durable ? takeImage(executor) : undefined,
      };
      data.port.postMessage(task);
      sealedCount++;
      Atomics.add(words, Word.sealed, 1);
      Atomics.notify(words, Word.sealed);
    },
    publish: (executor, wait) => {
      let built = Atomics.load(words, Word.built);
      while (wait && built === builtSeen) {
        Atomics.wait(words, Word.built, built, 1000);
        built = Atomics.load(words, Word.built);
        if (stopping(words) && built === builtSeen) throw new Error('the builder has ended');
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
  };
  const unpublished = (): number => sealedCount - builtSeen;

  const folder = {
    storage,
    path: runsFolder,
    ledgerId: data.ledgerId,
    cells: journal === undefined ? store! : readerOf(journal),
  };
  const rowsFirst = Number(memory.view.getBigUint64(memory.layout.machine.state + State.rowsFirst, true));
  const executor = new Executor(memory, folder, builds, rowsFirst);
  executor.machine.attach();
  executor.cell = data.executedCell;
  for (const run of openRunsUpTo(storage, runsFolder, data.ledgerId, executor.machine.generationStart)) {
    executor.history.addRun(run);
  }
  const agent = new MachineAgent(memory, executor, store);
  const waitForReplies = (read: number): void => {
    Atomics.wait(words, Word.repliesRead, read, 100);
    if (stopping(words)) throw new Error('the engine ended while replies were waiting to be read');
  };
  for (;;) {
    const seen = agent.position;
    if (agent.doWork(REQUESTS_MAX, waitForReplies)) continue;
    if (stopping(words)) break;
    waitForCursor(words, seen, Word.machineSleeps, data.wait, 0);
  }
  for (const run of executor.history.runs) run.close();
  journal?.close();
  data.port.close();
  return { kind: 'ended' };
});
