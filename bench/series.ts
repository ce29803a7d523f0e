/**
 * `npm run bench -- series`: how figures change with the size of a batch, and while a ledger grows.
 *
 *   npm run bench -- series                        sizes, then growth to 100 M transfers (needs 20 GB of disk,
 *                                                  and some minutes)
 *   npm run bench -- series --transfers 10M        to less
 *
 * Writes bench/results/series/<date>-<commit>.json; docs/benchmarks.md and its plots are printed from the newest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { commit, machine, type Report } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { packageRoot } from '../src/platform/index.ts';

/** A hundredth of the run. */
export interface Stretch {
  /** Stored at its end. */
  readonly transfers: number;
  readonly transfers_per_second: number;
  readonly batch_latency_ms: { readonly p50: number; readonly p99: number; readonly p100: number };
}

export interface Size {
  readonly batch: number;
  readonly durable: boolean;
  readonly transfers_per_second: number;
  readonly batch_latency_ms: { readonly p50: number; readonly p99: number; readonly p100: number };
}

export interface SeriesRecord {
  readonly date: string;
  readonly commit: string;
  readonly load_before: number;
  readonly machine: ReturnType<typeof machine>;
  readonly sizes: readonly Size[];
  readonly growth: { readonly report: Report; readonly stretches: readonly Stretch[] };
}

const BATCH = 8189;
const STRETCHES = 100;
/** Enough for about two seconds each. */
const SIZES: readonly (readonly [batch: number, durable: number, memory: number])[] = [
  [1, 100_000, 1_000_000],
  [10, 500_000, 4_000_000],
  [100, 2_000_000, 8_000_000],
  [1000, 5_000_000, 10_000_000],
  [8189, 5_000_000, 10_000_000],
  [10_000, 5_000_000, 10_000_000],
];

const { values } = parseArgs({ options: { transfers: { type: 'string', default: '100M' } } });
const main = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.js');
const [loadBefore] = loadavg() as [number, number, number];

const sizes: Size[] = [];
for (const [batch, durable, memory] of SIZES) {
  for (const count of [durable, memory]) {
    const { report } = await benchmark([
      '--batch',
      `${batch}`,
      '--transfer-count',
      `${count}`,
      '--query-count',
      '0',
      ...(count === memory ? ['--memory'] : []),
    ]);
    const { p50, p99, p100 } = report.batch_latency_ms!;
    sizes.push({
      batch,
      durable: count === durable,
      transfers_per_second: Math.round(report.transfers_per_second),
      batch_latency_ms: { p50, p99, p100 },
    });
    console.error(
      `batches of ${batch}, ${count === durable ? 'durable' : 'memory'}: ${rate(report.transfers_per_second)}/s`,
    );
  }
}
const { report, ends, latencies } = await benchmark(['--transfer-count', values.transfers, '--print-batch-timings']);
const stretches = cut(ends, latencies, report.transfers);

console.log(
  table(
    ['stored', 'transfers a second', 'p50', 'p99', 'worst'].map((title) => ({ title, align: 'right' as const })),
    stretches
      .filter((_, at) => at % 10 === 9)
      .map(({ transfers, transfers_per_second, batch_latency_ms: { p50, p99, p100 } }) => [
        rate(transfers),
        rate(transfers_per_second),
        ...[p50, p99, p100].map((value) => `${value.toFixed(1)} ms`),
      ]),
  ),
);
const folder = join(packageRoot, 'bench', 'results', 'series');
mkdirSync(folder, { recursive: true });
const date = new Date().toISOString().slice(0, 10);
const path = join(folder, `${date}-${commit()}.json`);
const record: SeriesRecord = {
  date,
  commit: commit(),
  load_before: loadBefore,
  machine: machine(),
  sizes,
  growth: { report, stretches },
};
writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
console.log(path);

function rate(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `ends`: when each batch was answered, ms; `latencies`: ms; both in the order of answers. */
async function benchmark(
  args: readonly string[],
): Promise<{ readonly report: Report; readonly ends: number[]; readonly latencies: number[] }> {
  const child = spawn(process.execPath, [main, 'benchmark', ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ends: number[] = [];
  const latencies: number[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, latency] = /^batch \d+: ([\d.]+) ms$/.exec(line) ?? [];
    if (latency === undefined) return;
    ends.push(performance.now());
    latencies.push(Number(latency));
  });
  const [json, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`tallystick benchmark ${args.join(' ')} ended with ${code}`);
  return { report: JSON.parse(json) as Report, ends, latencies };
}

function cut(ends: readonly number[], latencies: readonly number[], transfers: number): Stretch[] {
  const size = Math.max(2, Math.ceil(ends.length / STRETCHES));
  const found: Stretch[] = [];
  for (let from = 0; from + 1 < ends.length; from += size) {
    const to = Math.min(from + size, ends.length);
    const sorted = latencies.slice(from, to).sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
    // The first stretch is timed from its first answer, which is one batch short.
    const since = ends[from === 0 ? 0 : from - 1]!;
    const batches = to - from - (from === 0 ? 1 : 0);
    found.push({
      transfers: Math.min(to * BATCH, transfers),
      transfers_per_second: Math.round((batches * BATCH * 1000) / (ends[to - 1]! - since)),
      batch_latency_ms: { p50: at(0.5), p99: at(0.99), p100: at(1) },
    });
  }
  return found;
}
