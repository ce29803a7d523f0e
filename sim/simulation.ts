/**
 * One seed: a ledger, a disk that fails, requests, and what must be true whatever happens.
 *
 *   talk ──▶ burst ──▶ failure within a burst ──▶ recovery, which may fail itself ──▶ all is compared ──▶ talk …
 *        └─▶ close, open                                └─▶ damage to copies of the files
 */
import { Random } from '../testing/model/random.ts';
import type { AdvanceStep, RequestStep, Step } from '../testing/model/workload.ts';
import { agreement, readAll } from './checkers/agreement.ts';
import { conservation } from './checkers/conservation.ts';
import { detection } from './checkers/detection.ts';
import { machineDigest, sameDigest } from './checkers/determinism.ts';
import { durability } from './checkers/durability.ts';
import { idempotence } from './checkers/idempotence.ts';
import { buryWriters, ends, isHeard, strike } from './disk.ts';
import { Broken, isRefusal, type Outcome } from './failure.ts';
import { rival } from './rival.ts';
import { Steps } from './steps.ts';
import type { Failure } from './taste.ts';
import { FOLDER, isCreate, World, withoutTime } from './world.ts';

/**
 * Runs `seed` to its end. Throws {@link Broken}, with the step of the workload where it happened in `at`. With `blind`
 * the same things happen and are not compared with the model.
 */
export async function simulate(seed: number, at: { step: number } = { step: 0 }, blind = false): Promise<Outcome> {
  return withoutTime(() => new Simulation(seed, blind), at);
}

class Simulation {
  readonly world: World;
  readonly #workload: Steps;
  readonly #blind: boolean;
  /** Taken from the workload, and not yet told. */
  #left: Step | undefined;

  constructor(seed: number, blind: boolean) {
    this.world = new World(seed);
    this.#blind = blind;
    this.#workload = new Steps('disk', seed, blind);
  }

  async run(): Promise<Outcome> {
    const { world } = this;
    const { taste, random } = world;
    world.ledger = await world.open();
    while (world.step < taste.steps) {
      if (random.chance(taste.failure)) await this.#failure(random.pick(taste.failures));
      else if (random.chance(taste.reopen)) await this.#reopen();
      else if (random.chance(taste.damage)) await this.#damage();
      else if (random.chance(taste.rival)) await this.#rival();
      else if (random.chance(taste.burst)) await this.#burst();
      else await world.say(this.#next());
    }
    const outcome = { digest: world.digest(), counts: world.counts, batches: world.batches };
    if (!this.#blind) {
      await this.#check('at the end', true);
      await this.#replayAll();
      await idempotence(world, world.ledger);
    }
    await world.ledger.port.close();
    return outcome;
  }

  #next(): Step {
    const left = this.#left;
    this.#left = undefined;
    if (left !== undefined) return left;
    this.world.step++;
    return this.#workload.next();
  }

  /** Requests for a burst, or one advance. */
  #conversation(): readonly RequestStep[] | AdvanceStep {
    const steps: RequestStep[] = [];
    for (let count = this.world.random.between(1, this.world.taste.burstMax); count > 0; count--) {
      const step = this.#next();
      if (step.kind === 'request') steps.push(step);
      else if (steps.length === 0) return step;
      else this.#left = step;
      if (this.#left !== undefined) break;
    }
    return steps;
  }

  /** Many in flight at once share writes, and are answered in order. */
  async #burst(): Promise<void> {
    const { world } = this;
    const steps = this.#conversation();
    if ('kind' in steps) return world.say(steps);
    world.count('burst');
    const replies = await Promise.all(
      steps.map(({ operation, events, timestamp }) => world.ledger.port.request(operation, events, timestamp)),
    );
    for (const [index, step] of steps.entries()) world.judge(step, replies[index]);
  }

  async #reopen(): Promise<void> {
    const { world } = this;
    const live = machineDigest(world.ledger);
    const { op } = world.ledger.engine.sequencer;
    await world.ledger.port.close();
    world.ledger = await world.open();
    world.count('reopen');
    const { recovery, engine } = world.ledger;
    if (recovery.tornCells !== 0)
      throw new Broken('durability', `${recovery.tornCells} torn cells after a clean close`);
    durability({ before: op, heard: 0, sent: 0, after: engine.sequencer.op });
    sameDigest(live, machineDigest(world.ledger), 'closed and opened');
    await this.#check('after a clean close');
  }

  async #rival(): Promise<void> {
    await rival(this.world, () => this.#next());
    await this.#check('after the first writer woke up');
  }

  /** The same journal without snapshots and runs gives the same ledger. */
  async #replayAll(): Promise<void> {
    const { world } = this;
    const live = machineDigest(world.ledger);
    await world.ledger.port.close();
    const copy = world.storage.fork();
    for (const folder of [`${FOLDER}/snapshots`, `${FOLDER}/runs`]) {
      for (const name of copy.list(folder)) copy.remove(`${folder}/${name}`);
    }
    const replayed = await world.open(copy);
    sameDigest(live, machineDigest(replayed), 'replayed from its first op');
    await agreement(world, replayed, 'replayed from its first op');
    await replayed.port.close();
    world.ledger = await world.open();
  }

  async #damage(): Promise<void> {
    const { world } = this;
    const { cell, op } = world.ledger.engine.sequencer.from;
    if (op === 0) return;
    await world.ledger.port.close();
    const random = new Random(world.random.u32());
    world.model.ask();
    if (!this.#blind) await detection(world, cell, random);
    world.ledger = await world.open();
    await this.#check('after damage to its copies');
  }

  /** The disk takes some more bytes while requests are in flight; then it happens. */
  async #failure(how: Failure): Promise<void> {
    const { world } = this;
    const { random, taste } = world;
    world.count(how);
    strike(world.storage, how, random, taste);
    // Some disks have room for all of it: then it happens between two requests.
    for (let bursts = random.between(1, 3); bursts > 0; bursts--) {
      const steps = this.#conversation();
      const failed = 'kind' in steps ? await this.#advanceOrFail(steps, how) : await this.#burstOrFail(steps, how);
      if (failed) return;
    }
    const { op } = world.ledger.engine.sequencer;
    await this.#recover(how);
    durability({ before: op, heard: 0, sent: 0, after: world.ledger.engine.sequencer.op });
    await this.#check(`after ${how} between two requests`);
  }

  /** Expiries may have happened, some or all, without anybody hearing of it: time is told again. */
  async #advanceOrFail(step: AdvanceStep, how: Failure): Promise<boolean> {
    const { world } = this;
    const { op } = world.ledger.engine.sequencer;
    const [outcome] = await Promise.allSettled([world.ledger.port.advance(step.nanoseconds)]);
    if (outcome.status === 'rejected') {
      if (!isHeard(outcome.reason, how)) throw outcome.reason;
      await this.#recover(how);
      durability({ before: op, heard: 0, sent: Number.POSITIVE_INFINITY, after: world.ledger.engine.sequencer.op });
      const { timestamp } = world.ledger.engine.sequencer;
      const now = timestamp > world.model.now ? timestamp : world.model.now;
      const then = world.model.now + step.nanoseconds;
      await world.ledger.port.advance(then > now ? then - now : 0n);
    }
    world.model.advance(step.nanoseconds);
    if (outcome.status === 'rejected') await this.#check('after recovery');
    return outcome.status === 'rejected';
  }

  async #burstOrFail(steps: readonly RequestStep[], how: Failure): Promise<boolean> {
    const { world } = this;
    const before = world.ledger.engine.sequencer.op;
    const outcomes = await Promise.allSettled(
      steps.map(({ operation, events, timestamp }) => world.ledger.port.request(operation, events, timestamp)),
    );
    // A read that the disk did not serve is refused alone; any other refusal is the last that this ledger says.
    const heard = outcomes.findLastIndex(({ status }) => status === 'fulfilled') + 1;
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected') {
        // For want of room it may be refused before it has begun; then others are still answered.
        if (isRefusal(outcome.reason)) continue;
        if (index < heard && isCreate(steps[index]!))
          throw new Broken('durability', 'a reply came after a batch that had none');
        if (!isHeard(outcome.reason, how)) throw outcome.reason;
      } else world.judge(steps[index]!, outcome.value);
    }
    if (heard === steps.length) return false;
    const alive = world.ledger.engine.failure === undefined;
    if (alive && outcomes.every((outcome) => outcome.status === 'fulfilled' || isRefusal(outcome.reason))) return false;
    await this.#recover(how);
    const lost = steps.slice(heard);
    const found = durability({
      before,
      heard: steps.slice(0, heard).filter((step, index) => isCreate(step) && outcomes[index]!.status === 'fulfilled')
        .length,
      sent: steps.filter(isCreate).length,
      after: world.ledger.engine.sequencer.op,
    });
    world.note(`found ${found}`);
    await this.#afterwards(lost, found - steps.slice(0, heard).filter(isCreate).length);
    return true;
  }

  /** The first `found` of `lost` were executed although nobody heard of it; the others are forgotten, or sent again. */
  async #afterwards(lost: readonly RequestStep[], found: number): Promise<void> {
    const { world } = this;
    let executed = 0;
    const forgotten: RequestStep[] = [];
    for (const step of lost) {
      if (!isCreate(step) || executed === found) forgotten.push(step);
      else {
        world.judge(step, undefined);
        executed++;
      }
    }
    await this.#check('after recovery');
    if (world.random.chance(0.5)) return;
    for (const step of forgotten) if (isCreate(step)) await world.say(step);
  }

  async #recover(how: Failure): Promise<void> {
    const { world } = this;
    const { random } = world;
    await this.#letGo(how);
    let shown = 0;
    // A power failure takes away bytes that a failed sync has left in the page cache alone, unless a recovery has shown
    // them.
    if (how === 'sync_failed' && random.chance(0.5)) {
      world.count('power behind a recovery behind a failed sync');
      world.ledger = await world.open();
      shown = world.ledger.engine.sequencer.op;
      this.#crash('power');
    }
    // Recovery may fail as well, some times in a row.
    while (random.chance(0.3)) {
      const again = random.pick(world.taste.failures);
      strike(world.storage, again, random, world.taste);
      world.count(`${again} in recovery`);
      try {
        world.ledger = await world.open();
      } catch (error) {
        if (!isHeard(error, again)) throw error;
        this.#crash(again);
        continue;
      }
      shown = Math.max(shown, world.ledger.engine.sequencer.op);
      await this.#letGo(again);
    }
    world.ledger = await world.open();
    // A batch that one recovery found, and could show, the next one finds again.
    durability({ before: shown, heard: 0, sent: Number.POSITIVE_INFINITY, after: world.ledger.engine.sequencer.op });
    const { replayed, snapshotOp, tornCells } = world.ledger.recovery;
    world.note(`${replayed} ${snapshotOp} ${tornCells} ${world.ledger.engine.sequencer.op}`);
  }

  async #letGo(how: Failure): Promise<void> {
    // A process that was killed closes nothing; one whose disk failed does.
    if (!ends(how)) {
      await this.world.ledger.port.close().catch((error: unknown) => {
        if (!isHeard(error, how)) throw error;
      });
    }
    this.#crash(how);
  }

  #crash(how: Failure): void {
    const { world } = this;
    if (!ends(how)) {
      world.storage.repair();
      return;
    }
    const power = how === 'power' || how === 'power_at_step';
    world.storage = power ? world.storage.crash(() => world.random.u32() / 2 ** 32) : world.storage.restart();
    buryWriters(world.storage, FOLDER);
  }

  /** Asks for the transfers of a few accounts, each time others; at the end, of all. */
  async #check(when: string, all = false): Promise<void> {
    const { world } = this;
    const sample = all ? undefined : world.random.u32();
    world.note(machineDigest(world.ledger));
    if (this.#blind) await readAll(world, world.ledger, sample);
    else await agreement(world, world.ledger, when, undefined, sample);
    await conservation(world, world.ledger);
  }
}
