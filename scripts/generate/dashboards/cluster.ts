/** One ledger on several machines, and one of several shards. */
import { metrics } from '../../../packages/server/src/observe/index.ts';
import { type Dashboard, m, quantile, rate, series, stat } from './kit.ts';

const nodes = [
  series('Role', 'short', 8, metrics.clusterRole.about, [`${m('clusterRole')} == 1`, '{{instance}} {{role}}']),
  series('Behind the cluster', 's', 8, metrics.clusterAge.about, [m('clusterAge'), '{{instance}}']),
  series('Epoch', 'short', 8, metrics.clusterEpoch.about, [m('clusterEpoch'), '{{instance}}']),
  series(
    'Until a quorum has a record',
    's',
    8,
    metrics.clusterQuorum.about,
    [quantile(0.5, 'clusterQuorum', 'instance, le'), '{{instance}} p50'],
    [quantile(0.99, 'clusterQuorum', 'instance, le'), '{{instance}} p99'],
  ),
  series('Records behind another node', 'short', 6, metrics.clusterBehind.about, [m('clusterBehind'), '{{instance}}']),
  series('Last op that two nodes agree on', 'short', 6, metrics.clusterAgreed.about, [
    m('clusterAgreed'),
    '{{instance}}',
  ]),
  stat('Damaged copies', 'short', 4, metrics.clusterDamaged.about, [m('clusterDamaged'), '{{instance}}']),
];

const shards = [
  series('Settlements a second', 'ops', 6, metrics.settlements.about, [
    rate('settlements'),
    '{{instance}} {{outcome}}',
  ]),
  series('Without an end', 'short', 6, metrics.settlementsOpen.about, [m('settlementsOpen'), '{{instance}} {{state}}']),
  series('Age of the oldest', 's', 6, metrics.settlementAge.about, [m('settlementAge'), '{{instance}}']),
  series('Held for closed accounts', 'short', 6, metrics.settlementHeld.about, [
    m('settlementHeld'),
    '{{instance}} ledger {{ledger}}',
  ]),
];

export const cluster: Dashboard = {
  name: 'cluster',
  title: 'cluster',
  about: 'Nodes of a cluster as they stand among one another, and settlement between shards.',
  instances: metrics.build.name,
  rows: [
    { title: 'Nodes', panels: nodes },
    { title: 'Shards', panels: shards },
  ],
};
