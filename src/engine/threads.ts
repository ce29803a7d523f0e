/**
 * The driver with threads: journal, machine and builder each on a thread of its own (the *-thread.ts files), woken through words in the shared memory.
 * On the callers' thread it waits for replies: first by polling between turns of the event loop, then asleep.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { SharedMemory } from '../base/index.ts';
import type { Position } from '../journal/index.ts';
import { type ErrorCode, errorTable, TallystickError } from '../model/index.ts';
import type { Driver, Engine } from './engine.ts';
import { type EngineSizes, endThread, Word } from './memory.ts';

/** How a thread waits for work: asleep at once (after a short look), after spinning for a while, or never asleep. */
export type WaitStrategy = 'blocking' | 'yielding' | 'busy-spin';

export interface ThreadOptions {
  /** Undefined: no journal, runs in memory. */
  readonly path: string | undefined;
  readonly ledgerId: bigint;
  readonly position: Position;
  readonly fence: bigint;
  readonly wait: WaitStrategy;
  /** Entries whose memory is touched before the first request. */
  readonly reserve: number;
  /** Journal cell of the header of the last batch executed. */
  readonly executedCell: number;
  /** The same of the newest snapshot. */
  readonly snapshotCell: number;
  /** Everything is durable up to the position: say so and let go of the folder. */
  readonly end: (position: Position) => void;
  /** Let go of the folder without a word. */
  readonly letGo: () => void;
}

/** What every thread gets. */
export interface ThreadData extends Omit<ThreadOptions, 'end' | 'letGo'> {
  readonly memory: SharedMemory;
  readonly sizes: EngineSizes;
}

/** What a thread says. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly position?: Position }
  | {
      readonly kind: 'failed';
      readonly code: string | undefined;
      readonly message: string;
      readonly stack: string | undefined;
      /** It failed because the builder had: the builder's reason counts, and may be heard later. */
      readonly behindBuilder: boolean;
    };

/** After the last sign of progress the egress looks again each turn for that long before it sleeps. */
const POLL_MS = 0.3;
/** Each look gives the processor back for so long: spinning would keep it from the very threads that are waited for, and from the kernel's that end a write. */
const DOZE_MS = 0.1;
/** After a turn of the event loop that took longer, somebody else wants the thread. */
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
  readonly #workers: Worker[] = [];
  readonly #ends: Promise<Position | undefined>[] = [];
  readonly #ready: Promise<void>;
  #armed = false;
  #progressAt = 0;
  #polledAt = 0;
  #failed = false;
  #stopping = false;

  constructor(engine: Engine, options: ThreadOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#words = engine.memory.words;
    const { end: _end, letGo: _letGo, ...plain } = options;
    const data: ThreadData = { ...plain, memory: engine.memory.memory, sizes: engine.memory.layout.sizes };
    const { port1, port2 } = new MessageChannel();
    let machine: Worker;
    try {
      if (options.path !== undefined) this.#start('journal', data, []);
      machine = this.#start('machine', { ...data, port: port1 }, [port1]);
      this.#start('builder', { ...data, port: port2 }, [port2]);
    } catch (cause) {
      this.#failed = true;
      this.#tellToStop(2);
      for (const worker of this.#workers) void worker.terminate();
      throw new TallystickError('engine_failed', `a thread cannot be started: ${cause}`, { cause });
    }
    this.#ready = new Promise((resolve) => {
      const ready = (): void => {
        if (!this.#stopping && (machine !== this.#workers[0] || !this.#armed)) machine.unref();
        resolve();
      };
      machine.once('message', ready);
      machine.once('exit', ready);
    });
    // An open ledger that nobody waits for does not keep a process alive. Only now: listening to a thread's messages takes hold of it again.
    for (const worker of this.#workers) if (worker !== machine) worker.unref();
  }

  /** The machine's thread is at work. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  #start(name: 'journal' | 'machine' | 'builder', data: object, transfer: MessagePort[]): Worker {
    const worker = new Worker(new URL(`./${name}-thread.js`, import.meta.url), {
      workerData: data,
      transferList: transfer,
      name: `tallystick ${name}`,
      // A thread refuses what tells code on the command line apart; of the rest it takes what it can.
      ...(process.execArgv.some((option) => option.startsWith('--input-type')) ? { execArgv: [] } : {}),
    });
    this.#workers.push(worker);
    this.#ends.push(
      new Promise((resolve) => {
        let position: Position | undefined;
        worker.on('message', (message: ThreadMessage) => {
          if (message.kind === 'failed') void this.#failedThread(name, message);
          if (message.kind === 'ended') position = message.position;
        });
        worker.on('error', (error) =>
          this.#fail(new TallystickError('engine_failed', `the ${name} thread: ${error}`, { cause: error })),
        );
        worker.on('exit', () => {
          // A thread that was torn down has not said so itself.
          if (name !== 'journal') endThread(this.#words, name);
          resolve(position);
        });
      }),
    );
    return worker;
  }

  async #failedThread(name: string, message: ThreadMessage & { readonly kind: 'failed' }): Promise<void> {
    if (message.behindBuilder) await this.#ends.at(-1);
    this.#fail(errorOf(name, message));
  }

  #fail(error: TallystickError): void {
    this.#failed = true;
    this.#engine.fail(error);
    this.#ref(false);
    this.#tellToStop(2);
  }

  /** While somebody waits for a reply, or for the end, the process stays alive. */
  #ref(on: boolean): void {
    if (this.#stopping) return;
    const worker = this.#workers[0]!;
    if (on) worker.ref();
    else worker.unref();
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
    if (!this.#release()) this.#doze();
    this.#polledAt = performance.now();
    if (this.#engine.inFlight === 0 || this.#failed) {
      this.#armed = false;
      this.#ref(false);
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

  #tellToStop(how: 1 | 2): void {
    Atomics.store(this.#words, Word.stop, how);
    for (const word of [Word.cursor, Word.built, Word.sealed, Word.repliesRead, Word.journaled]) {
      Atomics.notify(this.#words, word);
    }
  }

  /** Rejects when what was acknowledged is safe and closing failed all the same. */
  async stop(): Promise<void> {
    const failedBefore = this.#failed;
    this.#stopping = true;
    for (const worker of this.#workers) worker.ref();
    this.#tellToStop(this.#failed ? 2 : 1);
    const positions = await Promise.all(this.#ends);
    const position = positions[0];
    if (this.#failed || this.#options.path === undefined || position === undefined) this.#options.letGo();
    else this.#options.end(position);
    if (this.#failed && !failedBefore) throw this.#engine.failure;
  }
}

function errorOf(
  name: string,
  message: { code: string | undefined; message: string; stack: string | undefined },
): TallystickError {
  const known = message.code !== undefined && message.code in errorTable;
  const code = known ? (message.code as ErrorCode) : 'engine_failed';
  const error = new TallystickError(code, known ? message.message : `the ${name} thread: ${message.message}`);
  if (message.stack !== undefined) error.stack = message.stack;
  return error;
}
