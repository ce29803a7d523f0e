/**
 * Puts an engine together that has no folder: everything on the caller's thread, or machine and callers on threads of
 * their own.
 */
import { assert } from '../base/index.ts';
import { POSITION_FIRST, type Position } from '../journal/index.ts';
import { type Clock, MemoryStorage, SystemClock } from '../platform/index.ts';
import type { ThreadData, WaitStrategy } from './agent-thread.ts';
import { MachineAgent } from './agents.ts';
import { Folders, InlineBuilds } from './builds.ts';
import { CellStore } from './cell-store.ts';
import { Egress } from './egress.ts';
import { Engine } from './engine.ts';
import { Executor, type Folder } from './executor.ts';
import { InlineDriver } from './inline.ts';
import { MachineOnThread } from './machine-on-thread.ts';
import { EngineMemory, ROOMY_SIZES, SMALL_SIZES } from './memory.ts';
import type { EngineOptions } from './options.ts';
import { openRunsUpTo } from './runs.ts';
import { Sequencer } from './sequencer.ts';
import { ThreadDriver } from './threads.ts';
import { topologyOf } from './topology.ts';

/** A ledger that is gone when it is closed. Everything happens on the caller's thread. */
export function openMemory(options: EngineOptions = {}): MemoryEngine {
  const memory = EngineMemory.create(options.sizes ?? SMALL_SIZES);
  return MemoryEngine.start(memory, options.clock ?? new SystemClock(), options.expires ?? true, undefined);
}

/**
 * A ledger in memory with machine and callers on threads of their own: for millions of transfers. Every stored transfer
 * stays in memory, 16 M at most. `reserve`: transfers for which memory is touched before this returns.
 */
export async function openMemoryThreads(options: {
  readonly reserve?: number;
  readonly wait?: WaitStrategy;
}): Promise<Engine> {
  const memory = EngineMemory.create(ROOMY_SIZES);
  const data: ThreadData = {
    memory: memory.memory,
    sizes: ROOMY_SIZES,
    path: undefined,
    ledgerId: 1n,
    fence: 0n,
    wait: options.wait ?? 'blocking',
  };
  const reserve = Math.min(options.reserve ?? 0, ROOMY_SIZES.rowsTrusted);
  const thread = new MachineOnThread(memory);
  thread.begin(data, undefined, reserve);
  const position = POSITION_FIRST;
  try {
    await thread.machine.ready;
    const egress = new Egress(memory, topologyOf(memory.words, false));
    const sequencer = new Sequencer(memory, egress, new SystemClock(), position);
    const nothing = (): void => {};
    return new Engine(
      memory,
      sequencer,
      egress,
      true,
      (engine) => new ThreadDriver(engine, { data, ...thread, position, end: nothing, letGo: nothing }),
    );
  } catch (error) {
    await thread.abandon();
    throw error;
  }
}

/** A fork copies these besides the memory. */
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
    const egress = new Egress(memory, topologyOf(memory.words, false), from?.position.op);
    const sequencer = new Sequencer(memory, egress, clock, from?.position ?? POSITION_FIRST);
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
