/** A folder of folders: one ledger made of shards that lie side by side, and run in this process. */
import { join } from 'node:path';
import { type EngineOptions, type OpenEngine, openFolder } from './engine/index.ts';
import { ObjectLedger, TallystickError } from './model/index.ts';
import { type Clock, DiskStorage, SystemClock } from './platform/index.ts';
import { type JoinedShards, mapSize, ShardedLedger, type ShardMap } from './shard/index.ts';
import { join as joinLedgers } from './sharded.ts';

/** More than the events of a request, each of which takes a nanosecond. */
const APART = 16_384n;

/**
 * The clock of shards in one process. Each look at it is so far behind the one before that the times of two requests
 * never overlap, whichever shards they go to: a page of all shards can go on behind the last time that it has.
 */
class SharedClock implements Clock {
  readonly #system = new SystemClock();
  #last = 0n;

  wall(): bigint {
    const now = this.#system.wall();
    const next = this.#last + APART;
    this.#last = now > next ? now : next;
    return this.#last;
  }

  monotonic(): bigint {
    return this.#system.monotonic();
  }
}

/** Shards that this process runs itself. */
export interface OpenShards {
  /** One a shard, in their order. */
  readonly opened: readonly OpenEngine[];
  readonly shards: JoinedShards;
}

/**
 * Opens `count` shards below `path`, side by side, creating them where the folder is empty or absent. `optionsOf`: how
 * each is opened.
 */
export async function openTown(
  path: string,
  count: number,
  optionsOf: (shard: number) => Omit<EngineOptions, 'clock'>,
): Promise<OpenShards> {
  if (new DiskStorage().exists(join(path, 'superblock'))) {
    throw new TallystickError('format_foreign', `${path} is a ledger, and no folder of shards`);
  }
  const clock = new SharedClock();
  const folders = Array.from({ length: count }, (_, shard) => join(path, `shard-${shard}`));
  const existed = folders.map((folder) => new DiskStorage().exists(join(folder, 'superblock')));
  const opened: OpenEngine[] = [];
  const openSome = async (isThere: boolean): Promise<void> => {
    const some = folders.flatMap((folder, shard) => (existed[shard] === isThere ? [{ folder, shard }] : []));
    const opening = some.map(async ({ folder, shard }) => {
      opened[shard] = await openFolder(folder, { ...optionsOf(shard), clock });
    });
    for (const one of await Promise.allSettled(opening)) if (one.status === 'rejected') throw one.reason;
  };
  const ledgers = (): ObjectLedger[] => opened.filter(Boolean).map(({ engine }) => new ObjectLedger(engine));
  try {
    // A wrong number is refused before it has made anything.
    await openSome(true);
    for (const ledger of ledgers()) await refuseOther(ledger, count, path);
    await openSome(false);
    return { opened, shards: await joinLedgers(ledgers()) };
  } catch (error) {
    await Promise.allSettled(ledgers().map((ledger) => ledger.close()));
    throw error;
  }
}

/**
 * Adds the next shard below `path` to the map of those that are there, which no process has open. Resolves to the map;
 * what was left half-way is finished. Rejects as opening them does, with `not_found` where there are none.
 */
export async function growTown(path: string, options: Omit<EngineOptions, 'clock' | 'create'>): Promise<ShardMap> {
  const disk = new DiskStorage();
  const folder = (shard: number): string => join(path, `shard-${shard}`);
  const isThere = (shard: number): boolean => disk.exists(join(folder(shard), 'superblock'));
  if (!isThere(0)) throw new TallystickError('not_found', `${path} is no folder of shards`);
  const first = await openFolder(folder(0), { ...options, create: false });
  const count = await mapSize(new ObjectLedger(first.engine)).finally(() => first.engine.close());
  if (count === undefined) throw new TallystickError('shards_invalid', `${folder(0)} is no first shard`);
  const { shards } = await openTown(path, count, () => ({ ...options, create: false }));
  const town = new ShardedLedger(shards);
  try {
    const { engine } = await openFolder(folder(count), options);
    const added = new ObjectLedger(engine);
    return await town.addShard(added).catch(async (error: unknown) => {
      await added.close();
      throw error;
    });
  } finally {
    await town.close();
  }
}

async function refuseOther(ledger: ObjectLedger, count: number, path: string): Promise<void> {
  const size = await mapSize(ledger);
  if (size === undefined || size === count) return;
  throw new TallystickError('shards_invalid', `${path} has ${size} shards, and ${count} were asked for`);
}

/** The same, as a library has it. */
export async function openShards(
  path: string,
  count: number,
  options: Omit<EngineOptions, 'clock'>,
): Promise<ShardedLedger> {
  const { shards } = await openTown(path, count, () => options);
  return new ShardedLedger(shards);
}
