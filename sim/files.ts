/**
 * Whole files: after a ledger has ended, one of its files is lost, emptied, cut, damaged, or swapped for what it was at
 * an earlier time, or several are of an earlier time. What had been told is all found, or the ledger is refused by
 * name. Who accepts the loss gets what the model had behind an earlier op.
 */
import type { ErrorCode } from '../src/model/index.ts';
import { TallystickError } from '../src/model/index.ts';
import type { FaultyStorage } from '../testing/disk/faulty-storage.ts';
import { op } from '../testing/model/names.ts';
import type { Random } from '../testing/model/random.ts';
import { accountLayout, encode } from '../testing/model/records.ts';
import { Workload } from '../testing/model/workload.ts';
import { agreement } from './checkers/agreement.ts';
import { conservation } from './checkers/conservation.ts';
import { buryWriters, flipBit, sizeOf, swap } from './disk.ts';
import { Broken, type Outcome } from './failure.ts';
import { ONE_MORE } from './judge.ts';
import { Told } from './told.ts';
import { FOLDER, type Opened, World, withoutTime } from './world.ts';

/** Copies whose files are damaged, for one ledger. */
const ROUNDS = 12;
const PARTS = ['', '/journal', '/snapshots', '/runs'] as const;
const REFUSALS: readonly ErrorCode[] = [
  'journal_corrupt',
  'snapshot_corrupt',
  'run_corrupt',
  'format_foreign',
  'format_newer',
  // A lock that cannot be read wants a person.
  'locked',
];

type Fault = 'lost' | 'emptied' | 'cut' | 'cut near its end' | 'flipped' | 'flipped near its end' | 'older';
const FAULTS: readonly Fault[] = [
  'lost',
  'emptied',
  'cut',
  'cut near its end',
  'flipped',
  'flipped near its end',
  'flipped near its end',
  'older',
  'older',
];

/** Runs `seed` to its end. Throws {@link Broken}, with the step of the workload in `at`. */
export async function simulateFiles(seed: number, at: { step: number } = { step: 0 }): Promise<Outcome> {
  return withoutTime(() => new Files(seed), at);
}

class Files {
  readonly world: World;
  readonly #told: Told;
  readonly #workload: Workload;
  /** The disk as it was at earlier times. */
  readonly #older: FaultyStorage[] = [];

  constructor(seed: number) {
    this.world = new World(seed);
    this.#told = new Told(this.world);
    this.#workload = new Workload(seed);
  }

  async run(): Promise<Outcome> {
    const { world } = this;
    const how = await this.#live(world.random);
    world.count(how);
    buryWriters(world.storage, FOLDER);
    for (let round = 0; round < ROUNDS; round++) {
      const copy = world.storage.fork();
      const what = world.random.chance(0.15) ? this.#ageSome(copy, world.random) : this.#damageOne(copy, world.random);
      if (what !== undefined) await this.#judge(copy, `${how}, ${what}`);
    }
    const ledger = await world.open();
    this.#foundAll(ledger, how);
    await ledger.port.close();
    return { digest: world.digest(), counts: world.counts, batches: world.batches };
  }

  /** A few lives of the ledger, and how the last one ends. */
  async #live(random: Random): Promise<'killed' | 'power' | 'closed'> {
    const { world } = this;
    const lives = random.between(1, 3);
    for (let life = 1; ; life++) {
      const ledger = await world.open();
      for (let talk = random.pick([2, 10, 30]); talk > 0; talk--) {
        await this.#told.say(ledger, world.draw(this.#workload));
        if (random.chance(0.1)) this.#older.push(world.storage.fork());
      }
      const how = random.pick(['killed', 'power', 'closed'] as const);
      if (how === 'closed') await ledger.port.close();
      // Idle for some milliseconds: the power takes no more than what came since.
      if (how === 'power') ledger.engine.settle();
      if (how === 'killed') world.storage = world.storage.restart();
      if (how === 'power') world.storage = world.storage.crash(() => random.u32() / 2 ** 32);
      if (life === lives) return how;
      buryWriters(world.storage, FOLDER);
      if (random.chance(0.5)) this.#older.push(world.storage.fork());
    }
  }

  /** Damages one file, and says how in words. */
  #damageOne(copy: FaultyStorage, random: Random): string | undefined {
    const path = random.pick(filesOf(copy));
    const fault = random.pick(FAULTS);
    const size = sizeOf(copy, path);
    this.world.counted(`${fault}: ${path.slice(FOLDER.length + 1).replace(/\d+/, 'N')}`);
    if (fault === 'lost') copy.remove(path);
    else if (fault === 'older') {
      if (this.#older.length === 0) return undefined;
      swap(copy, random.pick(this.#older), path);
    } else if (size === 0) return undefined;
    else if (fault === 'flipped') return flipBit(copy, path, 0, size, random);
    else {
      const used = usedSize(copy, path);
      if (fault === 'flipped near its end') return flipBit(copy, path, Math.max(0, used - 700), used, random);
      const to = fault === 'emptied' ? 0 : fault === 'cut' ? random.below(size) : Math.max(0, used - random.below(700));
      const file = copy.open(path, { mode: 'write', durable: true });
      file.truncate(to);
      file.close();
      return `${path} cut at ${to}`;
    }
    return `${path} ${fault}`;
  }

  /** Several kinds of files become what they were at an earlier time; the witness stays as it is. */
  #ageSome(copy: FaultyStorage, random: Random): string | undefined {
    if (this.#older.length === 0) return undefined;
    const older = random.pick(this.#older);
    const kinds = [/superblock$/, /\.seg$/, /\.sum$/, /\.snap$/, /\.run$/].filter(() => random.chance(0.6));
    for (const path of new Set([...filesOf(copy), ...filesOf(older)])) {
      if (kinds.some((kind) => kind.test(path))) swap(copy, older, path);
    }
    this.world.counted('several older');
    return `of an earlier time: ${kinds.join(' ')}`;
  }

  async #judge(copy: FaultyStorage, what: string): Promise<void> {
    const { world } = this;
    let refused = false;
    let ledger: Opened | undefined;
    const mayRefuse = (error: unknown): boolean => {
      if (!(error instanceof TallystickError && REFUSALS.includes(error.code))) throw error;
      refused = true;
      return true;
    };
    try {
      ledger = await world.open(copy.fork());
    } catch (error) {
      mayRefuse(error);
      world.counted(`refused: ${(error as TallystickError).code}`);
      if ((error as TallystickError).code === 'journal_corrupt') await this.#accept(copy, what);
      return;
    }
    this.#foundAll(ledger, what);
    await agreement(world, ledger, what, mayRefuse);
    if (!refused) await conservation(world, ledger);
    await ledger.port.close();
  }

  #foundAll({ engine }: Opened, what: string): void {
    const found = engine.sequencer.op;
    if (found >= this.#told.heard && found <= this.#told.sent) return;
    const { heard } = this.#told;
    throw new Broken('durability', `${what}: opens with op ${found}, and op ${heard} had been told`);
  }

  /**
   * With the loss accepted it opens, as it was behind an earlier op, goes on from there, and opens again without a
   * word.
   */
  async #accept(copy: FaultyStorage, what: string): Promise<void> {
    const { world } = this;
    const mayRefuse = (error: unknown): boolean => {
      if (error instanceof TallystickError && REFUSALS.includes(error.code)) return true;
      throw error;
    };
    let ledger: Opened;
    try {
      ledger = await world.open(copy, true, { acceptLoss: true, repair: true });
    } catch (error) {
      mayRefuse(error);
      world.counted(`not even with a loss: ${(error as TallystickError).code}`);
      return;
    }
    const found = ledger.engine.sequencer.op;
    const model = this.#told.modelAt(found);
    if (model !== undefined) {
      const newest = world.model;
      world.model = model;
      await agreement(world, ledger, `${what}, and the loss accepted`, mayRefuse);
      world.model = newest;
    }
    const { timestamp } = ledger.engine.sequencer;
    const now = timestamp > world.model.now ? timestamp : world.model.now;
    await ledger.port.request(op.create_accounts, encode(accountLayout, [ONE_MORE]), now + 1n);
    const killed = copy.restart();
    buryWriters(killed, FOLDER);
    const again = await world.open(killed);
    if (again.engine.sequencer.op !== found + 1)
      throw new Broken('durability', `${what}: after the loss was accepted, op ${found + 1} was told and is not found`);
    world.counted('loss accepted');
    await again.port.close();
  }
}

function filesOf(storage: FaultyStorage): string[] {
  const isFile = (name: string): boolean => /\./.test(name) || /^(superblock|witness)$/.test(name);
  return PARTS.flatMap((part) => {
    const folder = `${FOLDER}${part}`;
    return storage
      .list(folder)
      .filter(isFile)
      .map((name) => `${folder}/${name}`);
  });
}

/** Bytes up to the last one that is not zero. */
function usedSize(storage: FaultyStorage, path: string): number {
  const bytes = new Uint8Array(sizeOf(storage, path));
  const file = storage.open(path, { mode: 'read' });
  file.read(bytes, 0);
  file.close();
  return bytes.findLastIndex((byte) => byte !== 0) + 1;
}
