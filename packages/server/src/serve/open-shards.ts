/** `serve --shards`: one ledger made of several engines in this process, each in a folder of its own. */
import { openTown } from 'tallystick/internal';
import type { RecoveryProgress } from 'tallystick/internal/engine';
import { TallystickError } from 'tallystick/internal/model';
import type { Configuration } from '../config/index.ts';
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
  const { sweeper } = shards;
  sources.settlement = {
    get counts() {
      return sweeper.counts;
    },
    get last() {
      return sweeper.last;
    },
    now: () => sweeper.now(),
  };
  return {
    engines: opened.map(({ engine }) => engine),
    port: shards.port,
    ledgerId: shards.townId,
    close: () => shards.port.close(),
  };
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
