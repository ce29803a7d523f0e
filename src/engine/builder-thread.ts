/** The builder's thread: makes runs of sealed generations, and snapshots, while the machine goes on. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { DiskStorage, MemoryStorage, yieldToOthers } from '../platform/index.ts';
import { RunBuilder } from '../projector/index.ts';
import { ahead } from '../ring/index.ts';
import { Folders, type Image, writeSnapshot } from './builds.ts';
import { Word } from './memory.ts';
import { runThread, stopping, threadData, threadMemory } from './thread.ts';
import type { ThreadData } from './threads.ts';

/** From the machine's thread. */
export interface BuilderTask {
  readonly generation: number;
  /** Number of the run. */
  readonly number: number;
  /** Ring position behind the last batch in the generation: a run never knows more than the journal. */
  readonly position: number;
  readonly image: Image | undefined;
}

/** To the machine's thread. */
export interface BuilderReply {
  readonly path: string;
  /** The run's file, when there is no disk between us. */
  readonly bytes: Uint8Array | undefined;
}

/** The builder has a whole generation's time for each; machine and journal hold up callers. */
const NICE = 10;

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

  for (;;) {
    const seen = Atomics.load(words, Word.sealed);
    const task = receiveMessageOnPort(data.port)?.message as BuilderTask | undefined;
    if (task === undefined) {
      if (stopping(words)) break;
      Atomics.wait(words, Word.sealed, seen, 1000);
      continue;
    }
    while (durable && ahead(task.position, Atomics.load(words, Word.journaled)) < 0) {
      if (stopping(words)) return { kind: 'ended' };
      Atomics.wait(words, Word.journaled, Atomics.load(words, Word.journaled), 2);
    }
    const path = steps(builder.build(task.generation, task.number));
    if (path === undefined) break;
    let bytes: Uint8Array | undefined;
    if (!durable) {
      const file = storage.open(path, { mode: 'read' });
      bytes = new Uint8Array(file.size());
      file.read(bytes, 0);
      file.close();
      storage.remove(path);
    }
    const reply: BuilderReply = { path, bytes };
    data.port.postMessage(reply, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer]);
    Atomics.add(words, Word.built, 1);
    Atomics.notify(words, Word.built);
    if (task.image !== undefined) steps(writeSnapshot(storage, data.path!, data.ledgerId, task.image));
  }
  data.port.close();
  return { kind: 'ended' };

  /** Runs to the end; undefined when the engine stops before: what is half written is left as a draft. */
  function steps<T>(generator: Generator<void, T>): T | undefined {
    for (;;) {
      const step = generator.next();
      if (step.done === true) return step.value;
      if (stopping(words)) return undefined;
    }
  }
});
