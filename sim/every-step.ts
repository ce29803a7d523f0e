/**
 * A short trace, and a crash before every step that the disk takes in it: where all can be tried, nothing is drawn.
 *
 *   open, talk, close ─▶ open, talk, be killed ─▶ open, talk, close      before each step a copy of the disk is kept
 *        each copy ─▶ the power goes (all, nothing, one more or one less of what was not synced is there, one write
 *                     is torn), or the process is killed
 *                  ─▶ opened again and compared with the model as it was at that op
 */
import { setImmediate } from 'node:timers/promises';
import type { FaultyStorage } from '../testing/disk/faulty-storage.ts';
import type { Io } from '../testing/disk/io-fault.ts';
import type { Model } from '../testing/model/model.ts';
import { Workload } from '../testing/model/workload.ts';
import { buryWriters } from './disk.ts';
import type { Outcome } from './failure.ts';
import { all, BURST_MAX, entire, Judge, type Known, none, nothing, SEAL_ENTRIES } from './judge.ts';
import { Told } from './told.ts';
import { FOLDER, type Opened, World, withoutTime } from './world.ts';

/** Steps that leave the disk as it was are no moments of their own. */
const CHANGES: readonly Io['kind'][] = ['create', 'write', 'sync', 'truncate', 'rename', 'remove', 'sync_folder'];
const SYNCS: readonly Io['kind'][] = ['sync', 'sync_folder'];
/** Steps of the workload in each of the three lives. */
const TALK = 9;

interface Moment extends Known {
  /** The step that the disk was about to take. */
  readonly io: Io;
  readonly storage: FaultyStorage;
}

/** Runs `seed` to its end. Throws {@link Broken}, with the step of the workload in `at`. */
export async function simulateEveryStep(seed: number, at: { step: number } = { step: 0 }): Promise<Outcome> {
  return withoutTime(() => new EveryStep(seed), at);
}

class EveryStep {
  readonly world: World;
  readonly #told: Told;
  readonly #workload: Workload;
  readonly #moments: Moment[] = [];
  readonly #models = new Map<number, Model | undefined>();
  #ledger: Opened | undefined;
  readonly #judge: Judge;

  constructor(seed: number) {
    this.world = new World(seed, { sealEntries: SEAL_ENTRIES });
    this.#told = new Told(this.world);
    this.#judge = new Judge(this.world);
    this.#workload = new Workload(seed);
  }

  async run(): Promise<Outcome> {
    const { world } = this;
    await this.#life();
    await this.#ledger!.port.close();
    await this.#life();
    world.storage = world.storage.restart();
    buryWriters(world.storage, FOLDER);
    await this.#life();
    await this.#ledger!.port.close();
    let synced = false;
    for (const moment of this.#moments) {
      world.count(`before ${moment.io.kind}`);
      for (const [fate, storage] of afterPower(moment.storage, synced)) await this.#opened(moment, fate, storage);
      // A sync changes nothing that the next process sees.
      if (!synced) await this.#killed(moment);
      synced = SYNCS.includes(moment.io.kind);
      // Otherwise Node keeps some of what each of thousands of ledgers leaves.
      await setImmediate();
    }
    return { digest: world.digest(), counts: world.counts, batches: world.batches };
  }

  async #life(): Promise<void> {
    const { world } = this;
    this.#ledger = undefined;
    watch(world.storage, (io) => this.#keep(io));
    this.#ledger = await world.open();
    for (let talk = 0; talk < TALK; talk++)
      await this.#told.say(this.#ledger, this.world.draw(this.#workload, BURST_MAX));
  }

  #keep(io: Io): void {
    const { heard, sent } = this.#told;
    const now = this.#ledger?.engine.sequencer.op ?? 0;
    this.#moments.push({ io, storage: this.world.storage.restart(), heard, sent: Math.max(sent, now) });
  }

  /**
   * A power failure takes away neither what a recovery has shown nor batches acknowledged behind it; the power may fail
   * before any step of that recovery.
   */
  async #killed({ io, storage, heard, sent }: Moment): Promise<void> {
    const { world } = this;
    const recovering: Moment[] = [];
    const fate = 'killed, and the power goes behind the next batch';
    world.counted(fate);
    const after = storage.restart();
    buryWriters(after, FOLDER);
    // The killed process's last writes are in the page cache alone.
    if (storage.pending.writes > 0)
      watch(after, (step) => recovering.push({ io: step, storage: after.restart(), heard, sent }));
    await this.#judge.shown(after, { heard, sent }, `${fate}, before ${io.kind} of ${io.path}`);
    for (const moment of recovering) {
      const nothingIsThere = moment.storage.crashWith(none, nothing);
      await this.#opened(moment, 'killed, recovery dies, nothing is there', nothingIsThere, nobody);
      const torn = moment.storage.crashWith(all, early);
      await this.#opened(moment, 'killed, recovery dies, all writes are torn', torn, nobody);
    }
  }

  async #opened(moment: Moment, fate: string, storage: FaultyStorage, modelAt = this.#modelAt): Promise<void> {
    this.world.counted(fate);
    await this.#judge.opened(storage, moment, `${fate}, before ${moment.io.kind} of ${moment.io.path}`, modelAt);
  }

  readonly #modelAt = (op: number): Model | undefined => {
    if (!this.#models.has(op)) this.#models.set(op, this.#told.modelAt(op));
    return this.#models.get(op);
  };
}

/** Calls `before` before every step that changes `storage`. */
function watch(storage: FaultyStorage, before: (io: Io) => void): void {
  storage.faults = (io) => {
    if (CHANGES.includes(io.kind)) before(io);
    return undefined;
  };
}

/** Not compared with the model. */
const nobody = (): undefined => undefined;
/** Less than a head of anything. */
const early = (): number => 0.01;

/**
 * The disks that may be found after a power failure: everything that was not synced, nothing of it, all but one step,
 * one step alone, one write torn. `synced`: the step before was a sync, so that everything is what it was; another one,
 * so that nothing is.
 */
function* afterPower(storage: FaultyStorage, synced: boolean): Generator<readonly [fate: string, FaultyStorage]> {
  const { writes, names } = storage.pending;
  if (!synced || writes + names === 0) yield ['all is there', storage.crashWith(all, entire)];
  if (synced && writes + names > 0) yield ['nothing is there', storage.crashWith(none, nothing)];
  for (let one = 0; one < writes; one++) {
    yield ['a write is torn', storage.crashWith(all, (write) => (write === one ? 0.5 : 1))];
    if (writes + names === 1) continue;
    yield ['a write is lost', storage.crashWith(all, (write) => (write === one ? 0 : 1))];
    if (writes > 1) yield ['a write is there alone', storage.crashWith(all, (write) => (write === one ? 1 : 0))];
  }
  for (let one = 0; one < names; one++) {
    if (writes + names === 1) continue;
    yield ['a name is lost', storage.crashWith((name) => name !== one, entire)];
    if (one < names - 1) yield ['names are there up to one', storage.crashWith((name) => name <= one, entire)];
    if (writes > 0 || names > 1)
      yield ['a name is there alone, without bytes', storage.crashWith((name) => name === one, nothing)];
  }
}
