/**
 * A disk that lies: syncs that do nothing, writes that are lost or land elsewhere, reads that rot. Nothing of that is
 * an error that the ledger could hear of. What it must not do is to go on with something wrong: what it opens is what
 * it was told, up to some op, and complete up to the newest op that anything durable vouches for; or it refuses, naming
 * the file.
 */
import { TallystickError } from '../src/model/index.ts';
import type { Io, IoFault } from '../testing/disk/io-fault.ts';
import type { Random } from '../testing/model/random.ts';
import { Workload } from '../testing/model/workload.ts';
import { agreement } from './checkers/agreement.ts';
import { conservation } from './checkers/conservation.ts';
import { machineDigest } from './checkers/determinism.ts';
import { buryWriters, swap } from './disk.ts';
import { Broken, isDamage as isDamaged, type Outcome } from './failure.ts';
import { Told } from './told.ts';
import { FOLDER, JOURNAL, type Opened, World, withoutTime } from './world.ts';

/** What a disk that lies may be found out by: damage, or bytes that were just written and are not there. */
function isDamage(error: unknown): error is TallystickError {
  return isDamaged(error) || (error instanceof TallystickError && error.code === 'disk_failed');
}

type Lie = 'sync lies' | 'write lost' | 'write misdirected' | 'read rots';

/** Runs `seed` to its end. Throws {@link Broken}, with the step of the workload in `at`. */
export async function simulateSilence(seed: number, at: { step: number } = { step: 0 }): Promise<Outcome> {
  return withoutTime(() => new Silence(seed), at);
}

class Silence {
  readonly world: World;
  readonly #told: Told;
  readonly #workload: Workload;
  /** Whether the disk lies now. */
  #lying = false;
  /** The one write or read that was changed; undefined until then. */
  #struck: Io | undefined;
  /** The last op that was acknowledged before the disk lied first. */
  #honestOp = 0;
  /** Since the disk is honest again, something of the journal was made durable. */
  #syncedSince = false;

  /** The witness is of the time before the disk lied, so that the journal must vouch for itself. */
  readonly #journalAlone: boolean;

  constructor(seed: number) {
    this.#journalAlone = seed % 2 === 0;
    this.world = new World(seed);
    this.#told = new Told(this.world);
    this.#workload = new Workload(seed);
  }

  async run(): Promise<Outcome> {
    const { world } = this;
    const { random } = world;
    let ledger = await world.open();
    const before = random.pick([2, 15, 40]);
    while (world.step < before) {
      await this.#told.say(ledger, this.world.draw(this.#workload));
      if (!random.chance(0.05)) continue;
      await ledger.port.close();
      ledger = await world.open();
    }
    const lie: Lie = random.pick(['sync lies', 'write lost', 'write misdirected', 'read rots']);
    world.count(lie);
    this.#honestOp = this.#told.heard;
    const honest = world.storage.fork();
    this.#lying = true;
    world.storage.faults = this.#faults(lie, random);
    const how = await this.#talk(ledger, random);
    const proven = this.#proven(lie, how);
    world.count(how);
    world.storage = how === 'killed' ? world.storage.restart() : world.storage.crash(() => random.u32() / 2 ** 32);
    buryWriters(world.storage, FOLDER);
    if (this.#journalAlone) swap(world.storage, honest, `${FOLDER}/witness`);
    await this.#judge(lie, proven);
    return { digest: world.digest(), counts: world.counts, batches: world.batches };
  }

  /** Some steps with a disk that lies, perhaps some more with one that does not any more, and an end. */
  async #talk(opened: Opened, random: Random): Promise<'power' | 'killed' | 'closed'> {
    let ledger = opened;
    try {
      if (random.chance(0.3)) {
        await ledger.port.close();
        ledger = await this.world.open();
      }
      for (let talk = random.between(1, 6); talk > 0; talk--)
        await this.#told.say(ledger, this.world.draw(this.#workload), isDamage);
      if (random.chance(0.5)) {
        this.#lying = false;
        for (let talk = random.below(4); talk > 0; talk--)
          await this.#told.say(ledger, this.world.draw(this.#workload), isDamage);
      }
      const how = random.pick(['power', 'killed', 'closed'] as const);
      if (how === 'closed') await ledger.port.close();
      return how;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.world.count('stopped');
      return 'power';
    }
  }

  #faults(lie: Lie, random: Random): (io: Io) => IoFault | undefined {
    let left = random.below(lie === 'read rots' ? 20 : 8);
    const by = 512 * random.pick([1, -1, 8, -8, random.between(-200, 200)]);
    const bit = random.below(2 ** 20);
    return (io) => {
      // Locks are another story: who cannot read one asks for help.
      if (io.path.includes('/writer-')) return undefined;
      if (lie === 'sync lies') {
        if (this.#lying && (io.kind === 'sync' || io.kind === 'sync_folder')) return { kind: 'lie' };
        if (!this.#lying && io.kind === 'sync' && io.path === JOURNAL) this.#syncedSince = true;
        return undefined;
      }
      if (this.#struck !== undefined) {
        if (io.kind === 'write' && io.path === JOURNAL) this.#syncedSince = true;
        return undefined;
      }
      if (!this.#lying || io.kind !== (lie === 'read rots' ? 'read' : 'write') || left-- > 0) {
        if (io.kind === 'write' && io.path === JOURNAL) this.#honestOp = this.#told.heard;
        return undefined;
      }
      this.#struck = io;
      if (lie === 'read rots') return { kind: 'rot', bit };
      return lie === 'write lost' ? { kind: 'lost' } : { kind: 'misdirected', by };
    };
  }

  /** The newest op that must be found, or refused: something that is on the disk says that there was such an op. */
  #proven(lie: Lie, how: 'power' | 'killed' | 'closed'): number {
    const { heard } = this.#told;
    if (how === 'killed' || lie === 'read rots') return heard;
    if (lie === 'sync lies') return !this.#lying && (how === 'closed' || this.#syncedSince) ? heard : this.#honestOp;
    // A write of the journal that is followed by another one, or by a clean close, is vouched for.
    const last = this.#struck?.path === JOURNAL && !this.#syncedSince && how !== 'closed';
    return last ? this.#honestOp : heard;
  }

  async #judge(lie: Lie, proven: number): Promise<void> {
    const { world } = this;
    const refused = (error: unknown): boolean => {
      if (!isDamage(error)) throw error;
      world.count(`${lie}: refused`);
      return true;
    };
    let ledger: Opened;
    try {
      ledger = await world.open();
    } catch (error) {
      refused(error);
      return;
    }
    const { op } = ledger.engine.sequencer;
    world.note(`${op} ${machineDigest(ledger)}`);
    if (op < proven) throw new Broken('detection', `${lie}: op ${proven} was durable, the newest one found is ${op}`);
    if (op > this.#told.sent)
      throw new Broken('durability', `op ${op} was found, ${this.#told.sent} was the last sent`);
    if (op < this.#told.heard) world.count(`${lie}: nothing left that knows of it`);
    const model = this.#told.modelAt(op);
    if (model === undefined) return;
    world.model = model;
    await agreement(world, ledger, `after ${lie}`, refused);
    try {
      await conservation(world, ledger);
      await ledger.port.close();
    } catch (error) {
      refused(error);
    }
  }
}
