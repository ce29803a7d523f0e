/** Who comes, what is turned away, and how long requests wait and take: doors and lanes. */
import { metrics } from '../../../packages/server/src/observe/index.ts';
import { type Dashboard, m, quantile, rate, series } from './kit.ts';

const latency = [
  series(
    'Submit to durable by lane, p50 and p99',
    's',
    12,
    metrics.latency.about,
    [quantile(0.5, 'latency', 'lane, le'), '{{lane}} p50'],
    [quantile(0.99, 'latency', 'lane, le'), '{{lane}} p99'],
  ),
  series('Submit to durable by door, p99', 's', 12, metrics.latency.about, [
    quantile(0.99, 'latency', 'door, le'),
    '{{door}}',
  ]),
];

const lanes = [
  series('Cells waiting in lanes', 'short', 8, metrics.laneDepth.about, [m('laneDepth'), '{{lane}}']),
  series('Requests of lanes', 'ops', 8, metrics.laneRequests.about, [
    `sum by (lane) (${rate('laneRequests')})`,
    '{{lane}}',
  ]),
  series('Refused by lanes', 'ops', 8, metrics.laneRefused.about, [
    `sum by (lane) (${rate('laneRefused')})`,
    '{{lane}}',
  ]),
];

const doorPanels = [
  series(
    'Connections',
    'short',
    8,
    metrics.doorConnections.about,
    [m('doorConnections'), '{{door}}'],
    [`sum by (door) (${rate('doorAccepted')})`, '{{door}} new a second'],
  ),
  series('Turned away by doors', 'ops', 8, metrics.doorRefused.about, [
    `sum by (door, code) (${rate('doorRefused')})`,
    '{{door}} {{code}}',
  ]),
  series(
    'Bytes at the doors',
    'Bps',
    8,
    'Bytes that came in and went out.',
    [`sum by (door) (${rate('doorReceived')})`, '{{door}} in'],
    [`sum by (door) (${rate('doorSent')})`, '{{door}} out'],
  ),
  series(
    'Events in a batch',
    'short',
    12,
    metrics.batchEvents.about,
    [quantile(0.5, 'batchEvents', 'operation, le'), '{{operation}} p50'],
    [quantile(0.99, 'batchEvents', 'operation, le'), '{{operation}} p99'],
  ),
  series('Held for clients', 'bytes', 12, metrics.clientBytes.about, [m('clientBytes'), '{{instance}}']),
];

export const doors: Dashboard = {
  name: 'doors',
  title: 'doors and lanes',
  about: 'Who comes, what is turned away, and how long requests wait.',
  instances: metrics.build.name,
  rows: [
    { title: 'Latency', panels: latency },
    { title: 'Lanes', panels: lanes },
    { title: 'Doors', panels: doorPanels },
  ],
};
