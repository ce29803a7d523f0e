/** The machine's side of the builder's thread: hands over what is sealed, takes back runs that are ready. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { waitForBefores } from '../machine/index.ts';
import type { Storage } from '../platform/index.ts';
import type { BuilderReply, BuilderTask } from './builder-agent.ts';
import { type Image, type SnapshotSchedule, takeImage } from './builds.ts';
import type { Builds, Executor } from './executor.ts';
import { type EngineMemory, Word } from './memory.ts';
import { BuilderEnded } from './thread.ts';

export class ThreadBuilds implements Builds {
  readonly #memory: EngineMemory;
  readonly #storage: Storage;
  readonly #port: MessagePort;
  /** Undefined without a disk. */
  readonly #schedule: SnapshotSchedule | undefined;
  /** Ring position behind the last request executed. */
  readonly #position: () => number;
  /** Without a disk, generations stay as they are until all are in use: nothing is gained by building runs earlier. */
  readonly #delayed: BuilderTask[] = [];
  #builtSeen = 0;
  /** Also the number of the next run. */
  #sealedCount = 0;
  #closing = false;

  constructor(
    memory: EngineMemory,
    storage: Storage,
    port: MessagePort,
    schedule: SnapshotSchedule | undefined,
    position: () => number,
  ) {
    this.#memory = memory;
    this.#storage = storage;
    this.#port = port;
    this.#schedule = schedule;
    this.#position = position;
  }

  /** Goes on behind the runs that are there; generations that recovery left sealed are built first. */
  begin(executor: Executor): void {
    this.#sealedCount = executor.history.runs.length;
    for (const generation of executor.machine.sealedGenerations) this.#post(this.#taskOf(generation, undefined));
  }

  sealed(generation: number, executor: Executor): void {
    let image: Image | undefined;
    if (!this.#closing && !executor.machine.imageIsOpen && this.#schedule?.isDue(executor) === true) {
      image = takeImage(executor, true);
      this.#schedule.taken(executor);
    }
    const task = this.#taskOf(generation, image);
    if (this.#schedule === undefined) this.#delayed.push(task);
    else this.#post(task);
  }

  publish(executor: Executor, wait: boolean): void {
    const { words } = this.#memory;
    if (wait && this.#delayed.length > 0) this.#post(this.#delayed.shift()!);
    const built = wait ? this.#waitForRun() : Atomics.load(words, Word.built);
    while (this.#builtSeen !== built) {
      const reply = receiveMessageOnPort(this.#port)?.message as BuilderReply | undefined;
      // The word may be ahead of the port by a moment.
      if (reply === undefined) {
        Atomics.wait(words, Word.stop, 0, 1);
        continue;
      }
      this.#builtSeen = (this.#builtSeen + 1) | 0;
      if (reply.bytes !== undefined) {
        const file = this.#storage.open(reply.path, { mode: 'create' });
        file.write(reply.bytes, 0);
        file.close();
      }
      executor.publishRun(reply.path);
    }
  }

  waitForBuilder(): void {
    const { memory, layout } = this.#memory;
    waitForBefores(memory, layout.machine, 100);
    if (this.builderHasEnded) throw new BuilderEnded('the builder has ended');
  }

  /** Leaves little to be replayed. Nothing changes any more, so the builder reads what lies there. */
  close(executor: Executor): void {
    if (this.#schedule?.isDueAtClose(executor) !== true) return;
    this.#closing = true;
    executor.seal();
    this.#post({ run: undefined, position: this.#position(), image: takeImage(executor, false) });
  }

  get builderHasEnded(): boolean {
    return Atomics.load(this.#memory.words, Word.builderEnded) === 1;
  }

  #waitForRun(): number {
    const { words } = this.#memory;
    Atomics.store(words, Word.runNeeded, 1);
    let built = Atomics.load(words, Word.built);
    while (built === this.#builtSeen) {
      Atomics.wait(words, Word.built, built, 1000);
      built = Atomics.load(words, Word.built);
      if (this.builderHasEnded && built === this.#builtSeen) throw new BuilderEnded('the builder has ended');
    }
    Atomics.store(words, Word.runNeeded, 0);
    return built;
  }

  #taskOf(generation: number, image: Image | undefined): BuilderTask {
    return { run: { generation, number: this.#sealedCount++ }, position: this.#position(), image };
  }

  #post(task: BuilderTask): void {
    const { words } = this.#memory;
    this.#port.postMessage(task);
    Atomics.add(words, Word.sealed, 1);
    Atomics.notify(words, Word.sealed);
  }
}
