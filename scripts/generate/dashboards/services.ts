/** Payments, their controls, and who is told of them. */
import { metrics } from '../../../packages/server/src/observe/index.ts';
import { type Dashboard, m, quantile, rate, series, stat } from './kit.ts';

const payments = [
  series('Payments a second, by outcome', 'ops', 8, metrics.payments.about, [
    `sum by (outcome) (${rate('payments')})`,
    '{{outcome}}',
  ]),
  series('Payments a second, by verb', 'ops', 8, metrics.payments.about, [
    `sum by (verb) (${rate('payments')})`,
    '{{verb}}',
  ]),
  series(
    'Request to receipt, p50 and p99',
    's',
    8,
    metrics.paymentSeconds.about,
    [quantile(0.5, 'paymentSeconds', 'verb, le'), '{{verb}} p50'],
    [quantile(0.99, 'paymentSeconds', 'verb, le'), '{{verb}} p99'],
  ),
];

const controls = [
  series('Refused, by code', 'ops', 8, metrics.paymentsRefused.about, [
    `sum by (code) (${rate('paymentsRefused')})`,
    '{{code}}',
  ]),
  series('Names that were screened', 'ops', 8, metrics.screened.about, [
    `sum by (outcome) (${rate('screened')})`,
    '{{outcome}}',
  ]),
  series('Turned away', 'ops', 8, metrics.servicesTurnedAway.about, [
    `sum by (code) (${rate('servicesTurnedAway')})`,
    '{{code}}',
  ]),
];

const webhooks = [
  series('Attempts to deliver', 'ops', 16, metrics.webhookAttempts.about, [
    `sum by (outcome) (${rate('webhookAttempts')})`,
    '{{outcome}}',
  ]),
  stat('Oldest event that waits', 's', 8, metrics.webhookAge.about, [m('webhookAge'), '{{instance}}']),
];

export const services: Dashboard = {
  name: 'services',
  title: 'services',
  about: 'Payments, what controls made of them, and webhooks.',
  instances: metrics.payments.name,
  rows: [
    { title: 'Payments', panels: payments },
    { title: 'Controls', panels: controls },
    { title: 'Webhooks', panels: webhooks },
  ],
};
