/** Is it well, and how much does it do? The first dashboard that somebody opens; the others say why. */
import { metrics } from '../../../packages/server/src/observe/index.ts';
import { bars, type Dashboard, HERE, m, quantile, rate, series, stat } from './kit.ts';

const atAGlance = [
  stat('Ready', 'short', 4, metrics.ready.about, [m('ready'), '{{instance}}']),
  stat('Transfers a second', 'ops', 5, metrics.events.about, [
    `sum(${rate('events', 'operation="create_transfers"')})`,
    'transfers',
  ]),
  stat('Submit to durable, p99', 's', 5, metrics.latency.about, [quantile(0.99, 'latency'), 'p99']),
  stat('Flush, p99', 's', 5, metrics.flush.about, [quantile(0.99, 'flush'), 'p99']),
  stat('Machine busy', 'percentunit', 5, metrics.machineBusy.about, [rate('machineBusy'), '{{instance}}']),
];

const ledger = [
  series('Events by operation', 'ops', 8, metrics.events.about, [
    `sum by (operation) (${rate('events')})`,
    '{{operation}}',
  ]),
  series('Rejected, by status', 'ops', 8, metrics.rejected.about, [
    `sum by (operation, status) (${rate('rejected')})`,
    '{{operation}} {{status}}',
  ]),
  series(
    'Stored',
    'short',
    8,
    metrics.entries.about,
    [m('entries'), 'transfers and expiries'],
    [m('accounts'), 'accounts'],
  ),
  bars(
    'Room taken',
    'percentunit',
    8,
    'Accounts and open pending transfers, of those that there is room for.',
    [`${m('accounts')} / ${m('accountsMax')}`, 'accounts'],
    [`${m('pendings')} / ${m('pendingsMax')}`, 'pending transfers'],
  ),
  series('Certificates', 'percentunit', 8, metrics.certificateLeft.about, [
    m('certificateLeft'),
    '{{instance}} {{what}}',
  ]),
  stat('First end of a certificate', 's', 4, metrics.certificateSeconds.about, [
    `min by (what) (${m('certificateSeconds')})`,
    '{{what}}',
  ]),
  stat('Secrets that cannot be read', 'short', 4, metrics.secretsFailing.about, [m('secretsFailing'), '{{instance}}']),
];

const process = [
  series(
    'Memory',
    'bytes',
    8,
    'Resident; and what the doors hold for clients.',
    [`process_resident_memory_bytes{${HERE}}`, '{{instance}}'],
    [m('clientBytes'), '{{instance}} held for clients'],
  ),
  series('Processor', 'short', 8, 'Cores in use, all threads together.', [
    `rate(process_cpu_seconds_total{${HERE}}[$__rate_interval])`,
    '{{instance}}',
  ]),
  series('Event loop lag, p99', 's', 8, "The callers' thread: sockets, sequencer and replies.", [
    `nodejs_eventloop_lag_p99_seconds{${HERE}}`,
    '{{instance}}',
  ]),
];

export const overview: Dashboard = {
  name: 'overview',
  title: 'overview',
  about: 'Whether servers are well, and how much they do.',
  instances: metrics.build.name,
  rows: [
    { title: 'At a glance', panels: atAGlance },
    { title: 'Ledger', panels: ledger },
    { title: 'Process', panels: process },
  ],
};
