/** `sharded`: one ledger made of many, in the world of this process. */
import type { Ledger } from './model/index.ts';
import { SystemClock } from './platform/index.ts';
import { type JoinedShards, joinShards, ShardedLedger, type ShardOptions, type ShardWorld } from './shard/index.ts';

const clock = new SystemClock();

/** This process: its clock, its timers, its chance. Timers do not keep it alive, unless a caller waits. */
const world: ShardWorld = {
  now: () => clock.wall(),
  after: (milliseconds, act, isAwaited = false) => {
    const timer = setTimeout(act, milliseconds);
    if (!isAwaited) timer.unref();
    return () => clearTimeout(timer);
  },
  random: () => {
    const [high, low] = crypto.getRandomValues(new BigUint64Array(2));
    return (high! << 64n) | low!;
  },
};

/**
 * One ledger made of many, each with a share of the accounts. Money crosses between them exactly once: see
 * `docs/concepts/settlement.md`. Give the same ledgers in the same order every time; any number of processes may do so
 * at once. Closing it closes them.
 *
 *   const ledger = await sharded([await connect('a:3000'), await connect('b:3000')]);
 *
 * Throws `TallystickError`: `shards_invalid` where the ledgers are not the shards of one map, and as they do.
 */
export async function sharded(ledgers: readonly Ledger[], options: ShardOptions = {}): Promise<ShardedLedger> {
  return new ShardedLedger(await join(ledgers, options));
}

/** The same, as a server has it. */
export function join(ledgers: readonly Ledger[], options: ShardOptions = {}): Promise<JoinedShards> {
  return joinShards(ledgers, options, world);
}
