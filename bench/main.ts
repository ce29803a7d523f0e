/**
 * `npm run bench`: every figure the project promises, measured one after the other in one sitting, each by a process of
 * its own.
 *
 *   npm run bench                     all but the long ones
 *   npm run bench -- --quick          short runs, to see that everything works
 *   npm run bench -- durable killed   only these
 *   npm run bench -- lanes            what urgent callers wait under a flood (bench/lanes.ts)
 *   npm run bench -- doors            what each door lets through (bench/doors.ts)
 *   npm run bench -- peers            the same work for others (bench/peers.ts)
 *   npm run bench -- series           by size of batch, and while a ledger grows (bench/series.ts)
 *   npm run bench -- metrics          what counting costs (bench/metrics.ts)
 *   npm run bench -- price            what the queries of some cost others (bench/price.ts)
 *   npm run bench -- disk             what the journal makes of the disk (bench/disk.ts)
 *   npm run bench -- cluster          three nodes that follow one order (packages/cluster/bench/main.ts)
 *   npm run bench -- work             CPU, bytes and garbage of a transfer (bench/work.ts)
 *   npm run bench -- identity         what it costs to know who asks (bench/identity.ts)
 *   npm run bench -- payments         payments with limits and fees (bench/payments.ts)
 *   npm run bench -- shards           money that crosses between two shards (bench/shards.ts)
 *   npm run bench -- --list
 *
 * Writes bench/results/<date>-<commit>.json with the machine and the commands.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import picocolors from 'picocolors';
import { commit, machine, type Report } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { packageRoot } from '../src/platform/index.ts';
import { type Reopening, type Row, type Run, runs } from './rows.ts';

interface Figure {
  readonly run: string;
  readonly what: string;
  readonly unit: string;
  readonly must: number;
  readonly aim: number;
  readonly measured: number | null;
  readonly verdict: 'aim' | 'must' | 'short';
}

interface RunResult {
  readonly run: string;
  readonly command: string;
  /**
   * Processes that wanted to run in the minute before; well above 0 means that the figures are not the ledger's alone.
   */
  readonly load_before: number;
  readonly report: Report | null;
  readonly reopening: Reopening | null;
}

/** Programs of their own, with options of their own. */
const others: { readonly [name: string]: () => Promise<unknown> } = {
  lanes: () => import('./lanes.ts'),
  doors: () => import('./doors.ts'),
  peers: () => import('./peers.ts'),
  series: () => import('./series.ts'),
  metrics: () => import('./metrics.ts'),
  disk: () => import('./disk.ts'),
  price: () => import('./price.ts'),
  shards: () => import('./shards.ts'),
  payments: () => import('./payments.ts'),
  identity: () => import('./identity.ts'),
  // The package is compiled after us.
  cluster: () => import(new URL('../packages/cluster/bench/main.js', import.meta.url).href),
  work: () => import('./work.ts'),
};
const other = others[process.argv[2] ?? ''];
if (other !== undefined) {
  process.argv.splice(2, 1);
  await other();
  process.exit();
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, list: { type: 'boolean' } },
});

/** A load average above this before the first run means that others use the cores as well. */
const BUSY = 0.7;

const main = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.js');
const unknown = positionals.filter((name) => !runs.some((run) => run.name === name));
if (unknown.length > 0 || values.list === true) {
  for (const { name, long } of runs) console.log(long === true ? `${name}  (long: only by name)` : name);
  process.exit(unknown.length > 0 ? 2 : 0);
}
const chosen = runs.filter(({ name, long }) => (positionals.length > 0 ? positionals.includes(name) : long !== true));

const [loadAtStart] = loadavg() as [number, number, number];
const figures: Figure[] = [];
const results: RunResult[] = [];
for (const run of chosen) {
  const result = await measure(run);
  results.push(result);
  const found = [...judge(run, run.rows, result.report), ...judge(run, run.reopen ?? [], result.reopening)];
  figures.push(...found);
  for (const { what, measured, unit } of found) console.error(`${run.name}: ${what}: ${amount(measured, unit)}`);
}

print(figures);
const date = new Date().toISOString().slice(0, 10);
const folder = join(packageRoot, 'bench', 'results');
mkdirSync(folder, { recursive: true });
const path = join(folder, `${date}-${commit()}${values.quick === true ? '-quick' : ''}.json`);
const record = { date, commit: commit(), quick: values.quick === true, machine: machine(), figures, runs: results };
writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
console.log(`\n${path}`);
if (figures.some(({ verdict }) => verdict === 'short') && values.quick !== true) process.exitCode = 1;

async function measure(run: Run): Promise<RunResult> {
  const args = ['benchmark', ...(values.quick === true ? run.quick : run.args), '--json'];
  const command = `tallystick ${args.join(' ')}`;
  const [loadBefore] = loadavg() as [number, number, number];
  if (run.reopen === undefined) {
    return {
      run: run.name,
      command,
      load_before: loadBefore,
      report: await json<Report>([main, ...args]),
      reopening: null,
    };
  }
  const kept = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
  try {
    const report = await json<Report>([main, ...args, '--file', kept]);
    const reopening = await json<Reopening>([join(import.meta.dirname, 'reopen.js'), kept]);
    return { run: run.name, command: `${command} --file FOLDER`, load_before: loadBefore, report, reopening };
  } finally {
    rmSync(kept, { recursive: true, force: true });
  }
}

/** What the child prints; null when it was killed, as a run with --kill-after is. */
async function json<Result>(args: readonly string[]): Promise<Result | null> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...ended) => resolve(ended));
  });
  if (signal === 'SIGKILL' && args.includes('--kill-after')) return null;
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code ?? signal}: ${text}`);
  return JSON.parse(text) as Result;
}

function judge<Result>(run: Run, rows: readonly Row<Result>[], result: Result | null): Figure[] {
  return rows.map(({ what, unit, must, aim, better, figure }) => {
    const measured = result === null ? null : figure(result);
    const reaches = (bound: number): boolean =>
      measured !== null && (better === 'more' ? measured >= bound : measured <= bound);
    const verdict = reaches(aim) ? 'aim' : reaches(must) ? 'must' : 'short';
    return { run: run.name, what, unit, must, aim, measured, verdict };
  });
}

function print(found: readonly Figure[]): void {
  const colours = { aim: picocolors.green, must: picocolors.yellow, short: picocolors.red };
  const { cpu, cores, memory_bytes, kernel, node } = machine();
  console.log(
    `\n${cpu}, ${cores} cores, ${(memory_bytes / 1e9).toFixed(0)} GB, ${kernel}, Node ${node}; commit ${commit()}`,
  );
  if (loadAtStart > BUSY) {
    console.log(picocolors.yellow(`beside other work: load ${loadAtStart.toFixed(1)} before the first run`));
  }
  if (values.quick === true) console.log('short runs: these figures do not measure the promises');
  console.log(
    table(
      [
        { title: 'what', align: 'left' },
        { title: 'must', align: 'right' },
        { title: 'aim', align: 'right' },
        { title: 'measured', align: 'right' },
        { title: '', align: 'left' },
      ],
      found.map(({ what, unit, must, aim, measured, verdict }) => [
        what,
        amount(must, unit),
        amount(aim, unit),
        colours[verdict](amount(measured, unit)),
        colours[verdict](verdict),
      ]),
    ),
  );
}

function amount(value: number | null, unit: string): string {
  if (value === null) return 'none';
  if (unit === '/s') return value >= 1e6 ? `${(value / 1e6).toFixed(2)} M/s` : `${(value / 1e3).toFixed(0)} k/s`;
  return `${Number(value.toPrecision(3))} ${unit}`;
}
