/** The engine and its disk: the ring, the journal's writes, snapshots, and what the last opening found. */
import { metrics } from '../../../packages/server/src/observe/index.ts';
import { type Dashboard, HERE, m, quantile, rate, series, stat } from './kit.ts';

const writing = [
  series(
    'Flush of the journal',
    's',
    8,
    metrics.flush.about,
    [quantile(0.5, 'flush'), 'p50'],
    [quantile(0.99, 'flush'), 'p99'],
    [quantile(0.999, 'flush'), 'p99.9'],
  ),
  series('Written to the journal', 'Bps', 8, metrics.journalWritten.about, [rate('journalWritten'), '{{instance}}']),
  series('Batches of a flush', 'short', 8, 'Batches that share a synced write.', [
    `${rate('journalBatches')} / rate(${metrics.flush.name}_count{${HERE}}[$__rate_interval])`,
    '{{instance}}',
  ]),
  series('Events made durable', 'ops', 8, metrics.journalEvents.about, [rate('journalEvents'), '{{instance}}']),
  series('Size of the journal', 'bytes', 8, metrics.journalSize.about, [m('journalSize'), '{{instance}}']),
  series('Last op', 'short', 8, metrics.op.about, [m('op'), '{{instance}}']),
];

const engine = [
  series('Ring depth', 'percentunit', 8, metrics.ringDepth.about, [
    `${m('ringDepth')} / on (instance, shard) group_left () ${m('ringCells')}`,
    '{{agent}}',
  ]),
  series(
    'Requests in flight',
    'short',
    8,
    metrics.inFlight.about,
    [m('inFlight'), 'in flight'],
    [m('delayed'), 'waiting for room'],
  ),
  series('Threads that stand still', 's', 8, metrics.threadStill.about, [m('threadStill'), '{{instance}} {{thread}}']),
];

const snapshots = [
  series(
    'Runs and snapshots',
    'short',
    8,
    'Index files of stored transfers, and snapshots written since the start.',
    [m('runs'), 'runs'],
    [m('snapshots'), 'snapshots'],
  ),
  series('Age of the newest snapshot', 's', 8, metrics.snapshotAge.about, [m('snapshotAge'), '{{instance}}']),
  series('Behind the newest snapshot', 'short', 8, metrics.snapshotBatches.about, [
    m('snapshotBatches'),
    '{{instance}}',
  ]),
];

const opening = [
  stat('Recovery', 's', 4, metrics.recovery.about, [m('recovery'), '{{instance}}']),
  stat('Recovered', 'percentunit', 4, metrics.recoveryProgress.about, [m('recoveryProgress'), '{{instance}}']),
  stat('Replayed at opening', 'short', 4, metrics.recoveryReplayed.about, [m('recoveryReplayed'), '{{instance}}']),
  stat('Torn at opening', 'short', 4, metrics.recoveryTorn.about, [m('recoveryTorn'), '{{instance}}']),
  stat('Damaged snapshots', 'short', 4, metrics.recoveryDamaged.about, [m('recoveryDamaged'), '{{instance}}']),
  stat('Writer', 'short', 4, metrics.fence.about, [m('fence'), '{{instance}}']),
];

export const journal: Dashboard = {
  name: 'journal',
  title: 'journal and disk',
  about: 'What the engine and its disk do.',
  instances: metrics.build.name,
  rows: [
    { title: 'Writing', panels: writing },
    { title: 'Engine', panels: engine },
    { title: 'Snapshots', panels: snapshots },
    { title: 'The last opening', panels: opening },
  ],
};
