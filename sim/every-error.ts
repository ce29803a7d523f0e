/**
 * A short trace, told again for every step that the disk takes in it: that one fails, alone or with all that follow.
 *
 *   three folders (none yet; closed; of a process that was killed) ─▶ open, talk, close
 *        ─▶ a step of it fails, by each name that a step can fail by
 *        ─▶ whoever asked hears that name, or nothing; what was opened is closed
 *        ─▶ the disk is well again, and the folder is opened: by the same process, and behind the power
 */
import { setImmediate } from 'node:timers/promises';
import type { FaultyStorage } from '../testing/disk/faulty-storage.ts';
import type { Model } from '../testing/model/model.ts';
import { type Step, Workload } from '../testing/model/workload.ts';
import { buryWriters, isHeard, strikeAt } from './disk.ts';
import { Broken, type Outcome } from './failure.ts';
import { all, BURST_MAX, entire, Judge, none, nothing, SEAL_ENTRIES } from './judge.ts';
import type { Failure } from './taste.ts';
import { Told } from './told.ts';
import { FOLDER, type Opened, World, withoutTime } from './world.ts';

/** Conversations in each of the three lives. */
const TALK = 5;
/** Share of a failing write that is written. */
const WRITTEN = 0.5;

const FAILURES: readonly (readonly [how: Failure, stays: boolean])[] = [
  ['eio', false],
  ['eio', true],
  ['enospc', true],
  ['emfile', false],
  ['sync_failed', false],
  ['look_failed', false],
];

/** A folder as some process found it, and what was said to that process. */
interface Life {
  readonly found: string;
  readonly storage: FaultyStorage;
  readonly told: Told;
  readonly model: () => Model;
  readonly talk: readonly (readonly Step[])[];
}

/** Runs `seed` to its end. Throws {@link Broken}, with the step of the workload in `at`. */
export async function simulateEveryError(seed: number, at: { step: number } = { step: 0 }): Promise<Outcome> {
  return withoutTime(() => new EveryError(seed), at);
}

class EveryError {
  readonly world: World;
  readonly #workload: Workload;
  readonly #judge: Judge;

  constructor(seed: number) {
    this.world = new World(seed, { sealEntries: SEAL_ENTRIES });
    this.#workload = new Workload(seed);
    this.#judge = new Judge(this.world);
  }

  async run(): Promise<Outcome> {
    const { world } = this;
    for (const life of await this.#lives()) {
      for (const [how, stays] of FAILURES) {
        for (let step = 0; await this.#fail(life, how, step, stays); step++) {
          world.count(`${how} at a step${stays ? ' and all that follow' : ''}`);
          // Otherwise Node keeps some of what each of thousands of ledgers leaves.
          await setImmediate();
        }
      }
    }
    return { digest: world.digest(), counts: world.counts, batches: world.batches };
  }

  /** Nothing fails yet. */
  async #lives(): Promise<Life[]> {
    const { world } = this;
    const told = new Told(world);
    const lives: Life[] = [];
    for (const found of ['no folder yet', 'a closed one', 'one whose process was killed']) {
      const before = told.fork();
      const { now } = world.model;
      const model = (): Model => {
        const copy = before.modelAt(before.sent)!;
        if (now > copy.now) copy.now = now;
        return copy;
      };
      const talk = Array.from({ length: TALK }, () => world.draw(this.#workload, BURST_MAX));
      lives.push({ found, storage: world.storage.restart(), told: before, model, talk });
      const ledger = await world.open();
      for (const steps of talk) await told.say(ledger, steps);
      const killed = lives.length === 2 ? world.storage.restart() : undefined;
      await ledger.port.close();
      if (killed === undefined) continue;
      world.storage = killed;
      buryWriters(killed, FOLDER);
    }
    return lives;
  }

  /** False when the life is over before that step. */
  async #fail(life: Life, how: Failure, step: number, stays: boolean): Promise<boolean> {
    const { world } = this;
    const storage = life.storage.restart();
    // Where a page cache forgets what it could not write.
    if (how === 'sync_failed') storage.direct = false;
    const told = life.told.fork();
    world.model = life.model();
    const struck = strikeAt(storage, how, step, WRITTEN, stays);
    await this.#live(life, storage, told, how);
    const io = struck();
    if (io === undefined) return false;
    const when = `${life.found}: ${how}${stays ? ' from then on' : ''} at step ${step}, ${io.kind} of ${io.path}`;
    const { openFiles } = storage;
    if (openFiles.length > 0) throw new Broken('leaks', `${when}: ${openFiles.join(', ')} stay open`);
    storage.repair();
    world.note(`${told.heard} ${told.sent}`);
    const modelAt = (op: number): Model | undefined => told.modelAt(op);
    await this.#judge.opened(storage.crashWith(none, nothing), told, `${when}, nothing is there`, modelAt);
    await this.#judge.opened(storage.crashWith(all, entire), told, `${when}, all is there`, modelAt);
    await this.#judge.shown(storage, told, when);
    return true;
  }

  /** Opens, talks and closes as far as the disk lets it. */
  async #live(life: Life, storage: FaultyStorage, told: Told, how: Failure): Promise<void> {
    const heard = (error: unknown): boolean => isHeard(error, how);
    const expected = (error: unknown): void => {
      if (!heard(error)) throw error;
    };
    let ledger: Opened | undefined;
    try {
      ledger = await this.world.open(storage);
      for (const steps of life.talk) await told.say(ledger, steps, heard);
    } catch (error) {
      expected(error);
    }
    await ledger?.port.close().catch(expected);
  }
}
