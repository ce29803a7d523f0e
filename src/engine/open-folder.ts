/**
 * Opens the ledger in a folder: becomes its one writer, brings back what its files hold, and puts the engine together,
 * on threads or on this one.
 */
import { resolve } from 'node:path';
import { assert } from '../base/index.ts';
import {
  detachSegments,
  Fence,
  type Journal,
  LostFound,
  type Position,
  readWitness,
  renewWitness,
  Superblock,
  takenAway,
  WITNESS_NAME,
  type WitnessFound,
} from '../journal/index.ts';
import { orMemoryFull, TallystickError } from '../model/index.ts';
import { BLOCK_SIZE, type Clock, DiskStorage, type Storage, SystemClock } from '../platform/index.ts';
import type { Found, ThreadData } from './agent-thread.ts';
import { JournalAgent, MachineAgent } from './agents.ts';
import { Folders } from './builds.ts';
import type { Driver } from './driver.ts';
import { Egress } from './egress.ts';
import { Engine } from './engine.ts';
import { collectEvidence, refuseOlderSuperblock, refuseWithoutWitness } from './evidence.ts';
import { InlineDriver } from './inline.ts';
import { refuseUnknown } from './known.ts';
import { MachineOnThread } from './machine-on-thread.ts';
import { EngineMemory, LARGE_SIZES } from './memory.ts';
import { openJournal } from './open-journal.ts';
import type { EngineOptions, OpenEngine } from './options.ts';
import { letFilesGo, type Recovered, type RecoveryTask, recover } from './recover.ts';
import { repairDerived } from './repair.ts';
import { ReplyWindow } from './reply-window.ts';
import { Sequencer } from './sequencer.ts';
import { watchSpace } from './space.ts';
import { ThreadDriver } from './threads.ts';
import { topologyOf } from './topology.ts';

/** Opens the ledger in `folder`, creating it in an empty or absent folder. Throws `TallystickError`. */
export async function openFolder(folder: string, options: EngineOptions = {}): Promise<OpenEngine> {
  // Where it lies does not change with the folder that the program works in.
  const path = options.storage === undefined ? resolve(folder) : folder;
  const storage = options.storage ?? new DiskStorage();
  assert(!isOnThreads(options) || options.storage === undefined, 'threads have their own door to the disk');
  if (options.create === false && !Superblock.exists(storage, path)) {
    // A ledger whose superblock is gone is damaged, and no place for a new one.
    if (storage.exists(path)) Superblock.refuseStrange(storage, path);
    throw noLedger(path);
  }
  const memory = EngineMemory.create(options.sizes ?? LARGE_SIZES);
  // Its files are loaded while those of the ledger are looked at here.
  const thread = isOnThreads(options) ? new MachineOnThread(memory) : undefined;
  let fence: Fence;
  try {
    fence = becomeWriter(storage, path, options);
  } catch (error) {
    await thread?.abandon();
    throw error;
  }
  return new Opening(storage, path, fence, memory, options, thread).run();
}

function becomeWriter(storage: Storage, path: string, options: EngineOptions): Fence {
  storage.makeFolder(path);
  const known = refuseUnknown(storage, path, options.repair);
  return Fence.acquire(storage, path, {
    tokenAtLeast: known.fence + 1n,
    closed: known.open ? undefined : known.fence,
    takeOver: options.takeOver ?? false,
    ...options.writer,
  });
}

/** One writer opens a ledger. What fails lets go of everything. */
class Opening {
  readonly #storage: Storage;
  readonly #path: string;
  readonly #fence: Fence;
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #memory: EngineMemory;
  /** Undefined: everything is done on the callers' thread. */
  readonly #thread: MachineOnThread | undefined;
  #superblock: Superblock | undefined;
  #recovered: Recovered | undefined;
  #journal: Journal | undefined;

  constructor(
    storage: Storage,
    path: string,
    fence: Fence,
    memory: EngineMemory,
    options: EngineOptions,
    thread: MachineOnThread | undefined,
  ) {
    this.#thread = thread;
    this.#storage = storage;
    this.#path = path;
    this.#fence = fence;
    this.#options = options;
    this.#clock = options.clock ?? new SystemClock();
    this.#memory = memory;
  }

  async run(): Promise<OpenEngine> {
    try {
      const superblock = this.#openSuperblock();
      this.#superblock = superblock;
      const found = await this.#recover(superblock);
      const memory = this.#memory;
      const egress = new Egress(memory, topologyOf(memory.words, true), found.position.op, windowOf(found.window));
      const sequencer = new Sequencer(memory, egress, this.#clock, found.position);
      const checkFence = (): void => this.#fence.check();
      const driver = (engine: Engine): Driver => this.#driver(engine, superblock, found.position);
      const failures = { checkFence, foreignStorage: this.#options.storage !== undefined };
      const engine = new Engine(memory, sequencer, egress, this.#options.expires ?? true, driver, failures);
      if (this.#options.storage === undefined) watchSpace(engine, this.#path, this.#options.space);
      return { engine, ledgerId: superblock.ledgerId, recovery: found.recovery, fence: this.#fence.token };
    } catch (error) {
      await this.#thread?.abandon();
      this.#journal?.abandon();
      letFilesGo(this.#recovered);
      this.#superblock?.close();
      this.#fence.release();
      throw orMemoryFull(error);
    }
  }

  #openSuperblock(): Superblock {
    const storage = this.#storage;
    if (!Superblock.exists(storage, this.#path)) {
      return Superblock.create(storage, this.#path, newLedger(this.#clock, this.#options.newId));
    }
    const superblock = Superblock.open(storage, this.#path);
    this.#superblock = superblock;
    if (!superblock.isNamed) throw takenAway(`${this.#path}/superblock`);
    return superblock;
  }

  /**
   * Brings back what the files hold, refuses what falls short of what any of them knows, and makes the new writer's
   * own witness.
   */
  async #recover(superblock: Superblock): Promise<Found> {
    const storage = this.#storage;
    const path = this.#path;
    const fence = this.#fence;
    const { ledgerId } = superblock;
    const witness = readWitness(storage, path, ledgerId);
    const lostFound = new LostFound(storage, path, fence.token);
    const task = this.#prepare(superblock, witness, lostFound);
    let found: Found;
    if (this.#thread !== undefined) {
      this.#thread.begin(this.#data(ledgerId), task);
      found = await this.#thread.recovered(this.#options);
    } else {
      this.#recovered = recover(storage, path, this.#memory, {
        ...task,
        ledgerId,
        lostFound: new LostFound(storage, path, fence.token),
      });
      this.#recovered.builds.replayed(this.#recovered.executor);
      found = { ...this.#recovered, window: this.#recovered.executor.window!.toBytes() };
    }
    const { position, window } = found;
    const recovery = { ...found.recovery, kept: [...lostFound.kept, ...found.recovery.kept] };
    fence.record({ superblock: fence.token, op: position.op });
    renewWitness(storage, path, ledgerId, fence.token, position, witness.content);
    if (recovery.loss !== undefined) superblock.lost(position);
    superblock.hasWitness();
    return { position, recovery, window };
  }

  /** Collects what the files know of each other, and takes the ledger over from the writer before. */
  #prepare(superblock: Superblock, witness: WitnessFound, lostFound: LostFound): RecoveryTask {
    const storage = this.#storage;
    const path = this.#path;
    const fence = this.#fence;
    const { acceptLoss = false, repair = false } = this.#options;
    const { ledgerId, clean, open } = superblock;
    if (acceptLoss === false) {
      refuseOlderSuperblock(path, superblock.fence, fence.knows.superblock);
      refuseWithoutWitness(path, superblock, witness);
    }
    const evidence = collectEvidence(storage, path, superblock);
    if (fence.knows.op > 0) {
      evidence.push({ op: fence.knows.op, source: `The lock of the writer before ${fence.token} in ${path}` });
    }
    for (const offset of superblock.damagedCopies)
      lostFound.copy('superblock', offset, BLOCK_SIZE, 'a copy that is damaged');
    for (const offset of witness.damaged) lostFound.copy(WITNESS_NAME, offset, BLOCK_SIZE, 'a slot that is damaged');
    // A ledger that was closed in order needs no witness; the next crash will.
    if (witness.content === undefined && !open && clean !== undefined) {
      renewWitness(storage, path, ledgerId, fence.token, clean, undefined);
    }
    superblock.opened(fence.token);
    if (fence.ousted) detachSegments(storage, `${path}/${Folders.journal}`);
    if (repair) repairDerived(storage, path, ledgerId, lostFound);
    return { evidence, clean, acceptLoss, repair };
  }

  #driver(engine: Engine, superblock: Superblock, position: Position): Driver {
    const fence = this.#fence;
    const letGo = (): void => {
      superblock.close();
      fence.release();
    };
    const end = (last: Position): void => {
      try {
        // A writer that was replaced must not record its view of the ledger.
        fence.check();
        superblock.closed(last);
      } catch (error) {
        letGo();
        throw error;
      }
      superblock.close();
      fence.release(last.op);
    };
    if (this.#thread === undefined) return this.#inlineDriver(engine, superblock.ledgerId, position, end, letGo);
    const { machine, port } = this.#thread;
    return new ThreadDriver(engine, { data: this.#data(superblock.ledgerId), machine, port, position, end, letGo });
  }

  #inlineDriver(
    engine: Engine,
    ledgerId: bigint,
    position: Position,
    end: (last: Position) => void,
    letGo: () => void,
  ): Driver {
    const recovered = this.#recovered!;
    const { executor, builds } = recovered;
    const fence = this.#fence;
    const journal = this.#openJournal(engine.memory, ledgerId, position);
    const checkFence = (): void => fence.check();
    const settles = this.#options.storage === undefined;
    const drive = this.#options.driver ?? ((...parts) => new InlineDriver(...parts, settles));
    const { slice } = this.#options;
    const machine = new MachineAgent(engine.memory, executor, { checkFence, ...(slice && { slice }) });
    return drive(engine, new JournalAgent(engine.memory, journal), machine, (failed) => {
      try {
        if (!failed) {
          fence.check();
          builds.close(executor);
        }
        journal.close();
      } finally {
        journal.abandon();
        letFilesGo(recovered);
        if (failed) letGo();
        else end(journal.position);
      }
    });
  }

  #data(ledgerId: bigint): ThreadData {
    const { memory, layout } = this.#memory;
    const wait = this.#options.wait ?? 'blocking';
    return { memory, sizes: layout.sizes, path: this.#path, ledgerId, fence: this.#fence.token, wait };
  }

  #openJournal(memory: EngineMemory, ledgerId: bigint, position: Position): Journal {
    const { token } = this.#fence;
    const checkFence = (): void => this.#fence.check();
    this.#journal = openJournal(this.#storage, this.#path, memory, { ledgerId, fence: token, position, checkFence });
    return this.#journal;
  }
}

function windowOf(bytes: Uint8Array): ReplyWindow {
  const window = ReplyWindow.of(bytes);
  assert(window !== undefined, 'the window that a recovery has made can be read');
  return window;
}

function isOnThreads({ mode }: EngineOptions): boolean {
  return (mode ?? 'threads') === 'threads';
}

/** A volume that is not mounted looks like a ledger that was never made. */
function noLedger(path: string): TallystickError {
  return new TallystickError(
    'not_found',
    `there is no ledger in ${path}: is its volume mounted? \`tallystick init ${path}\` makes a new one`,
  );
}

function newLedger(clock: Clock, newId?: bigint): { ledgerId: bigint; created: bigint } {
  const random = crypto.getRandomValues(new BigUint64Array(2));
  return { ledgerId: newId ?? random[0]! | (random[1]! << 64n), created: clock.wall() };
}
