/** `open`: a ledger in this process, in a folder or in memory. */
import { type CreateClient, createClientWith, createRemoteClient } from './client/index.ts';
import {
  type Engine,
  type MemoryEngine,
  openFolder,
  openMemory,
  openMemoryThreads,
  type Recovery,
  type RecoveryProgress,
  type WaitStrategy,
} from './engine/index.ts';
import { checkOptions, ObjectLedger, TallystickError } from './model/index.ts';
import { openShards } from './open-shards.ts';
import { type Clock, SystemClock } from './platform/index.ts';
import type { ShardedLedger } from './shard/index.ts';

/** How `open` opens a folder. */
export interface OpenOptions {
  /**
   * `threads` (the default for a folder): journal, machine and builder of indices each on a thread of its own.
   * `inline`: everything on the caller's thread at the end of each turn of the event loop, which waits for the disk.
   */
  readonly mode?: 'threads' | 'inline';
  /**
   * How threads wait for work: `blocking` sleeps (the default), `yielding` spins for 0.2 ms first, `busy-spin` never
   * sleeps.
   */
  readonly wait?: WaitStrategy;
  /**
   * The number of ledgers that make one, each in a folder of its own below this one, with a share of the accounts. It
   * is the same number every time. Those of one process never give the same time twice.
   */
  readonly shards?: number;
  /**
   * Become the writer of a folder that a process on another machine, or in a container with another host name, has not
   * closed: `locked` otherwise. One that can be seen to live is never replaced. If that process lives after all, it
   * loses the folder: whatever it has not acknowledged may be lost, and it stops with `fence_lost`.
   */
  readonly takeOver?: boolean;
  /**
   * False: a folder that is absent or empty is `not_found`. By default it becomes a new ledger, which a volume that is
   * not mounted would, too: say false wherever the ledger must be there.
   */
  readonly create?: boolean;
  /**
   * Go on although batches are missing that had been acknowledged: what `journal_corrupt` refuses otherwise. The ledger
   * ends before the first of them, and what is given up is kept in `lost+found`. A number: only if the ledger still
   * reaches that op, which the error's message lets you decide. {@link FolderLedger.recovery} says what was lost.
   */
  readonly acceptLoss?: boolean | number;
  /** Hears of a recovery when it begins, every 0.1 s, and when it has ended; `threads` only. */
  readonly recovering?: (progress: RecoveryProgress) => void;
  /** Ends a recovery that takes too long: `open` rejects with `closed`, and the next one goes on; `threads` only. */
  readonly signal?: AbortSignal;
}

/** How `open(':memory:')` begins. */
export interface MemoryOptions {
  /**
   * Nanoseconds since the epoch at which the ledger's clock stands until `advance` moves it, so that a test sees the
   * same timestamps every time. Left out: the clock follows the machine's.
   */
  readonly now?: bigint;
}

export interface MemoryThreadsOptions {
  /** The machine on a thread of its own: for millions of transfers, 16 M at most; no fork, no clock to turn. */
  readonly mode: 'threads';
  /** Transfers for which memory is prepared before `open` returns. */
  readonly reserve?: number;
  readonly wait?: WaitStrategy;
}

/** A ledger in a folder. */
export class FolderLedger extends ObjectLedger {
  /** What opening found. */
  readonly recovery: Recovery;

  constructor(engine: Engine, recovery: Recovery) {
    super(engine);
    this.recovery = recovery;
  }
}

/** A clock that can be moved forward; it stands still when given a start. */
class MovableClock implements Clock {
  readonly #system = new SystemClock();
  readonly #start: bigint | undefined;
  #moved: bigint;

  constructor(start: bigint | undefined, moved = 0n) {
    this.#start = start;
    this.#moved = moved;
  }

  wall(): bigint {
    return (this.#start ?? this.#system.wall()) + this.#moved;
  }

  monotonic(): bigint {
    return this.#start === undefined ? this.#system.monotonic() + this.#moved : this.#moved;
  }

  advance(nanoseconds: bigint): void {
    if (typeof nanoseconds !== 'bigint' || nanoseconds < 0n)
      throw new TallystickError('invalid_argument', "a ledger's clock only moves forward, by a BigInt of nanoseconds");
    this.#moved += nanoseconds;
  }

  fork(): MovableClock {
    return new MovableClock(this.#start, this.#moved);
  }
}

/**
 * A ledger in memory, for tests: opened in a few milliseconds, copied in about as many, with a clock that the test
 * turns.
 */
export class MemoryLedger extends ObjectLedger {
  readonly #memory: MemoryEngine;
  readonly #clock: MovableClock;

  private constructor(memory: MemoryEngine, clock: MovableClock) {
    super(memory.engine);
    this.#memory = memory;
    this.#clock = clock;
  }

  static open(options: MemoryOptions): MemoryLedger {
    const clock = new MovableClock(options.now);
    return new MemoryLedger(openMemory({ clock }), clock);
  }

  /** An independent copy as of now, clock included. Await what is in flight first. */
  fork(): MemoryLedger {
    if (this.closed) throw new TallystickError('closed');
    const clock = this.#clock.fork();
    return new MemoryLedger(this.#memory.fork(clock), clock);
  }

  /**
   * What time it is for the ledger, nanoseconds since the epoch: the clock's, or that of the newest event where events
   * are ahead of it. Every event has a timestamp of its own, so that many of one moment reach into the next.
   */
  get now(): bigint {
    const wall = this.#clock.wall();
    const { timestamp } = this.#memory.engine.sequencer;
    return wall > timestamp ? wall : timestamp;
  }

  /**
   * Moves the ledger's clock forward to a time, and ends the pending transfers that have expired by then:
   * `advanceTo(pending.expires_at)` is when one does. Rejects with `invalid_argument` for a time before `now`.
   */
  async advanceTo(time: bigint): Promise<void> {
    if (typeof time !== 'bigint' || time < this.now) {
      throw new TallystickError('invalid_argument', `time is a BigInt of nanoseconds, not before ${this.now}`);
    }
    await this.advance(time - this.#clock.wall());
  }

  /** Moves the ledger's clock forward and ends the pending transfers that have expired by then. */
  async advance(nanoseconds: bigint): Promise<void> {
    if (this.closed) throw new TallystickError('closed');
    this.#clock.advance(nanoseconds);
    await this.#memory.engine.expire();
  }
}

/**
 * Opens the ledger in a folder, creating it if the folder is empty or absent, or with `:memory:` a new one that is gone
 * when it is closed. One process owns a folder at a time. Throws `TallystickError`: `locked`, `not_found` (`create:
 * false`), `not_writable`, `disk_full`, `disk_failed`, `format_foreign`, `format_newer`, `journal_corrupt`,
 * `run_corrupt`.
 */
export function open(path: ':memory:', options: MemoryThreadsOptions): Promise<ObjectLedger>;
export function open(path: ':memory:', options?: MemoryOptions): Promise<MemoryLedger>;
export function open(path: string, options: OpenOptions & { readonly shards: number }): Promise<ShardedLedger>;
export function open(path: string, options?: OpenOptions): Promise<FolderLedger>;
export async function open(
  path: string,
  options: OpenOptions & MemoryOptions & Omit<MemoryThreadsOptions, 'mode'> = {},
): Promise<ObjectLedger> {
  check(path, options);
  if (path === ':memory:') {
    return options.mode === 'threads' ? new ObjectLedger(await openMemoryThreads(options)) : MemoryLedger.open(options);
  }
  const { shards, ...rest } = options;
  if (shards !== undefined) return openShards(path, shards, rest);
  const { engine, recovery } = await openFolder(path, options);
  return new FolderLedger(engine, recovery);
}

const FOLDER_OPTIONS: readonly (keyof OpenOptions)[] = [
  'shards',
  'mode',
  'wait',
  'takeOver',
  'create',
  'acceptLoss',
  'recovering',
  'signal',
];
const THREADS_OPTIONS: readonly (keyof MemoryThreadsOptions)[] = ['mode', 'reserve', 'wait'];

/** Programs without types shall hear of a slip here, not by a ledger that behaves otherwise than they asked. */
function check(path: string, options: OpenOptions & MemoryOptions & Omit<MemoryThreadsOptions, 'mode'>): void {
  const memory = path === ':memory:';
  const known = memory ? (options?.mode === 'threads' ? THREADS_OPTIONS : ['mode', 'now']) : FOLDER_OPTIONS;
  checkOptions(options, known, memory ? "open(':memory:')" : 'open');
  const { mode = 'threads', wait = 'blocking', now = 0n, reserve = 0, acceptLoss = false, create = true } = options;
  const wrong = (what: string): TallystickError => new TallystickError('invalid_argument', what);
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw wrong('open wants the path of a folder, or ":memory:"');
  }
  if (!['threads', 'inline'].includes(mode)) throw wrong('mode must be "threads" or "inline"');
  if (!['blocking', 'yielding', 'busy-spin'].includes(wait)) {
    throw wrong('wait must be "blocking", "yielding" or "busy-spin"');
  }
  if (options.shards !== undefined && !(Number.isInteger(options.shards) && options.shards > 0)) {
    throw wrong('shards must be a whole number above 0');
  }
  if (typeof create !== 'boolean') throw wrong('create must be true or false');
  if (typeof acceptLoss !== 'boolean' && !(Number.isSafeInteger(acceptLoss) && acceptLoss >= 0)) {
    throw wrong('acceptLoss must be true, or the number of the op that the ledger must still reach');
  }
  if (typeof now !== 'bigint' || now < 0n || now >= 2n ** 63n) throw wrong('now must be a BigInt of nanoseconds');
  if (!Number.isSafeInteger(reserve) || reserve < 0) throw wrong('reserve must be a number of transfers');
}

const createEmbeddedClient = createClientWith(async (folder) => (await openFolder(folder)).engine);

/**
 * As in `tigerbeetle-node`: connects to the servers at the addresses. With `$TALLYSTICK_DIR` there is no server: the
 * ledger lies in that folder, below a name made of cluster and addresses, and is opened in this process.
 */
export const createClient: CreateClient = (args) =>
  process.env.TALLYSTICK_DIR === undefined ? createRemoteClient(args) : createEmbeddedClient(args);
