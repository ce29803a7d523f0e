/** Objectives, and the alerts that go off when their budget of errors burns. */
import { metrics } from '../../packages/server/src/observe/index.ts';
import type { Alert } from './alert.ts';

export interface Objective {
  readonly name: string;
  /** What is counted as good. */
  readonly promise: string;
  /** Share of requests, 0 to 1, in 30 days. */
  readonly objective: number;
  readonly bad: (window: string) => string;
  readonly all: (window: string) => string;
  readonly runbook: string;
}

/** The end of a bucket of the histogram. */
const LATENCY_SECONDS = metrics.latency.buckets!.find((end) => end > 0.1)!;
const m = (key: keyof typeof metrics): string => metrics[key].name;

/** What is promised to callers, as docs/operating/slo.md says. */
export const OBJECTIVES: readonly Objective[] = [
  {
    name: 'Availability',
    promise: 'requests that are taken, and not refused because a lane is full',
    objective: 0.999,
    bad: (window) => `sum by (instance) (rate(${m('laneRefused')}[${window}]))`,
    all: (window) =>
      `(sum by (instance) (rate(${m('laneRefused')}[${window}])) + sum by (instance) (rate(${m('laneRequests')}[${window}])))`,
    runbook: 'runbooks/queue-full.md',
  },
  {
    name: 'Latency',
    promise: `requests whose durable reply takes at most ${LATENCY_SECONDS} s`,
    objective: 0.99,
    bad: (window) =>
      `(sum by (instance) (rate(${m('latency')}_count[${window}])) - sum by (instance) ` +
      `(rate(${m('latency')}_bucket{le="${LATENCY_SECONDS}"}[${window}])))`,
    all: (window) => `sum by (instance) (rate(${m('latency')}_count[${window}]))`,
    runbook: 'runbooks/latency-high.md',
  },
];

/**
 * How fast a month's budget of errors may burn before somebody is told: `factor` times as fast as it would last, over
 * the long window, and still over the short one.
 */
export const BURNS = [
  { name: 'Fast', factor: 14.4, windows: ['1h', '5m'], severity: 'critical', share: '2 % of a month in an hour' },
  { name: 'Slow', factor: 6, windows: ['6h', '30m'], severity: 'warning', share: '5 % of a month in six hours' },
] as const;

export function burning({ name, promise, objective, bad, all, runbook }: Objective): Alert[] {
  return BURNS.map(({ name: pace, factor, windows, severity, share }) => ({
    name: `Tallystick${name}Burns${pace}`,
    expr: windows
      .map((window) => `${bad(window)} / ${all(window)} > ${factor} * ${round(1 - objective)}`)
      .join(' and '),
    for: '2m',
    severity,
    summary: `The objective of ${objective * 100} % ${promise} uses up its budget: ${share}.`,
    next: 'See which part takes the time, or who sends so much.',
    runbook,
  }));
}

const round = (value: number): number => Number(value.toPrecision(6));
