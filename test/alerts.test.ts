/** Each alert goes off by the least that its fault shows, and not a moment before, says promtool. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { metrics } from '../packages/server/src/observe/index.ts';
import { absent, inFolder, promtool } from './support/promtool.ts';

const root = join(import.meta.dirname, '..', '..');
const alerts = readFileSync(join(root, 'deploy', 'alerts', 'tallystick.yml'), 'utf8');
const alertNames = [...alerts.matchAll(/^ +- alert: (.*)$/gm)].map(([, name]) => name!);

const state = (name: string, value: string): string => `      - series: '${name}'\n        values: '${value}'\n`;

interface AlertCase {
  readonly alert: string;
  readonly series: readonly string[];
  readonly quiet: string;
  readonly loud: string;
}

/** Series of a histogram in which all are slower than `le`. */
const slow = (name: string, le: string, labels: string): string[] => [
  state(`${name}_bucket{${labels},le="${le}"}`, '0x400'),
  state(`${name}_bucket{${labels},le="+Inf"}`, '0+60x400'),
  state(`${name}_count{${labels}}`, '0+60x400'),
];

/** The rest of the alerts, each by the least that its fault shows. */
function otherCases(): AlertCase[] {
  const a = 'instance="a"';
  const critical = `${a},lane="critical",door="native"`;
  return [
    { alert: 'TallystickDown', series: [state(`up{job="tallystick",${a}}`, '1 0x20')], quiet: '1m', loud: '2m' },
    {
      alert: 'TallystickRestarting',
      series: [state(`${metrics.fence.name}{${a}}`, '1 1 2 3 4 4x9')],
      quiet: '3m',
      loud: '4m',
    },
    {
      alert: 'TallystickThreadStuck',
      series: [state(`${metrics.threadStill.name}{${a},thread="journal"}`, '1 60x9')],
      quiet: '1m',
      loud: '2m',
    },
    { alert: 'TallystickFlushSlow', series: slow(metrics.flush.name, '0.065536', a), quiet: '10m', loud: '12m' },
    {
      alert: 'TallystickCriticalLaneSlow',
      series: [
        ...slow(metrics.latency.name, '0.065536', critical),
        state(`${metrics.flush.name}_bucket{${a},le="0.001024"}`, '0+60x400'),
        state(`${metrics.flush.name}_bucket{${a},le="+Inf"}`, '0+60x400'),
      ],
      quiet: '5m',
      loud: '7m',
    },
    {
      alert: 'TallystickMachineSaturated',
      series: [state(`${metrics.machineBusy.name}{${a}}`, '0+59x60')],
      quiet: '10m',
      loud: '30m',
    },
    {
      alert: 'TallystickManyRejected',
      series: [
        state(`${metrics.rejected.name}{${a},operation="create_transfers",status="exceeds_credits"}`, '0+30x40'),
        state(`${metrics.events.name}{${a},operation="create_transfers"}`, '0+60x40'),
      ],
      quiet: '10m',
      loud: '12m',
    },
    {
      alert: 'TallystickAccountsNearlyFull',
      series: [state(`${metrics.accounts.name}{${a}}`, '95x20'), state(`${metrics.accountsMax.name}{${a}}`, '100x20')],
      quiet: '9m',
      loud: '10m',
    },
    {
      alert: 'TallystickSnapshotStale',
      series: [
        state(`${metrics.snapshotAge.name}{${a}}`, '90000x200'),
        state(`${metrics.journalEvents.name}{${a}}`, '0+1000000x200'),
      ],
      quiet: '1h',
      loud: '90m',
    },
    {
      alert: 'TallystickSnapshotDamaged',
      series: [state(`${metrics.recoveryDamaged.name}{${a}}`, '0 1x9')],
      quiet: '0m',
      loud: '1m',
    },
    {
      alert: 'TallystickStrangers',
      series: [state(`${metrics.doorRefused.name}{${a},door="native",code="unauthenticated"}`, '0+120x60')],
      quiet: '5m',
      loud: '20m',
    },
    {
      alert: 'TallystickCertificateEnding',
      series: [state(`${metrics.certificateLeft.name}{${a},what="certificate"}`, '0.2 0.1x9')],
      quiet: '1m',
      loud: '3m',
    },
    {
      alert: 'TallystickCertificateOver',
      series: [state(`${metrics.certificateSeconds.name}{${a},what="certificate"}`, '60 0x9')],
      quiet: '0m',
      loud: '1m',
    },
    {
      alert: 'TallystickSecretsFailing',
      series: [state(`${metrics.secretsFailing.name}{${a}}`, '0 1x20')],
      quiet: '5m',
      loud: '7m',
    },
    ...['Fast', 'Slow'].flatMap((pace) => [
      {
        alert: `TallystickAvailabilityBurns${pace}`,
        series: [
          state(`${metrics.laneRefused.name}{${a},lane="normal"}`, '0+1x400'),
          // One in 60 is lost: 17 times as many as a month's budget has.
          state(`${metrics.laneRequests.name}{${a},lane="normal"}`, '0+59x400'),
        ],
        quiet: '2m',
        loud: '30m',
      },
      {
        alert: `TallystickLatencyBurns${pace}`,
        series: slow(metrics.latency.name, '0.131072', `${a},lane="normal",door="native"`),
        quiet: '2m',
        loud: '30m',
      },
    ]),
  ];
}

test('an objective that burns at half the pace keeps its alerts quiet', { skip: absent }, () => {
  inFolder((folder) => {
    const path = join(folder, 'burns.yml');
    const series = [
      // One in 143: 7 times the budget, which is half of the fast pace and more than the slow one.
      `      - series: '${metrics.laneRefused.name}{instance="a",lane="normal"}'\n        values: '0+1x400'\n`,
      `      - series: '${metrics.laneRequests.name}{instance="a",lane="normal"}'\n        values: '0+142x400'\n`,
    ];
    const fires = (pace: string, value: number): string =>
      `      - expr: count(ALERTS{alertname="TallystickAvailabilityBurns${pace}",alertstate="firing"}) or vector(0)
        eval_time: 6h
        exp_samples: [{ labels: '{}', value: ${value} }]\n`;
    const rules = JSON.stringify(join(root, 'deploy/alerts/tallystick.yml'));
    const expected = `    promql_expr_test:\n${fires('Fast', 0)}${fires('Slow', 1)}`;
    const tests = `  - interval: 1m\n    input_series:\n${series.join('')}${expected}`;
    writeFileSync(path, `rule_files: [${rules}]\nevaluation_interval: 1m\ntests:\n${tests}`);
    promtool(['test', 'rules', path]);
  });
});

test('alerts go off when they should, and not a moment before, says promtool', { skip: absent }, () => {
  inFolder((folder) => {
    const path = join(folder, 'alerts-test.yml');
    const cases: AlertCase[] = [
      {
        alert: 'TallystickFailed',
        series: [state(`${metrics.state.name}{state="failed",instance="a"}`, '0 1 1')],
        quiet: '0m',
        loud: '1m',
      },
      {
        alert: 'TallystickNotReady',
        series: [state(`${metrics.ready.name}{instance="a"}`, '0x20')],
        quiet: '4m',
        loud: '5m',
      },
      {
        alert: 'TallystickPendingsNearlyFull',
        series: [
          state(`${metrics.pendings.name}{instance="a"}`, '95x20'),
          state(`${metrics.pendingsMax.name}{instance="a"}`, '100x20'),
        ],
        quiet: '9m',
        loud: '10m',
      },
      {
        alert: 'TallystickNobodyLeads',
        series: [
          state(`${metrics.clusterRole.name}{role="leading",instance="a",job="t"}`, '1 0x20'),
          state(`${metrics.clusterRole.name}{role="leading",instance="b",job="t"}`, '0x20'),
        ],
        quiet: '1m',
        loud: '2m',
      },
      {
        alert: 'TallystickNodeBehind',
        series: [state(`${metrics.clusterAge.name}{instance="a"}`, '11x20')],
        quiet: '1m',
        loud: '2m',
      },
      {
        alert: 'TallystickCopyDamaged',
        series: [
          state(`${metrics.clusterDamaged.name}{instance="a",job="t"}`, '0 1x20'),
          state(`${metrics.clusterDamaged.name}{instance="b",job="t"}`, '0 1x20'),
        ],
        quiet: '0m',
        loud: '1m',
      },
      {
        alert: 'TallystickDigestsApart',
        series: [
          state(`${metrics.op.name}{instance="a"}`, '20000x20'),
          state(`${metrics.clusterAgreed.name}{instance="a"}`, '9000x20'),
          state(`${metrics.clusterRole.name}{role="leading",instance="a"}`, '1x20'),
        ],
        quiet: '9m',
        loud: '10m',
      },
      {
        alert: 'TallystickQuorumSlow',
        series: [
          state(`${metrics.clusterQuorum.name}_bucket{instance="a",le="0.262144"}`, '0x30'),
          state(`${metrics.clusterQuorum.name}_bucket{instance="a",le="0.524288"}`, '0+60x30'),
          state(`${metrics.clusterQuorum.name}_bucket{instance="a",le="+Inf"}`, '0+60x30'),
        ],
        quiet: '10m',
        loud: '12m',
      },
      {
        alert: 'TallystickMoneyHeld',
        series: [state(`${metrics.settlementsOpen.name}{instance="a",state="held"}`, '1x20')],
        quiet: '9m',
        loud: '10m',
      },
      {
        alert: 'TallystickLaneFull',
        series: [state(`${metrics.laneRefused.name}{instance="a",lane="normal"}`, '0+10x30')],
        quiet: '5m',
        loud: '20m',
      },
    ];
    cases.push(...otherCases());
    assert.deepEqual(cases.map((each) => each.alert).toSorted(), alertNames.toSorted());
    // Labels and annotations are the rules' own affair: counting what fires is enough.
    const tests = cases.map(
      ({ alert, series, quiet, loud }) => `  - interval: 1m
    input_series:
${series.join('')}    promql_expr_test:
      - expr: count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)
        eval_time: ${quiet}
        exp_samples: [{ labels: '{}', value: 0 }]
      - expr: count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)
        eval_time: ${loud}
        exp_samples: [{ labels: '{}', value: 1 }]
`,
    );
    writeFileSync(
      path,
      `rule_files: [${JSON.stringify(join(root, 'deploy/alerts/tallystick.yml'))}]\nevaluation_interval: ` +
        `1m\ntests:\n${tests.join('')}`,
    );
    promtool(['test', 'rules', path]);
  });
});
