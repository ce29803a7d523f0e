/** What `tallystick top` shows, as lines of text. */

import { metrics } from '../../observe/index.ts';
import { colours } from '../colours.ts';
import { bytes, grouped, milliseconds, table } from '../print.ts';
import type { Span } from './scrape.ts';

const LANES = ['critical', 'high', 'normal'] as const;
const SHARES = [0.5, 0.99, 0.999] as const;
const BAR_WIDTH = 30;

const ms = (seconds: number | undefined): string => (seconds === undefined ? '-' : milliseconds(seconds * 1000));
const left = (title: string): { title: string; align: 'left' } => ({ title, align: 'left' });
const right = (title: string): { title: string; align: 'right' } => ({ title, align: 'right' });

export function picture(span: Span): string {
  return [head(span), engine(span), lanes(span), doors(span), rejected(span), ledger(span)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function head({ after }: Span): string {
  const state = after.lines(metrics.state.name).find(({ value }) => value === 1)?.labels.state ?? 'unknown';
  const version = after.lines(metrics.build.name)[0]?.labels.version ?? '';
  const colour = state === 'ready' ? colours.green : state === 'failed' ? colours.red : colours.yellow;
  const uptime = uptimeOf(after.value('process_start_time_seconds'));
  return `tallystick ${version}  ${colour(state)}${uptime === '' ? '' : `  up ${uptime}`}`;
}

function uptimeOf(started: number | undefined): string {
  if (started === undefined) return '';
  const seconds = Math.max(0, Math.round(Date.now() / 1000 - started));
  const [d, h, m] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  return d > 0 ? `${d} d ${h} h` : h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${seconds % 60} s` : `${seconds} s`;
}

function engine(span: Span): string {
  const { after } = span;
  const cells = after.value(metrics.ringCells.name) ?? 1;
  const busy = span.rate(metrics.machineBusy.name);
  const rows: string[][] = [
    [
      'events',
      `${grouped(span.rate(metrics.events.name))}/s`,
      'requests',
      `${grouped(span.rate(metrics.requests.name))}/s`,
    ],
    [
      'batches',
      `${grouped(span.rate(metrics.journalBatches.name))}/s`,
      'journal',
      `${bytes(Math.round(span.rate(metrics.journalWritten.name)))}/s`,
    ],
    [
      'flush p50',
      ms(span.percentile(metrics.flush.name, 0.5)),
      'flush p99',
      ms(span.percentile(metrics.flush.name, 0.99)),
    ],
    ['in flight', grouped(after.sum(metrics.inFlight.name)), 'waiting', grouped(after.sum(metrics.delayed.name))],
  ];
  const bars = [
    bar('machine', busy, `${(busy * 100).toFixed(0)} % busy`),
    ...['journal', 'machine'].map((agent) => {
      const depth = after.sum(metrics.ringDepth.name, { agent });
      return bar(`ring, ${agent}`, depth / cells, `${grouped(depth)} of ${grouped(cells)} cells`);
    }),
  ];
  return `${table([left('engine'), right(''), left(''), right('')], rows)}\n${bars.join('\n')}`;
}

function bar(title: string, share: number, words: string): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `${title.padEnd(14)} ${colours.cyan('█'.repeat(full))}${colours.dim('░'.repeat(BAR_WIDTH - full))} ${words}`;
}

function lanes(span: Span): string {
  if (span.after.lines(metrics.laneDepth.name).length === 0) return '';
  const rows = LANES.map((lane) => [
    lane,
    `${grouped(span.rate(metrics.laneRequests.name, { lane }))}/s`,
    grouped(span.after.sum(metrics.laneDepth.name, { lane })),
    grouped(span.after.sum(metrics.laneRefused.name, { lane })),
    ...SHARES.map((share) => ms(span.percentile(metrics.latency.name, share, { lane }))),
  ]);
  return table(
    [
      left('lane'),
      right('requests'),
      right('cells waiting'),
      right('refused'),
      right('p50'),
      right('p99'),
      right('p99.9'),
    ],
    rows,
  );
}

function doors(span: Span): string {
  const open = span.after.lines(metrics.doorConnections.name);
  if (open.length === 0) return '';
  const rows = open.map(({ labels, value }) => {
    const door = { door: labels.door! };
    return [
      door.door,
      grouped(value),
      `${grouped(span.rate(`${metrics.latency.name}_count`, door))}/s`,
      `${bytes(Math.round(span.rate(metrics.doorReceived.name, door)))}/s`,
      `${bytes(Math.round(span.rate(metrics.doorSent.name, door)))}/s`,
      grouped(span.after.sum(metrics.doorRefused.name, door)),
      ms(span.percentile(metrics.latency.name, 0.99, door)),
    ];
  });
  return table(
    [left('door'), right('connections'), right('requests'), right('in'), right('out'), right('refused'), right('p99')],
    rows,
  );
}

/** The five statuses that are given most, now or at all. */
function rejected(span: Span): string {
  const rows = span.after
    .lines(metrics.rejected.name)
    .map(({ labels, value }) => ({ labels, value, rate: span.rate(metrics.rejected.name, labels) }))
    .sort((a, b) => b.rate - a.rate || b.value - a.value)
    .slice(0, 5)
    .map(({ labels, value, rate }) => [`${labels.operation} ${labels.status}`, `${grouped(rate)}/s`, grouped(value)]);
  return rows.length === 0 ? '' : table([left('rejected'), right('now'), right('in all')], rows);
}

function ledger({ after }: Span): string {
  const share = (key: 'accounts' | 'pendings', most: 'accountsMax' | 'pendingsMax'): string =>
    `${grouped(after.sum(metrics[key].name))} of ${grouped(after.sum(metrics[most].name))}`;
  const age = after.value(metrics.snapshotAge.name);
  const rows = [
    ['accounts', share('accounts', 'accountsMax')],
    ['pending transfers', share('pendings', 'pendingsMax')],
    ['stored', grouped(after.sum(metrics.entries.name))],
    ['journal', bytes(after.sum(metrics.journalSize.name))],
    ['runs', grouped(after.sum(metrics.runs.name))],
    [
      'snapshot',
      `${age === undefined ? 'none' : `${grouped(age)} s old`}, ` +
        `${grouped(after.sum(metrics.snapshotBatches.name))} batches behind`,
    ],
    ['resident', bytes(after.sum('process_resident_memory_bytes'))],
  ];
  return table([left('ledger'), right('')], rows);
}
