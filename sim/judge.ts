/** The judge of the two worlds that try everything: it checks a ledger that was opened again. */
import type { FaultyStorage } from '../testing/disk/faulty-storage.ts';
import type { Model } from '../testing/model/model.ts';
import { op } from '../testing/model/names.ts';
import { accountLayout, decode, encode, encodeIds } from '../testing/model/records.ts';
import { agreement } from './checkers/agreement.ts';
import { conservation } from './checkers/conservation.ts';
import { machineDigest } from './checkers/determinism.ts';
import { durability } from './checkers/durability.ts';
import { buryWriters } from './disk.ts';
import { Broken } from './failure.ts';
import { FOLDER, type Opened, type World } from './world.ts';

/** Ops. */
export interface Known {
  /** The newest one that was acknowledged. */
  readonly heard: number;
  /** The newest one that had been sent. */
  readonly sent: number;
}

/** Said at once, at most. */
export const BURST_MAX = 3;
/** Few enough that a short trace makes runs and snapshots. */
export const SEAL_ENTRIES = 25;

/** An account that no workload makes. */
export const ONE_MORE: { readonly id: bigint; readonly ledger: bigint; readonly code: bigint } = {
  id: 2n ** 100n,
  ledger: 1n,
  code: 1n,
};

/** Which changes of names, and how much of which writes, {@link FaultyStorage.crashWith} lets happen. */
export const all = (): boolean => true;
export const none = (): boolean => false;
export const entire = (): number => 1;
export const nothing = (): number => 0;

export class Judge {
  readonly #world: World;
  #judged = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * Opens `storage`, whose writers are dead: it has what was heard, and all that can be read is as `modelAt` has it at
   * that op; if that is none, debits are credits.
   */
  async opened(
    storage: FaultyStorage,
    { heard, sent }: Known,
    when: string,
    modelAt: (op: number) => Model | undefined,
  ): Promise<void> {
    const world = this.#world;
    buryWriters(storage, FOLDER);
    const ledger = await this.#open(storage, when);
    const found = ledger.engine.sequencer.op;
    world.note(`${found} ${machineDigest(ledger)}`);
    within(heard, sent, found, when);
    const model = modelAt(found);
    if (model !== undefined) {
      const newest = world.model;
      world.model = model;
      await agreement(world, ledger, when, undefined, this.#judged++);
      world.model = newest;
    }
    await conservation(world, ledger);
    await ledger.port.close();
  }

  /**
   * Recovers from a kill, acknowledges one batch, cuts the power. What recovery had shown, and that batch, must still
   * be there.
   */
  async shown(storage: FaultyStorage, { heard, sent }: Known, when: string): Promise<void> {
    const world = this.#world;
    const first = await this.#open(storage, when);
    storage.faults = undefined;
    const shown = first.engine.sequencer.op;
    within(heard, sent, shown, when);
    // A batch that was found and never acknowledged has moved the time on.
    const { timestamp } = first.engine.sequencer;
    const now = timestamp > world.model.now ? timestamp : world.model.now;
    await first.port.request(op.create_accounts, encode(accountLayout, [ONE_MORE]), now + 1n);
    const lost = storage.crashWith(none, nothing);
    buryWriters(lost, FOLDER);
    const second = await this.#open(lost, `${when}, and behind the power`);
    durability({ before: shown, heard: 1, sent: 1, after: second.engine.sequencer.op });
    const found = await second.port.request(op.lookup_accounts, encodeIds([ONE_MORE.id]), world.model.now);
    if (decode(accountLayout, found).length !== 1) throw new Broken('durability', `${when}: the account is not there`);
    await conservation(world, second);
    await second.port.close();
  }

  async #open(storage: FaultyStorage, when: string): Promise<Opened> {
    return this.#world.open(storage).catch((error: unknown) => {
      throw new Broken('durability', `${when}: it does not open: ${error}`);
    });
  }
}

/** Every acknowledged batch is found, and nothing that nobody sent. */
function within(heard: number, sent: number, found: number, when: string): void {
  if (found < heard)
    throw new Broken('durability', `${when}: op ${heard} was acknowledged; the newest one found is ${found}`);
  if (found > sent) throw new Broken('durability', `${when}: op ${sent} was the last one sent; op ${found} was found`);
}
