/** The dashboard: deploy/dashboards/tallystick.json, for Grafana. */
import { metrics } from '../../packages/server/src/observe/index.ts';

type Shown = 's' | 'ops' | 'Bps' | 'bytes' | 'short' | 'percentunit';

interface Panel {
  readonly title: string;
  readonly about: string;
  readonly unit: Shown;
  readonly type: 'timeseries' | 'stat' | 'bargauge' | 'heatmap';
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  /** Of 24. */
  readonly width: number;
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const HERE = 'instance=~"$instance"';
const m = (key: keyof typeof metrics, filter = ''): string =>
  `${metrics[key].name}{${HERE}${filter === '' ? '' : `,${filter}`}}`;
const rate = (key: keyof typeof metrics, filter = ''): string => `rate(${m(key, filter)}[$__rate_interval])`;
const quantile = (share: number, key: 'latency' | 'flush' | 'batchEvents' | 'clusterQuorum', by = 'le'): string =>
  `histogram_quantile(${share}, sum by (${by}) (rate(${metrics[key].name}_bucket{${HERE}}[$__rate_interval])))`;

const HEIGHT = 8;

const rows: readonly Row[] = [
  {
    title: 'At a glance',
    panels: [
      {
        title: 'Ready',
        about: metrics.ready.about,
        unit: 'short',
        type: 'stat',
        width: 4,
        queries: [[m('ready'), '{{instance}}']],
      },
      {
        title: 'Transfers a second',
        about: metrics.events.about,
        unit: 'ops',
        type: 'stat',
        width: 5,
        queries: [[`sum(${rate('events', 'operation="create_transfers"')})`, 'transfers']],
      },
      {
        title: 'Submit to durable, p99',
        about: metrics.latency.about,
        unit: 's',
        type: 'stat',
        width: 5,
        queries: [[quantile(0.99, 'latency'), 'p99']],
      },
      {
        title: 'Flush, p99',
        about: metrics.flush.about,
        unit: 's',
        type: 'stat',
        width: 5,
        queries: [[quantile(0.99, 'flush'), 'p99']],
      },
      {
        title: 'Machine busy',
        about: metrics.machineBusy.about,
        unit: 'percentunit',
        type: 'stat',
        width: 5,
        queries: [[rate('machineBusy'), '{{instance}}']],
      },
    ],
  },
  {
    title: 'Requests',
    panels: [
      {
        title: 'Events by operation',
        about: metrics.events.about,
        unit: 'ops',
        type: 'timeseries',
        width: 8,
        queries: [[`sum by (operation) (${rate('events')})`, '{{operation}}']],
      },
      {
        title: 'Rejected, by status',
        about: metrics.rejected.about,
        unit: 'ops',
        type: 'timeseries',
        width: 8,
        queries: [[`sum by (operation, status) (${rate('rejected')})`, '{{operation}} {{status}}']],
      },
      {
        title: 'Events in a batch',
        about: metrics.batchEvents.about,
        unit: 'short',
        type: 'timeseries',
        width: 8,
        queries: [
          [quantile(0.5, 'batchEvents', 'operation, le'), '{{operation}} p50'],
          [quantile(0.99, 'batchEvents', 'operation, le'), '{{operation}} p99'],
        ],
      },
    ],
  },
  {
    title: 'Latency',
    panels: [
      {
        title: 'Submit to durable by lane, p50 and p99',
        about: metrics.latency.about,
        unit: 's',
        type: 'timeseries',
        width: 8,
        queries: [
          [quantile(0.5, 'latency', 'lane, le'), '{{lane}} p50'],
          [quantile(0.99, 'latency', 'lane, le'), '{{lane}} p99'],
        ],
      },
      {
        title: 'Submit to durable by door, p99',
        about: metrics.latency.about,
        unit: 's',
        type: 'timeseries',
        width: 8,
        queries: [[quantile(0.99, 'latency', 'door, le'), '{{door}}']],
      },
      {
        title: 'Flush of the journal',
        about: metrics.flush.about,
        unit: 's',
        type: 'timeseries',
        width: 8,
        queries: [
          [quantile(0.5, 'flush'), 'p50'],
          [quantile(0.99, 'flush'), 'p99'],
          [quantile(0.999, 'flush'), 'p99.9'],
        ],
      },
    ],
  },
  {
    title: 'Lanes and doors',
    panels: [
      {
        title: 'Cells waiting in lanes',
        about: metrics.laneDepth.about,
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [[m('laneDepth'), '{{lane}}']],
      },
      {
        title: 'Refused by lanes',
        about: metrics.laneRefused.about,
        unit: 'ops',
        type: 'timeseries',
        width: 6,
        queries: [[`sum by (lane) (${rate('laneRefused')})`, '{{lane}}']],
      },
      {
        title: 'Connections',
        about: metrics.doorConnections.about,
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [
          [m('doorConnections'), '{{door}}'],
          [`sum by (door) (${rate('doorAccepted')})`, '{{door}} new a second'],
        ],
      },
      {
        title: 'Turned away by doors',
        about: metrics.doorRefused.about,
        unit: 'ops',
        type: 'timeseries',
        width: 6,
        queries: [[`sum by (door, code) (${rate('doorRefused')})`, '{{door}} {{code}}']],
      },
      {
        title: 'Bytes at the doors',
        about: 'Bytes that came in and went out.',
        unit: 'Bps',
        type: 'timeseries',
        width: 12,
        queries: [
          [`sum by (door) (${rate('doorReceived')})`, '{{door}} in'],
          [`sum by (door) (${rate('doorSent')})`, '{{door}} out'],
        ],
      },
      {
        title: 'Requests of lanes',
        about: metrics.laneRequests.about,
        unit: 'ops',
        type: 'timeseries',
        width: 12,
        queries: [[`sum by (lane) (${rate('laneRequests')})`, '{{lane}}']],
      },
    ],
  },
  {
    title: 'Engine',
    panels: [
      {
        title: 'Ring depth',
        about: metrics.ringDepth.about,
        unit: 'percentunit',
        type: 'timeseries',
        width: 6,
        queries: [[`${m('ringDepth')} / on (instance) group_left () ${m('ringCells')}`, '{{agent}}']],
      },
      {
        title: 'Requests in flight',
        about: metrics.inFlight.about,
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [
          [m('inFlight'), 'in flight'],
          [m('delayed'), 'waiting for room'],
        ],
      },
      {
        title: 'Written to the journal',
        about: metrics.journalWritten.about,
        unit: 'Bps',
        type: 'timeseries',
        width: 6,
        queries: [[rate('journalWritten'), '{{instance}}']],
      },
      {
        title: 'Batches of a flush',
        about: 'Batches that share a synced write.',
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [
          [`${rate('journalBatches')} / rate(${metrics.flush.name}_count{${HERE}}[$__rate_interval])`, '{{instance}}'],
        ],
      },
    ],
  },
  {
    title: 'Ledger',
    panels: [
      {
        title: 'Stored',
        about: metrics.entries.about,
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [
          [m('entries'), 'transfers and expiries'],
          [m('accounts'), 'accounts'],
        ],
      },
      {
        title: 'Room taken',
        about: 'Accounts and open pending transfers, of those that there is room for.',
        unit: 'percentunit',
        type: 'bargauge',
        width: 6,
        queries: [
          [`${m('accounts')} / ${m('accountsMax')}`, 'accounts'],
          [`${m('pendings')} / ${m('pendingsMax')}`, 'pending transfers'],
        ],
      },
      {
        title: 'Size of the journal',
        about: metrics.journalSize.about,
        unit: 'bytes',
        type: 'timeseries',
        width: 6,
        queries: [[m('journalSize'), '{{instance}}']],
      },
      {
        title: 'Age of the newest snapshot',
        about: metrics.snapshotAge.about,
        unit: 's',
        type: 'timeseries',
        width: 6,
        queries: [[m('snapshotAge'), '{{instance}}']],
      },
      {
        title: 'Recovery',
        about: metrics.recovery.about,
        unit: 's',
        type: 'stat',
        width: 6,
        queries: [[m('recovery'), '{{instance}}']],
      },
      {
        title: 'Recovered',
        about: metrics.recoveryProgress.about,
        unit: 'percentunit',
        type: 'stat',
        width: 6,
        queries: [[m('recoveryProgress'), '{{instance}}']],
      },
      {
        title: 'Replayed at opening',
        about: metrics.recoveryReplayed.about,
        unit: 'short',
        type: 'stat',
        width: 6,
        queries: [[m('recoveryReplayed'), '{{instance}}']],
      },
      {
        title: 'Runs and snapshots',
        about: 'Index files of stored transfers, and snapshots written since the start.',
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [
          [m('runs'), 'runs'],
          [m('snapshots'), 'snapshots'],
        ],
      },
      {
        title: 'Threads that stand still',
        about: metrics.threadStill.about,
        unit: 's',
        type: 'timeseries',
        width: 8,
        queries: [[m('threadStill'), '{{instance}} {{thread}}']],
      },
      {
        title: 'Writer',
        about: metrics.fence.about,
        unit: 'short',
        type: 'stat',
        width: 6,
        queries: [[m('fence'), '{{instance}}']],
      },
    ],
  },
  {
    title: 'Cluster',
    panels: [
      {
        title: 'Role',
        about: metrics.clusterRole.about,
        unit: 'short',
        type: 'timeseries',
        width: 8,
        queries: [[`${m('clusterRole')} == 1`, '{{instance}} {{role}}']],
      },
      {
        title: 'Behind the cluster',
        about: metrics.clusterAge.about,
        unit: 's',
        type: 'timeseries',
        width: 8,
        queries: [[m('clusterAge'), '{{instance}}']],
      },
      {
        title: 'Epoch',
        about: metrics.clusterEpoch.about,
        unit: 'short',
        type: 'timeseries',
        width: 8,
        queries: [[m('clusterEpoch'), '{{instance}}']],
      },
      {
        title: 'Until a quorum has a record',
        about: metrics.clusterQuorum.about,
        unit: 's',
        type: 'timeseries',
        width: 8,
        queries: [
          [quantile(0.5, 'clusterQuorum', 'instance, le'), '{{instance}} p50'],
          [quantile(0.99, 'clusterQuorum', 'instance, le'), '{{instance}} p99'],
        ],
      },
      {
        title: 'Records behind another node',
        about: metrics.clusterBehind.about,
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [[m('clusterBehind'), '{{instance}}']],
      },
      {
        title: 'Last op that two nodes agree on',
        about: metrics.clusterAgreed.about,
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [[m('clusterAgreed'), '{{instance}}']],
      },
      {
        title: 'Damaged copies',
        about: metrics.clusterDamaged.about,
        unit: 'short',
        type: 'stat',
        width: 4,
        queries: [[m('clusterDamaged'), '{{instance}}']],
      },
    ],
  },
  {
    title: 'Shards',
    panels: [
      {
        title: 'Settlements a second',
        about: metrics.settlements.about,
        unit: 'ops',
        type: 'timeseries',
        width: 6,
        queries: [[rate('settlements'), '{{instance}} {{outcome}}']],
      },
      {
        title: 'Without an end',
        about: metrics.settlementsOpen.about,
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [[m('settlementsOpen'), '{{instance}} {{state}}']],
      },
      {
        title: 'Age of the oldest',
        about: metrics.settlementAge.about,
        unit: 's',
        type: 'timeseries',
        width: 6,
        queries: [[m('settlementAge'), '{{instance}}']],
      },
      {
        title: 'Held for closed accounts',
        about: metrics.settlementHeld.about,
        unit: 'short',
        type: 'timeseries',
        width: 6,
        queries: [[m('settlementHeld'), '{{instance}} ledger {{ledger}}']],
      },
    ],
  },
  {
    title: 'Process',
    panels: [
      {
        title: 'Memory',
        about: 'Resident; and what the doors hold for clients.',
        unit: 'bytes',
        type: 'timeseries',
        width: 8,
        queries: [
          [`process_resident_memory_bytes{${HERE}}`, '{{instance}}'],
          [m('clientBytes'), '{{instance}} held for clients'],
        ],
      },
      {
        title: 'Certificates',
        about: metrics.certificateLeft.about,
        unit: 'percentunit',
        type: 'timeseries',
        width: 8,
        queries: [[m('certificateLeft'), '{{instance}} {{what}}']],
      },
      {
        title: 'First end of a certificate',
        about: metrics.certificateSeconds.about,
        unit: 's',
        type: 'stat',
        width: 8,
        queries: [[`min by (what) (${m('certificateSeconds')})`, '{{what}}']],
      },
      {
        title: 'Secrets that cannot be read',
        about: metrics.secretsFailing.about,
        unit: 'short',
        type: 'stat',
        width: 8,
        queries: [[m('secretsFailing'), '{{instance}}']],
      },
      {
        title: 'Processor',
        about: 'Cores in use, all threads together.',
        unit: 'short',
        type: 'timeseries',
        width: 8,
        queries: [[`rate(process_cpu_seconds_total{${HERE}}[$__rate_interval])`, '{{instance}}']],
      },
      {
        title: 'Event loop lag, p99',
        about: "The callers' thread: sockets, sequencer and replies.",
        unit: 's',
        type: 'timeseries',
        width: 8,
        queries: [[`nodejs_eventloop_lag_p99_seconds{${HERE}}`, '{{instance}}']],
      },
    ],
  },
];

const SOURCE = { type: 'prometheus', uid: `\${source}` };

function panelJson(panel: Panel, id: number, x: number, y: number): object {
  return {
    id,
    type: panel.type,
    title: panel.title,
    description: panel.about,
    datasource: SOURCE,
    gridPos: { x, y, w: panel.width, h: HEIGHT },
    fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
    ...(panel.type === 'timeseries'
      ? { options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } } }
      : { options: { reduceOptions: { calcs: ['lastNotNull'] } } }),
    targets: panel.queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      expr,
      legendFormat,
    })),
  };
}

export function printDashboard(): string {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const panel of row.panels) {
      if (x + panel.width > 24) {
        x = 0;
        y += HEIGHT;
      }
      panels.push(panelJson(panel, panels.length + 1, x, y));
      x += panel.width;
    }
    y += HEIGHT;
  }
  const dashboard = {
    uid: 'tallystick',
    title: 'Tallystick',
    description: 'Printed by scripts/generate.ts from scripts/generate/dashboard.ts.',
    tags: ['tallystick'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        { name: 'source', label: 'Source', type: 'datasource', query: 'prometheus' },
        {
          name: 'instance',
          label: 'Instance',
          type: 'query',
          datasource: SOURCE,
          query: { query: `label_values(${metrics.build.name}, instance)`, refId: 'instance' },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
        },
      ],
    },
    panels,
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}
