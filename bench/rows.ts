/**
 * What the project promises to measure: each run is one command, each row one figure of it, with the figure it must
 * reach and aims at.
 */
import type { Report } from '../packages/server/src/benchmark/index.ts';

/** What `bench/reopen.ts` prints. */
export interface Reopening {
  readonly open_ms: number;
  readonly rss_bytes: number;
}

export interface Row<Result> {
  readonly what: string;
  readonly unit: string;
  readonly must: number;
  readonly aim: number;
  readonly better: 'more' | 'less';
  readonly figure: (result: Result) => number | null;
}

export interface Run {
  readonly name: string;
  /** Arguments of `tallystick benchmark`; `--json` and, where the ledger is kept, `--file` are added. */
  readonly args: readonly string[];
  /** Other arguments for a short run, whose figures are no measure of the promise. */
  readonly quick: readonly string[];
  /** Only when asked for by name. */
  readonly long?: boolean;
  readonly rows: readonly Row<Report>[];
  /** The ledger is kept, opened again by a fresh process, and timed. */
  readonly reopen?: readonly Row<Reopening>[];
}

const perSecond = (must: number, aim: number, what: string): Row<Report> => ({
  what,
  unit: '/s',
  must,
  aim,
  better: 'more',
  figure: (report) => report.transfers_per_second,
});

/** The most that a process holds at the end, as the operating system counts it. */
const rss = (must: number, aim: number, what: string): Row<Report> => ({
  what,
  unit: 'GB',
  must,
  aim,
  better: 'less',
  figure: (report) => report.rss_peak_bytes / 1e9,
});

const reopening = (must: number, aim: number, what: string): Row<Reopening> => ({
  what,
  unit: 's',
  must,
  aim,
  better: 'less',
  figure: ({ open_ms }) => open_ms / 1000,
});

function memory(batch: number, order: 'sequential' | 'random', must: number, aim: number): Run {
  const args = ['--memory', '--batch', `${batch}`, '--id-order', order, '--query-count', '0'];
  return {
    name: `memory-${batch}-${order}`,
    args: [...args, '--transfer-count', '10M'],
    quick: [...args, '--transfer-count', '1M'],
    rows: [perSecond(must, aim, `in memory, batches of ${batch.toLocaleString('en-US')}, ${order} ids`)],
  };
}

export const runs: readonly Run[] = [
  {
    name: 'durable',
    args: ['--transfer-count', '10M'],
    quick: ['--transfer-count', '1M'],
    rows: [
      perSecond(1.5e6, 4e6, 'durable, 10 M transfers, 10k accounts, batches of 8189'),
      {
        what: 'worst batch of that run',
        unit: 'ms',
        must: 50,
        aim: 20,
        better: 'less',
        figure: (report) => report.batch_latency_ms?.p100 ?? null,
      },
      {
        what: 'get_account_transfers, limit 8189, after it: median',
        unit: 'ms',
        must: 10,
        aim: 2,
        better: 'less',
        figure: (report) => report.query_latency_ms?.p50 ?? null,
      },
      {
        what: 'disk for a transfer',
        unit: 'B',
        must: 256,
        aim: 170,
        better: 'less',
        figure: (report) => (report.disk_bytes === null ? null : report.disk_bytes / report.transfers),
      },
      rss(1.5, 0.6, 'memory of the process after 10 M'),
    ],
    reopen: [reopening(1, 0.3, 'open again after a clean close, 10 M')],
  },
  {
    name: 'killed',
    args: ['--transfer-count', '10_200_000', '--kill-after', '10M', '--query-count', '0'],
    quick: ['--transfer-count', '1_200_000', '--kill-after', '1M', '--query-count', '0'],
    rows: [],
    reopen: [reopening(5, 2, 'open again after kill -9, 10 M')],
  },
  {
    name: 'callers-64',
    args: ['--callers', '64', '--transfer-count', '2M', '--query-count', '0'],
    quick: ['--callers', '64', '--transfer-count', '200k', '--query-count', '0'],
    rows: [perSecond(100e3, 250e3, 'durable, 64 callers, one transfer a request')],
  },
  {
    name: 'callers-1',
    args: ['--callers', '1', '--transfer-count', '50k', '--query-count', '0'],
    quick: ['--callers', '1', '--transfer-count', '5k', '--query-count', '0'],
    rows: [
      {
        what: 'durable, one caller, one transfer at a time: median',
        unit: 'ms',
        must: 0.2,
        aim: 0.1,
        better: 'less',
        figure: (report) => report.batch_latency_ms?.p50 ?? null,
      },
    ],
  },
  memory(1000, 'sequential', 6e6, 11e6),
  memory(10_000, 'sequential', 6e6, 11e6),
  memory(1000, 'random', 3e6, 6e6),
  memory(10_000, 'random', 3e6, 6e6),
  {
    name: 'durable-100m',
    args: ['--transfer-count', '100M'],
    quick: ['--transfer-count', '5M'],
    long: true,
    rows: [rss(3, 1.5, 'memory of the process after 100 M'), perSecond(1.5e6, 4e6, 'durable, 100 M transfers')],
  },
];
