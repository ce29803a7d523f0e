/**
 * Opens a ledger: becomes its one writer, brings back what its files hold, and puts the engine together, on threads or on this one.
 */
import { resolve } from 'node:path';
import { assert } from '../base/index.ts';
import {
  detachSegments,
  Fence,
  type FenceOptions,
  Journal,
  POSITION_FIRST,
  type Position,
  Superblock,
} from '../journal/index.ts';
import { Machine } from '../machine/index.ts';
import { type Clock, DiskStorage, MemoryStorage, type Storage, SystemClock } from '../platform/index.ts';
import { JournalAgent, MachineAgent } from './agents.ts';
import { Folders, InlineBuilds } from './builds.ts';
import { CellStore } from './cell-store.ts';
import { Egress } from './egress.ts';
import { type Driver, Engine } from './engine.ts';
import { Executor, type Folder } from './executor.ts';
import { InlineDriver } from './inline.ts';
import { refuseUnknown } from './known.ts';
import { EngineMemory, type EngineSizes, LARGE_SIZES, ROOMY_SIZES, SMALL_SIZES } from './memory.ts';
import { letFilesGo, type Recovered, type Recovery, recover } from './recover.ts';
import { openRunsUpTo } from './runs.ts';
import { Sequencer } from './sequencer.ts';
import { ThreadDriver, type WaitStrategy } from './threads.ts';

export interface EngineOptions {
  /** `threads`: journal, machine and builder on threads of their own. `inline`: everything on the caller's, at the end of each turn. */
  readonly mode?: 'threads' | 'inline';
  /** How threads wait for work: `blocking` sleeps at once (the default), `yielding` spins for a while first, `busy-spin` never sleeps. */
  readonly wait?: WaitStrategy;
  readonly clock?: Clock;
  /** Sizes of memory; tests use small ones. */
  readonly sizes?: EngineSizes;
  /** Take over a folder whose writer runs on another machine, about which nothing can be known here. */
  readonly takeOver?: boolean;
  /** False: pending transfers expire only by pulses that the caller sends (replay). */
  readonly expires?: boolean;
  /** In place of the disk; inline only. */
  readonly storage?: Storage;
  /** Who opens, and who else lives, in place of what this machine says. */
  readonly writer?: Pick<FenceOptions, 'owner' | 'lives'>;
  /** Moves the agents in place of the caller's turns; inline only. */
  readonly driver?: (...parts: ConstructorParameters<typeof InlineDriver>) => Driver;
}

export interface OpenEngine {
  readonly engine: Engine;
  /** Chosen at random when the ledger was created. */
  readonly ledgerId: bigint;
  readonly recovery: Recovery;
  /** This writer's token. */
  readonly fence: bigint;
}

/** A ledger that is gone when it is closed. Everything happens on the caller's thread. */
export function openMemory(options: EngineOptions = {}): MemoryEngine {
  const memory = EngineMemory.create(options.sizes ?? SMALL_SIZES);
  return MemoryEngine.start(memory, options.clock ?? new SystemClock(), options.expires ?? true, undefined);
}

/**
 * A ledger in memory with machine and callers on threads of their own: for millions of transfers. Every stored transfer stays in memory, 16 M at
 * most. `reserve`: transfers for which memory is touched before this returns.
 */
export async function openMemoryThreads(options: {
  readonly reserve?: number;
  readonly wait?: WaitStrategy;
}): Promise<Engine> {
  const memory = EngineMemory.create(ROOMY_SIZES);
  const machine = new Machine(memory.memory, memory.layout.machine, {
    rowOf: () => {},
    findCold: () => 0,
    resolutionOf: () => 0,
    transferAt: () => false,
    waitForBuilder: () => {},
  });
  machine.initialize();
  const egress = new Egress(memory, false);
  const sequencer = new Sequencer(memory, egress, new SystemClock(), POSITION_FIRST, false);
  let driver: ThreadDriver | undefined;
  const engine = new Engine(memory, sequencer, egress, true, (self) => {
    driver = new ThreadDriver(self, {
      path: undefined,
      ledgerId: 1n,
      position: POSITION_FIRST,
      fence: 0n,
      wait: options.wait ?? 'blocking',
      reserve: Math.min(options.reserve ?? 0, ROOMY_SIZES.rowsTrusted),
      executedCell: 0,
      snapshotCell: 0,
      end: () => {},
      letGo: () => {},
    });
    return driver;
  });
  await driver!.ready;
  return engine;
}

/** What a fork copies besides the memory. */
interface MemoryParts {
  readonly position: Position;
  readonly cells: CellStore;
  readonly storage: MemoryStorage;
}

/** An engine in memory that can be forked. */
export class MemoryEngine {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly #parts: Omit<MemoryParts, 'position'>;

  private constructor(engine: Engine, clock: Clock, parts: Omit<MemoryParts, 'position'>) {
    this.engine = engine;
    this.clock = clock;
    this.#parts = parts;
  }

  static start(memory: EngineMemory, clock: Clock, expires: boolean, from: MemoryParts | undefined): MemoryEngine {
    const storage = from?.storage ?? new MemoryStorage();
    const cells = from?.cells ?? new CellStore();
    const folder: Folder = { storage, path: `/${Folders.runs}`, ledgerId: 1n, cells };
    const executor = new Executor(memory, folder, new InlineBuilds(memory, storage, '', 1n, undefined), 0);
    if (from === undefined) executor.machine.initialize();
    else {
      executor.machine.attach();
      for (const run of openRunsUpTo(storage, `/${Folders.runs}`, 1n, Number.POSITIVE_INFINITY))
        executor.history.addRun(run);
    }
    const egress = new Egress(memory, false);
    const sequencer = new Sequencer(memory, egress, clock, from?.position ?? POSITION_FIRST, false);
    const engine = new Engine(
      memory,
      sequencer,
      egress,
      expires,
      (self) => new InlineDriver(self, undefined, new MachineAgent(memory, executor, { store: cells }), () => {}),
    );
    return new MemoryEngine(engine, clock, { storage, cells });
  }

  /** An independent copy as of now; nothing may be in flight. `clock`: the copy's own. */
  fork(clock: Clock): MemoryEngine {
    assert(this.engine.inFlight === 0, 'a ledger is forked between requests');
    const memory = this.engine.memory.fork();
    return MemoryEngine.start(memory, clock, true, {
      position: this.engine.sequencer.from,
      cells: this.#parts.cells.fork(),
      storage: this.#parts.storage.fork(),
    });
  }
}

/** Opens the ledger in `folder`, creating it in an empty or absent folder. Throws `TallystickError`. */
export async function openFolder(folder: string, options: EngineOptions = {}): Promise<OpenEngine> {
  // Where it lies does not change with the folder that the program works in.
  const path = options.storage === undefined ? resolve(folder) : folder;
  const storage = options.storage ?? new DiskStorage();
  const mode = options.mode ?? 'threads';
  assert(mode === 'inline' || options.storage === undefined, 'threads have their own door to the disk');
  storage.makeFolder(path);
  const fenceKnown = refuseUnknown(storage, path);
  const fence = Fence.acquire(storage, path, {
    tokenAtLeast: fenceKnown + 1n,
    takeOver: options.takeOver ?? false,
    ...options.writer,
  });
  let superblock: Superblock | undefined;
  let recovered: Recovered | undefined;
  let journal: Journal | undefined;
  try {
    const clock = options.clock ?? new SystemClock();
    superblock = Superblock.exists(storage, path)
      ? Superblock.open(storage, path)
      : Superblock.create(storage, path, newLedger(clock));
    const { ledgerId, clean } = superblock;
    superblock.opened(fence.token);
    if (fence.ousted) detachSegments(storage, `${path}/${Folders.journal}`);
    const memory = EngineMemory.create(options.sizes ?? LARGE_SIZES);
    recovered = recover(storage, path, ledgerId, clean, memory, mode === 'threads');
    const { recovery, executor, builds, position } = recovered;
    const closeFiles = (): void => letFilesGo(recovered);
    const egress = new Egress(memory, true);
    const sequencer = new Sequencer(memory, egress, clock, position, true);
    const held = superblock;
    const letGo = (): void => {
      held.close();
      fence.release();
    };
    const end = (last: Position): void => {
      try {
        // What an ousted writer thinks of the ledger is not to be recorded.
        fence.check();
        held.closed(last);
      } finally {
        letGo();
      }
    };
    const checkFence = (): void => fence.check();
    const driver = (self: Engine): Driver => {
      if (mode === 'threads') {
        closeFiles();
        return new ThreadDriver(self, {
          path,
          ledgerId,
          position,
          fence: fence.token,
          wait: options.wait ?? 'blocking',
          reserve: 0,
          executedCell: executor.cell,
          snapshotCell: builds.snapshotCell,
          end,
          letGo,
        });
      }
      const written = new Journal(storage, `${path}/${Folders.journal}`, memory.bytes, {
        ledgerId,
        fence: fence.token,
        position,
        checkFence,
        sums: memory.liveSums(),
      });
      journal = written;
      const drive = options.driver ?? ((...parts) => new InlineDriver(...parts));
      const machine = new MachineAgent(memory, executor, { checkFence });
      return drive(self, new JournalAgent(memory, written), machine, (failed) => {
        try {
          if (!failed) {
            fence.check();
            builds.close(executor);
          }
          written.close();
        } finally {
          written.abandon();
          closeFiles();
          if (failed) letGo();
          else end(written.position);
        }
      });
    };
    const engine = new Engine(memory, sequencer, egress, options.expires ?? true, driver, checkFence);
    return { engine, ledgerId, recovery, fence: fence.token };
  } catch (error) {
    journal?.abandon();
    letFilesGo(recovered);
    superblock?.close();
    fence.release();
    throw error;
  }
}

function newLedger(clock: Clock): { ledgerId: bigint; created: bigint } {
  const random = crypto.getRandomValues(new BigUint64Array(2));
  return { ledgerId: random[0]! | (random[1]! << 64n), created: clock.wall() };
}
