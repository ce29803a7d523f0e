/** A folder of folders: one ledger made of shards that lie side by side, and run in this process. */
import { join } from 'node:path';
import { type EngineOptions, openFolder } from './engine/index.ts';
import { ObjectLedger, TallystickError } from './model/index.ts';
import { type Clock, DiskStorage, SystemClock } from './platform/index.ts';
import type { ShardedLedger } from './shard/index.ts';
import { sharded } from './sharded.ts';

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

/** Opens `count` shards below `path`, creating them where the folder is empty or absent. */
export async function openShards(
  path: string,
  count: number,
  options: Omit<EngineOptions, 'clock'>,
): Promise<ShardedLedger> {
  if (new DiskStorage().exists(join(path, 'superblock'))) {
    throw new TallystickError('format_foreign', `${path} is a ledger, and no folder of shards`);
  }
  const clock = new SharedClock();
  const opened: ObjectLedger[] = [];
  try {
    for (let shard = 0; shard < count; shard++) {
      const { engine } = await openFolder(join(path, `shard-${shard}`), { ...options, clock });
      opened.push(new ObjectLedger(engine));
    }
    return await sharded(opened);
  } catch (error) {
    await Promise.allSettled(opened.map((ledger) => ledger.close()));
    throw error;
  }
}
