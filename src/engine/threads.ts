/**
 * The driver with threads: journal, machine and builder each on a thread of its own (the *-thread.ts files), woken
 * through words in the shared memory. On the callers' thread it waits for replies: first by polling between turns of
 * the event loop, then asleep.
 */

import type { MessagePort } from 'node:worker_threads';
import type { Position } from '../journal/index.ts';
import { Stop, type TallystickError } from '../model/index.ts';
import { AgentThread, type BuilderData, type JournalData, type ThreadData } from './agent-thread.ts';
import type { Driver, ThreadBeats } from './driver.ts';
import type { Engine } from './engine.ts';
import { type EngineMemory, endThread, tellToStop, Word } from './memory.ts';

export interface ThreadOptions {
  readonly data: ThreadData;
  /** The machine's thread, which is ready. */
  readonly machine: AgentThread;
  /** The builder's end of the machine's port. */
  readonly port: MessagePort;
  /** Where the journal goes on. */
  readonly position: Position;
  /** Everything is durable up to the position: say so and let go of the folder. */
  readonly end: (position: Position) => void;
  /** Let go of the folder without a word. */
  readonly letGo: () => void;
}

const BEATS = { journal: Word.journalBeats, machine: Word.machineBeats, builder: Word.builderBeats } as const;

/** After the last sign of progress the egress looks again each turn for that long before it sleeps. */
const POLL_MS = 0.3;
/**
 * Each look gives the processor back for so long: spinning would keep it from the very threads that are waited for, and
 * from the kernel's that end a write.
 */
const DOZE_MS = 0.1;
/** After a turn of the event loop that took longer, other work wants the thread. */
const IDLE_TURN_MS = 0.05;
/** With more than that in flight a reply is not about to come at once: sleep. */
const POLL_CELLS_MAX = 2048;

/** In the language since 2024, in Node since 16; the library we compile against is older. */
const { waitAsync } = Atomics as unknown as {
  waitAsync(words: Int32Array, index: number, seen: number): { async: false } | { async: true; value: Promise<string> };
};

export class ThreadDriver implements Driver {
  readonly #engine: Engine;
  readonly #options: ThreadOptions;
  readonly #words: Int32Array;
  /** The first keeps the process alive while a caller waits. */
  readonly #threads: readonly AgentThread[];
  #armed = false;
  #progressAt = 0;
  #polledAt = 0;
  #failed = false;
  #stopping = false;

  /** Throws `engine_failed` when the system refuses a thread; the machine's is the caller's to end then. */
  constructor(engine: Engine, options: ThreadOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#words = engine.memory.words;
    this.#threads = startThreads(engine.memory, options);
    for (const thread of this.#threads) {
      thread.onFailure((error, behindBuilder) => void this.#failedThread(error, behindBuilder));
      // An open ledger that nobody waits for does not keep a process alive.
      thread.unref();
    }
  }

  async #failedThread(error: TallystickError, behindBuilder: boolean): Promise<void> {
    if (behindBuilder) await this.#threads.at(-1)!.ended;
    if (this.#failed) return;
    this.#failed = true;
    this.#engine.fail(error);
    this.#ref(false);
    tellToStop(this.#words, Stop.now);
  }

  /** While a caller waits for a reply, or for the end, the process stays alive. */
  #ref(on: boolean): void {
    if (this.#stopping) return;
    const thread = this.#threads[0]!;
    if (on) thread.ref();
    else thread.unref();
  }

  arm(): void {
    if (this.#armed || this.#failed) return;
    this.#armed = true;
    this.#progressAt = performance.now();
    this.#ref(true);
    setImmediate(this.#poll);
  }

  /** Waits a moment for a sign, the processor given back, unless the event loop has other things to do. */
  #doze(): void {
    const words = this.#words;
    if (performance.now() - this.#polledAt > IDLE_TURN_MS) return;
    const seen = Atomics.load(words, Word.egress);
    Atomics.store(words, Word.egressSleeps, 1);
    if (!this.#release() && Atomics.wait(words, Word.egress, seen, DOZE_MS) !== 'timed-out') this.#release();
    Atomics.store(words, Word.egressSleeps, 0);
  }

  /** Whether anything was answered. */
  #release(): boolean {
    if (this.#engine.release() === 0) return false;
    this.#progressAt = performance.now();
    return true;
  }

  readonly #poll = (): void => {
    const rests = this.#options.data.wait === 'resting';
    if (!this.#release() && !rests) this.#doze();
    this.#polledAt = performance.now();
    if (this.#engine.inFlight === 0 || this.#failed) {
      this.#armed = false;
      this.#ref(false);
      return;
    }
    if (rests) {
      this.#sleep();
      return;
    }
    const position = this.#engine.sequencer.position;
    const cells = (position - Atomics.load(this.#words, Word.executed)) | 0;
    if (cells <= POLL_CELLS_MAX && performance.now() - this.#progressAt < POLL_MS) {
      setImmediate(this.#poll);
      return;
    }
    this.#sleep();
  };

  #sleep(): void {
    const words = this.#words;
    const seen = Atomics.load(words, Word.egress);
    Atomics.store(words, Word.egressSleeps, 1);
    if (this.#release()) {
      Atomics.store(words, Word.egressSleeps, 0);
      setImmediate(this.#poll);
      return;
    }
    const wait = waitAsync(words, Word.egress, seen);
    const wake = (): void => {
      Atomics.store(words, Word.egressSleeps, 0);
      this.#progressAt = performance.now();
      this.#poll();
    };
    if (wait.async) void wait.value.then(wake);
    else setImmediate(wake);
  }

  get threads(): readonly ThreadBeats[] {
    return this.#threads.map(({ name }) => ({ name, beats: Atomics.load(this.#words, BEATS[name]) }));
  }

  /** Rejects when what was acknowledged is safe and closing failed all the same. */
  async stop(): Promise<void> {
    const failedBefore = this.#failed;
    this.#stopping = true;
    for (const thread of this.#threads) thread.ref();
    tellToStop(this.#words, this.#failed ? Stop.now : Stop.done);
    const [position] = await Promise.all(this.#threads.map(({ ended }) => ended));
    if (this.#failed || this.#options.data.path === undefined || position === undefined) this.#options.letGo();
    else this.#options.end(position);
    if (this.#failed && !failedBefore) throw this.#engine.failure;
  }
}

/** The journal's thread, where there is one, the machine's and the builder's. */
function startThreads(memory: EngineMemory, { data, machine, port, position }: ThreadOptions): AgentThread[] {
  const threads = [machine];
  try {
    if (data.path !== undefined) {
      const journal: JournalData = { ...data, path: data.path, position };
      threads.unshift(new AgentThread('journal', memory, journal));
    }
    const builder: BuilderData = { ...data, port };
    threads.push(new AgentThread('builder', memory, builder, [port]));
  } catch (error) {
    for (const thread of threads) if (thread !== machine) thread.terminate();
    // The machine waits for nobody who is not there.
    endThread(memory.words, 'builder');
    throw error;
  }
  return threads;
}
