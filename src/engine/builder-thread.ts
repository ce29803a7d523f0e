/** The builder's thread: makes runs of sealed generations, and snapshots of images, while the machine goes on. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { SNAPSHOT_STAGING_SIZE } from '../journal/index.ts';
import { DiskStorage, MemoryStorage, yieldToOthers } from '../platform/index.ts';
import { RunBuilder, warmRun } from '../projector/index.ts';
import { ahead } from '../ring/index.ts';
import { Folders, type Image, writeSnapshot } from './builds.ts';
import { endThread, Word } from './memory.ts';
import { failing, runThread, threadData, threadMemory } from './thread.ts';
import type { ThreadData } from './threads.ts';

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

/** After so long without work, ms, the builder reads back what it wrote, a step at a time with so long a pause between. */
const IDLE_MS = 1000;
const WARM_PAUSE_MS = 2;

/** The builder has a whole generation's time for each; machine and journal hold up callers. */
const NICE = 10;
/** Between steps, while there is time: being nice is not enough, as a thread that runs is left running for milliseconds (docs/adr/0012-lanes.md). */
const PAUSE_MS = 0.05;
/** Steps of a snapshot for one of a run: the sooner it is written, the fewer before-images there are. One for one when the next generation is full already. */
const SNAPSHOT_STEPS = 8;

runThread(() => {
  yieldToOthers(NICE);
  const data = threadData<ThreadData & { readonly port: MessagePort }>();
  const memory = threadMemory(data);
  const { words } = memory;
  const durable = data.path !== undefined;
  const storage = durable ? new DiskStorage() : new MemoryStorage();
  const runsFolder = `${data.path ?? ''}/${Folders.runs}`;
  storage.makeFolder(runsFolder);
  const layout = { ...memory.layout.history, rowsFirst: 0 };
  const builder = new RunBuilder(storage, runsFolder, memory.memory, layout, data.ledgerId);
  const place = {
    storage,
    folder: data.path ?? '',
    ledgerId: data.ledgerId,
    staging: storage.buffer(SNAPSHOT_STAGING_SIZE),
  };
  /** Nobody wakes us from it. */
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const tasks: BuilderTask[] = [];
  let run: Generator<void, string> | undefined;
  let snapshot: Generator<'writing' | 'written', void> | undefined;
  /** Snapshots that are written and wait for their runs, oldest first. */
  let written: Generator<'writing' | 'written', void>[] = [];
  let runsStarted = 0;
  /** Entries that there were when the newest run was begun, and how many more there may be before it becomes urgent. */
  let built = 0;
  const entriesOfLeisure = 2 ** (layout.log2Entries - 1);
  let runsBuilt = 0;
  /** Runs that the page cache does not have yet: queries would bring them in chunk by chunk, and wait. */
  const cold: Generator<void, void>[] = [];
  let idle = false;

  try {
    for (;;) {
      const seen = Atomics.load(words, Word.sealed);
      const ended = Atomics.load(words, Word.machineEnded) === 1;
      const task = receiveMessageOnPort(data.port)?.message as BuilderTask | undefined;
      if (task !== undefined) tasks.push(task);
      if (failing(words)) break;
      takeNext();
      // In turns, so that neither a run that the machine waits for nor before-images that it has no more room for wait for the other's end.
      const worked = run !== undefined || snapshot !== undefined;
      const steps = tasks.length > 0 ? 1 : SNAPSHOT_STEPS;
      for (let k = 0; k < steps && snapshot !== undefined; k++) stepSnapshot(snapshot);
      if (run !== undefined) stepRun(run);
      if (worked || task !== undefined) {
        idle = false;
        if (atLeisure()) Atomics.wait(pause, 0, 0, PAUSE_MS);
        continue;
      }
      if (tasks.length > 0) Atomics.wait(words, Word.journaled, Atomics.load(words, Word.journaled), 2);
      else if (ended) break;
      else rest(seen);
    }
  } finally {
    // Whatever is half written is a draft that nobody looks at.
    for (const steps of [snapshot, ...written]) steps?.return();
    run?.return('');
    for (const warming of cold) warming.return();
    data.port.close();
    endThread(words, 'builder');
  }
  return { kind: 'ended' };

  /** Begins the oldest task if it may: one run at a time, nothing that is not in the journal. */
  function takeNext(): void {
    const task = tasks[0];
    if (task === undefined || run !== undefined) return;
    if (durable && ahead(task.position, Atomics.load(words, Word.journaled)) < 0) return;
    tasks.shift();
    if (task.run !== undefined) {
      built = memory.entries;
      run = builder.build(task.run.generation, task.run.number);
      runsStarted++;
    }
    if (task.image !== undefined) {
      const runsNeeded = runsStarted;
      snapshot?.return();
      snapshot = writeSnapshot(memory, place, task.image, () => runsBuilt >= runsNeeded);
    }
  }

  /** Nothing else waits, and the machine has not filled half of what it fills while we build. */
  function atLeisure(): boolean {
    return tasks.length === 0 && memory.entries - built < entriesOfLeisure;
  }

  /** Waits for a task; when none has come for a while, warms runs. */
  function rest(seen: number): void {
    const patience: number = idle && cold.length > 0 ? WARM_PAUSE_MS : IDLE_MS;
    idle = Atomics.wait(words, Word.sealed, seen, patience) === 'timed-out';
    if (!idle || cold.length === 0) return;
    try {
      if (cold[0]!.next().done === true) cold.shift();
    } catch {
      // A run that cannot be read is for whoever needs it to complain of.
      cold.shift();
    }
  }

  function stepSnapshot(steps: Generator<'writing' | 'written', void>): void {
    const step = steps.next();
    if (step.done !== true && step.value === 'writing') return;
    snapshot = undefined;
    if (step.done !== true) written.push(steps);
  }

  function stepRun(steps: Generator<void, string>): void {
    const step = steps.next();
    if (step.done !== true) return;
    run = undefined;
    runsBuilt++;
    written = written.filter((waiting) => waiting.next().done !== true);
    const path = step.value;
    let bytes: Uint8Array | undefined;
    if (!durable) {
      const file = storage.open(path, { mode: 'read' });
      bytes = new Uint8Array(file.size());
      file.read(bytes, 0);
      file.close();
      storage.remove(path);
    }
    if (durable) cold.push(warmRun(storage, path));
    const reply: BuilderReply = { path, bytes };
    data.port.postMessage(reply, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer]);
    Atomics.add(words, Word.built, 1);
    Atomics.notify(words, Word.built);
  }
});
