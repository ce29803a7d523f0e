/** An agent's thread, as the callers' thread sees it. */
import { type MessagePort, Worker } from 'node:worker_threads';
import type { SharedMemory } from '../base/index.ts';
import type { Position } from '../journal/index.ts';
import { type ErrorCode, errorTable, orMemoryFull, TallystickError } from '../model/index.ts';
import { type EngineMemory, type EngineSizes, endThread } from './memory.ts';
import type { Recovery, RecoveryTask } from './recover.ts';

/** How a thread waits for work: asleep at once (after a short look), after spinning for a while, or never asleep. */
export type WaitStrategy = 'blocking' | 'yielding' | 'busy-spin';

/**
 * For an engine whose requests come by way of a network, milliseconds apart: nobody looks out for the next one, the
 * callers' thread included, and the witness is not made durable between two of them.
 */
export type ThreadWait = WaitStrategy | 'resting';

/** The data that every thread gets. */
export interface ThreadData {
  readonly memory: SharedMemory;
  readonly sizes: EngineSizes;
  /** Undefined: no journal, runs in memory. */
  readonly path: string | undefined;
  readonly ledgerId: bigint;
  readonly fence: bigint;
  readonly wait: ThreadWait;
}

export interface JournalData extends ThreadData {
  readonly path: string;
  /** Where recovery ended. */
  readonly position: Position;
}

export interface MachineData extends ThreadData {
  /** To the builder. */
  readonly port: MessagePort;
  /** Entries whose memory is touched before the first request. */
  readonly reserve: number;
  /** The folder to recover first; undefined for a ledger in memory. */
  readonly recovery: RecoveryTask | undefined;
}

export interface BuilderData extends ThreadData {
  /** To the machine. */
  readonly port: MessagePort;
}

/** The machine's thread has recovered this. */
export interface Found {
  readonly recovery: Recovery;
  readonly position: Position;
  /** The window of replies. */
  readonly window: Uint8Array;
}

/** A message of a thread. */
export type ThreadMessage =
  | { readonly kind: 'ready'; readonly found?: Found }
  | { readonly kind: 'ended'; readonly position?: Position }
  | ThreadFailure;

export interface ThreadFailure {
  readonly kind: 'failed';
  readonly code: string | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  /** It failed because the builder had: the builder's reason counts, and may be heard later. */
  readonly behindBuilder: boolean;
}

export type ThreadName = 'journal' | 'machine' | 'builder';

/** Node's words for a file that is not there, and for a bundle in CommonJS, which has no address of its own. */
const MISSING = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_INVALID_URL'];

/**
 * A thread's file, or what it imports, is not there: a bundler has moved the program without it. Or it has copied the
 * file to where Node takes it for CommonJS, which is a mistake of its syntax.
 */
function orThreadsMissing(error: unknown): unknown {
  const { code, name } = error as NodeJS.ErrnoException;
  if (name !== 'SyntaxError' && (code === undefined || !MISSING.includes(code))) return error;
  return new TallystickError('threads_missing', undefined, { cause: error });
}

type Settling<T> = ReturnType<typeof settling<T>>;
type HearFailure = (error: TallystickError, behindBuilder: boolean) => void;

export class AgentThread {
  readonly name: ThreadName;
  /** Resolves when the thread has ended, to the position that it said at last. */
  readonly ended: Promise<Position | undefined>;
  /** Resolves when the thread is at work; rejects when it fails before. */
  readonly ready: Promise<Found | undefined>;
  readonly #memory: EngineMemory;
  readonly #worker: Worker;
  #failure: Parameters<HearFailure> | undefined;
  #hear: HearFailure | undefined;

  /**
   * Without `data` the thread loads its files and waits for {@link begin}. Throws `engine_failed` when the system
   * refuses the thread, `threads_missing` when it has no address.
   */
  constructor(name: ThreadName, memory: EngineMemory, data?: ThreadData, transfer: MessagePort[] = []) {
    this.name = name;
    this.#memory = memory;
    try {
      this.#worker = new Worker(new URL(`./${name}-thread.js`, import.meta.url), {
        workerData: data,
        transferList: transfer,
        name: `tallystick ${name}`,
        // A thread refuses what tells code on the command line apart; of the rest it takes what it can.
        ...(process.execArgv.some((option) => option.startsWith('--input-type')) ? { execArgv: [] } : {}),
      });
    } catch (cause) {
      const named = orThreadsMissing(orMemoryFull(cause));
      if (named instanceof TallystickError) throw named;
      throw new TallystickError('engine_failed', `a thread cannot be started: ${cause}`, { cause });
    }
    const ready = settling<Found | undefined>();
    const ended = settling<Position | undefined>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    // A caller that hears how the thread ended need not have waited for `ready`.
    this.ready.catch(() => {});
    this.#listen(ready, ended);
  }

  /** Hands over the data of a thread that was started without. */
  begin(data: ThreadData, transfer: MessagePort[]): void {
    this.#worker.postMessage(data, transfer);
  }

  /** `hear` is told once why the thread failed; at once when it has failed already. */
  onFailure(hear: HearFailure): void {
    this.#hear = hear;
    if (this.#failure !== undefined) hear(...this.#failure);
  }

  /** Keeps the process alive while the thread lives. */
  ref(): void {
    this.#worker.ref();
  }

  /** Lets the process end although the thread lives. */
  unref(): void {
    this.#worker.unref();
  }

  /** Ends the thread where it is. */
  terminate(): void {
    void this.#worker.terminate();
  }

  #listen(ready: Settling<Found | undefined>, ended: Settling<Position | undefined>): void {
    let said = false;
    let position: Position | undefined;
    const fail = (error: TallystickError, behindBuilder = false): void => {
      this.#failure ??= [error, behindBuilder];
      ready.reject(error);
      this.#hear?.(...this.#failure);
    };
    this.#worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'ready') {
        ready.resolve(message.found as never);
        return;
      }
      said = true;
      if (message.kind === 'failed') fail(this.#errorOf(message), message.behindBuilder);
      else position = message.position;
    });
    this.#worker.on('error', (error) => fail(this.#errorOf(orThreadsMissing(orMemoryFull(error)) as Error)));
    this.#worker.on('exit', (code) => {
      // Whatever ends a thread without a last word, such as a limit of memory: what it had taken is not done by
      // anybody.
      if (!said) {
        fail(new TallystickError('engine_failed', `the ${this.name} thread has ended by itself, with code ${code}`));
      }
      // A thread that was torn down has not said so itself.
      if (this.name !== 'journal') endThread(this.#memory.words, this.name);
      ended.resolve(position as never);
    });
  }

  #errorOf({ code, message, stack }: Partial<ThreadFailure> & { readonly message: string }): TallystickError {
    const known = code !== undefined && code in errorTable;
    const error = known
      ? new TallystickError(code as ErrorCode, message)
      : new TallystickError('engine_failed', `the ${this.name} thread: ${message}`);
    if (stack !== undefined) error.stack = stack;
    return error;
  }
}

/** A promise, and what settles it. */
function settling<T>(): {
  promise: Promise<T>;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: never) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes as (value: never) => void;
    reject = no;
  });
  return { promise, resolve, reject };
}
