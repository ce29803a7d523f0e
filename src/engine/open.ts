/**
 * Opens a ledger: becomes its one writer, brings back what its files hold, and puts the engine together, on threads or on this one.
 */
import { assert } from '../base/index.ts';
import {
  beginSums,
  CellReader,
  detachSegments,
  Fence,
  type FenceOptions,
  findSnapshot,
  Journal,
  POSITION_FIRST,
  type Position,
  recoverJournal,
  removeDrafts,
  removeTornSums,
  SEGMENT_CELLS,
  type Snapshot,
  Superblock,
  segmentOf,
} from '../journal/index.ts';
import { applyBefores, type ImageHead, imageHead, Machine } from '../machine/index.ts';
import { TallystickError } from '../model/index.ts';
import { type Clock, DiskStorage, MemoryStorage, type Storage, SystemClock } from '../platform/index.ts';
import type { Run } from '../projector/index.ts';
import { JournalAgent, MachineAgent } from './agents.ts';
import { Folders, InlineBuilds } from './builds.ts';
import { CellStore } from './cell-store.ts';
import { Egress } from './egress.ts';
import { type Driver, Engine } from './engine.ts';
import { Executor, type Folder } from './executor.ts';
import { InlineDriver } from './inline.ts';
import { refuseUnknown } from './known.ts';
import { EngineMemory, type EngineSizes, LARGE_SIZES, ROOMY_SIZES, SMALL_SIZES } from './memory.ts';
import { openRunsUpTo, readerOf, removeRunsFrom } from './runs.ts';
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

/** What opening found; for people and tests. */
export interface Recovery {
  /** Batches replayed behind the snapshot. */
  readonly replayed: number;
  /** Op that the snapshot was taken behind; 0 without one. */
  readonly snapshotOp: number;
  /** Cells of batches that were being written when the last process ended and that nobody was told about. */
  readonly tornCells: number;
  readonly tornAt: string | undefined;
  /** Snapshots that did not match their checksums. */
  readonly damagedSnapshots: readonly string[];
  readonly milliseconds: number;
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

/** Opens the ledger in `path`, creating it in an empty or absent folder. Throws `TallystickError`. */
export async function openFolder(path: string, options: EngineOptions = {}): Promise<OpenEngine> {
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
  try {
    const clock = options.clock ?? new SystemClock();
    superblock = Superblock.exists(storage, path)
      ? Superblock.open(storage, path)
      : Superblock.create(storage, path, newLedger(clock));
    const { ledgerId, clean } = superblock;
    superblock.opened(fence.token);
    if (fence.ousted) detachSegments(storage, `${path}/${Folders.journal}`);
    const memory = EngineMemory.create(options.sizes ?? LARGE_SIZES);
    const { recovery, executor, builds, position, cells } = recover(
      storage,
      path,
      ledgerId,
      clean,
      memory,
      mode === 'threads',
    );
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
    const engine = new Engine(memory, sequencer, egress, options.expires ?? true, (self) => {
      if (mode === 'threads') {
        cells.close();
        for (const run of executor.history.runs) run.close();
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
      const journal = new Journal(storage, `${path}/${Folders.journal}`, memory.bytes, {
        ledgerId,
        fence: fence.token,
        position,
        checkFence: () => fence.check(),
        sums: memory.liveSums(),
      });
      const drive = options.driver ?? ((...parts) => new InlineDriver(...parts));
      const checkFence = (): void => fence.check();
      const machine = new MachineAgent(memory, executor, { checkFence });
      return drive(self, new JournalAgent(memory, journal), machine, (failed) => {
        try {
          if (!failed) {
            fence.check();
            builds.close(executor);
          }
          journal.close();
          cells.close();
          for (const run of executor.history.runs) run.close();
        } finally {
          if (failed) letGo();
          else end(journal.position);
        }
      });
    });
    return { engine, ledgerId, recovery, fence: fence.token };
  } catch (error) {
    superblock?.close();
    fence.release();
    throw error;
  }
}

function newLedger(clock: Clock): { ledgerId: bigint; created: bigint } {
  const random = crypto.getRandomValues(new BigUint64Array(2));
  return { ledgerId: random[0]! | (random[1]! << 64n), created: clock.wall() };
}

interface Recovered {
  readonly recovery: Recovery;
  readonly executor: Executor;
  readonly builds: InlineBuilds;
  readonly position: Position;
  readonly cells: CellReader;
}

/** Newest snapshot whose runs are there, then the journal behind it. `leaveRuns`: generations may be left sealed for a builder's thread. */
function recover(
  storage: Storage,
  path: string,
  ledgerId: bigint,
  clean: Position | undefined,
  memory: EngineMemory,
  leaveRuns: boolean,
): Recovered {
  const started = performance.now();
  const runsFolder = `${path}/${Folders.runs}`;
  storage.makeFolder(runsFolder);
  removeDrafts(storage, `${path}/${Folders.snapshots}`);
  const { layout } = memory;
  let runs: Run[] = [];
  const { snapshot, damaged } = findSnapshot(storage, `${path}/${Folders.snapshots}`, ledgerId, (candidate) => {
    runs = openRunsUpTo(storage, runsFolder, ledgerId, Number(candidate.meta));
    const last = runs.at(-1);
    const covered = last === undefined ? 0 : last.firstEntry + last.count;
    // Runs that are missing are made again from the journal behind an older snapshot, or from its start.
    const outcome = covered !== Number(candidate.meta) ? 'passed' : load(candidate, memory) ? 'taken' : 'damaged';
    if (outcome !== 'taken') {
      for (const run of runs) run.close();
      runs = [];
    }
    return outcome;
  });
  const from = snapshot?.position ?? POSITION_FIRST;
  memory.counters.builder.found(from.op, from.timestamp);
  const cells = new CellReader(storage, `${path}/${Folders.journal}`, ledgerId);
  const folder: Folder = { storage, path: runsFolder, ledgerId, cells: readerOf(cells) };
  const rowsFirst = runs.reduce((sum, run) => sum + run.count, 0);
  const builds = new InlineBuilds(memory, storage, path, ledgerId, from.last);
  const executor = new Executor(memory, folder, builds, rowsFirst);
  executor.machine.initialize();
  executor.cell = from.last;
  for (const run of runs) executor.addRun(run);
  let replayed = 0;
  const window = memory.bytes.subarray(layout.ring.cells, layout.ring.cells + layout.ring.cellsCount * 128);
  const opAtLeast = clean?.op ?? 0;
  const end = recoverJournal(
    storage,
    `${path}/${Folders.journal}`,
    from,
    window,
    (offset) => {
      executor.execute(layout.ring.cells + offset, layout.spare);
      replayed++;
    },
    { ledgerId, opAtLeast },
  );
  const live = memory.liveSums();
  const segments = { storage, folder: `${path}/${Folders.journal}`, ledgerId, segmentCells: SEGMENT_CELLS };
  if (clean?.op !== end.op) removeTornSums(segments, segmentOf(end.cell) - 1);
  beginSums(segments, end, live);
  cells.follow(live);
  removeRunsFrom(storage, runsFolder, executor.history.runs.length);
  if (!leaveRuns) builds.replayed(executor);
  return {
    executor,
    builds,
    cells,
    position: end,
    recovery: {
      replayed,
      snapshotOp: from.op,
      tornCells: end.tornCells,
      tornAt: end.tornAt,
      damagedSnapshots: damaged,
      milliseconds: performance.now() - started,
    },
  };
}

/** Reads the snapshot's sections to where they lie in memory; false, and the memory as it was, when it is damaged. */
function load(snapshot: Snapshot, memory: EngineMemory): boolean {
  const { machine } = memory.layout;
  const { bytes } = memory;
  const places: { readonly [name: string]: number } = {
    state: machine.state,
    accounts: machine.accounts,
    pendings: machine.pendings,
  };
  let head: ImageHead | undefined;
  const whole = snapshot.read((name, offset, piece) => {
    const at = places[name];
    if (at !== undefined) {
      bytes.set(piece, at + offset);
      return;
    }
    head ??= imageHead(memory.memory, machine);
    if (name !== 'befores' || !applyBefores(bytes, machine, head, piece)) {
      throw new TallystickError('snapshot_corrupt', `${snapshot.path} has a section ${name} that is not known`);
    }
  });
  if (whole) return true;
  for (const { name, size } of snapshot.sections) {
    const at = places[name];
    if (at !== undefined) bytes.fill(0, at, at + size);
  }
  return false;
}
