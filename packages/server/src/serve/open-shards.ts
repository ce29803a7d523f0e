/** `serve --shards`: one ledger made of several engines in this process, each in a folder of its own. */
import { connect, type Ledger } from 'tallystick';
import { joinLedgers, openTown } from 'tallystick/internal';
import type { Engine, RecoveryProgress } from 'tallystick/internal/engine';
import { TallystickError } from 'tallystick/internal/model';
import type { JoinedShards } from 'tallystick/internal/shard';
import type { Configuration } from '../config/index.ts';
import type { Sources } from '../observe/index.ts';
import type { Observers } from './observers.ts';
import { endedEarly, engineOptions, type ServedLedger, sayRecovered, unlessLeft, watchRecovery } from './opening.ts';
import type { Replicate } from './replica.ts';

/** Undefined if `signal` was aborted before the shards were recovered. */
export async function openShards(
  configuration: Configuration,
  { log, sources }: Pick<Observers, 'log' | 'sources'>,
  signal: AbortSignal,
  replicate?: Replicate,
): Promise<ServedLedger | undefined> {
  const { folder, shards: count } = configuration;
  if (folder === undefined || folder === ':memory:') {
    throw new TallystickError(
      'configuration_invalid',
      'shards is set: folder must be a folder, which gets one for each',
    );
  }
  if (replicate !== undefined) {
    throw new TallystickError('configuration_invalid', 'shards and cluster.nats are set: a server has one of them');
  }
  log.info({ folder, shards: count }, 'opening');
  const progress = allOf(count, watchRecovery(log, sources));
  const opening = openTown(folder, count, (shard) => engineOptions(configuration, progress(shard), signal));
  const town = await unlessLeft(opening, signal);
  if (town === undefined) return endedEarly(log, folder);
  const { opened, shards } = town;
  for (const [shard, one] of opened.entries()) {
    sources.opened.push(one);
    sayRecovered(log, `${folder}/shard-${shard}`, one);
  }
  return served(
    opened.map(({ engine }) => engine),
    shards,
    sources,
  );
}

/**
 * `serve --shard-servers`: the shards are ledgers of other servers, which this one asks. Undefined if `signal` was
 * aborted before they had answered. Rejects as `connect` and `sharded` do.
 */
export async function openShardServers(
  addresses: readonly string[],
  { log, sources }: Pick<Observers, 'log' | 'sources'>,
  signal: AbortSignal,
): Promise<ServedLedger | undefined> {
  log.info({ shards: addresses }, 'connecting');
  const connected: Ledger[] = [];
  const leave = (): Promise<unknown> => Promise.allSettled(connected.map((ledger) => ledger.close()));
  const joining = async (): Promise<JoinedShards> => {
    for (const address of addresses) connected.push(await connect(address));
    return joinLedgers(connected);
  };
  const joined = joining();
  const left = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    const shards = await Promise.race([joined, left]);
    if (shards !== undefined) return served([], shards, sources);
    void joined.then(leave, leave);
    log.info({}, 'ended before the shards had answered');
    return undefined;
  } catch (error) {
    await leave();
    throw error;
  }
}

function served(engines: readonly Engine[], { port, sweeper, townId }: JoinedShards, sources: Sources): ServedLedger {
  sources.settlement = {
    get counts() {
      return sweeper.counts;
    },
    get last() {
      return sweeper.last;
    },
    now: () => sweeper.now(),
  };
  return { engines, port, ledgerId: townId, close: () => port.close() };
}

/** The shards recover side by side; those who watch see the sum. */
function allOf(
  count: number,
  watch: (progress: RecoveryProgress) => void,
): (shard: number) => (progress: RecoveryProgress) => void {
  const each = Array.from({ length: count }, (): RecoveryProgress => ({ bytes: 0, bytesTotal: 0, threads: [] }));
  return (shard) => (progress) => {
    each[shard] = { ...progress, threads: progress.threads.map((thread) => ({ ...thread, shard })) };
    watch({
      bytes: each.reduce((sum, { bytes }) => sum + bytes, 0),
      bytesTotal: each.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0),
      threads: each.flatMap(({ threads }) => threads),
    });
  };
}
