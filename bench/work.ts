/**
 * `npm run bench -- work`: the work of a durable transfer, which hardly depends on what else the machine does.
 *
 *   CPU       of each thread by its own clock (/proc/self/task/TID/stat), over what a fixed loop takes in this sitting
 *   bytes     of the ledger's files by kind, after a clean close
 *   garbage   what the callers' thread leaves for the collector (v8.GCProfiler)
 *
 *   --json                 one object with rows, commit, machine and load
 *   --transfers 2200000    in batches of 8,189 among 10,000 accounts
 *   --check                compares with bench/results/work/baseline.json, and fails where there is 5 % more work
 *   --baseline             writes that file
 *
 * Bytes and garbage are compared between machines; CPU time is told, as a shared processor makes it twice itself.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { GCProfiler } from 'node:v8';
import { commit, Load, machine } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { open } from '../src/index.ts';
import { AccountBatch, EVENTS_MAX, TransferBatch } from '../src/model/index.ts';
import { packageRoot } from '../src/platform/index.ts';

export interface WorkRow {
  readonly row: string;
  readonly measured: number;
  /** The baseline's figure with 5 %; null: told and not compared. */
  readonly must: number | null;
  readonly aim: number | null;
  readonly unit: string;
  readonly met: boolean;
}

/** What one run of the child has used, all of it. */
interface Used {
  readonly cpuMs: { readonly [thread: string]: number };
  readonly loopMs: number;
  readonly garbage: number;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    check: { type: 'boolean' },
    baseline: { type: 'boolean' },
    transfers: { type: 'string', default: '2200000' },
    // The process that does the work gets the folder.
    folder: { type: 'string' },
  },
});
const ACCOUNTS = 10_000;
/** More than this over the baseline needs a reason, and a new baseline in the same commit. */
const MORE_MAX = 1.05;
/** When the collector runs is chance: garbage of 0.6 and 0.8 B a transfer was seen in two runs one after the other. */
const SLACK_BYTES = 1;
/** Kinds of files with less are not told. */
const BYTES_MIN = 0.1;
/** Milliseconds of one tick of /proc/self/task/TID/stat. */
const TICK_MS = 10;
/** In the order in which the engine starts them. */
const THREADS = ['machine', 'journal', 'builder'] as const;
const baselinePath = join(packageRoot, 'bench', 'results', 'work', 'baseline.json');

if (values.folder !== undefined) console.log(JSON.stringify(await work(values.folder, Number(values.transfers))));
else main();

function main(): void {
  const transfers = Number(values.transfers);
  const [load] = loadavg() as [number, number, number];
  const parent = mkdtempSync(join(process.cwd(), 'tallystick-work-'));
  try {
    const folder = join(parent, 'ledger');
    const args = [import.meta.filename, '--folder', folder, '--transfers', String(transfers)];
    const { status, stdout } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status !== 0) throw new Error(`the work ended with ${status}`);
    const rows = rowsOf(JSON.parse(stdout) as Used, bytesByKind(folder), transfers, known());
    const record = { rows, commit: commit(), machine: machine(), load };
    if (values.baseline === true) {
      mkdirSync(dirname(baselinePath), { recursive: true });
      writeFileSync(baselinePath, `${JSON.stringify(record, null, 2)}\n`);
    }
    if (values.json === true) console.log(JSON.stringify(record, null, 2));
    else print(rows);
    if (values.check === true && rows.some(({ met }) => !met)) process.exitCode = 1;
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** The baseline's figures by row; none where there is no baseline, or where one is made. */
function known(): ReadonlyMap<string, number> {
  if (values.baseline === true) return new Map();
  try {
    const { rows } = JSON.parse(readFileSync(baselinePath, 'utf8')) as { readonly rows: readonly WorkRow[] };
    return new Map(rows.map(({ row, measured }) => [row, measured]));
  } catch (cause) {
    if (values.check !== true) return new Map();
    throw new Error(`there is no baseline to compare with: make one with --baseline`, { cause });
  }
}

function rowsOf(
  { cpuMs, loopMs, garbage }: Used,
  bytes: ReadonlyMap<string, number>,
  transfers: number,
  baseline: ReadonlyMap<string, number>,
): WorkRow[] {
  const row = (name: string, value: number, unit: string, compared: boolean): WorkRow => {
    const measured = Number(value.toPrecision(4));
    const aim = compared ? (baseline.get(name) ?? null) : null;
    const must =
      aim === null
        ? null
        : Number(Math.max(aim * MORE_MAX, name.startsWith('garbage') ? aim + SLACK_BYTES : 0).toPrecision(4));
    return { row: name, measured, must, aim, unit, met: must === null || measured <= must };
  };
  const all = Object.values(cpuMs).reduce((sum, one) => sum + one, 0);
  return [
    row('CPU a transfer, all threads', (all * 1000) / transfers, 'us', false),
    ...Object.entries(cpuMs).map(([name, ms]) => row(`CPU a transfer, ${name}`, (ms * 1000) / transfers, 'us', false)),
    row('CPU of a million transfers, over the fixed loop', all / loopMs / (transfers / 1e6), 'times', false),
    ...[...bytes]
      .filter(([, size]) => size / transfers >= BYTES_MIN)
      .map(([kind, size]) => row(`bytes a transfer, ${kind}`, size / transfers, 'B', !kind.startsWith('snapshots/'))),
    row("garbage a transfer, callers' thread", garbage / transfers, 'B', true),
  ];
}

/**
 * Sizes by the folder or the name, numbers left out: `journal/…`, `runs/…`, `superblock`. How far the newest snapshot
 * reaches is chance: its bytes are told, and not compared.
 */
function bytesByKind(folder: string): Map<string, number> {
  const kinds = new Map<string, number>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = statSync(join(folder, name));
    if (!stat.isFile()) continue;
    const kind = name.replace(/[-.]?[0-9a-f]*\d[0-9a-f]*/g, '');
    kinds.set(kind, (kinds.get(kind) ?? 0) + stat.size);
  }
  return kinds;
}

/** Creates accounts, then measures the transfers, builder's work included. */
async function work(folder: string, count: number): Promise<Used> {
  const before = new Set(threads());
  const ledger = await open(folder, { create: true, mode: 'threads' });
  const started = threads().filter((thread) => !before.has(thread));
  const load = new Load({
    ...{ ledger: 2, seed: 42, accountCount: ACCOUNTS, accountCountHot: 0, transferHotPercent: 0, pendingPercent: 0 },
    ...{ accountDistribution: 'uniform', idOrder: 'sequential', history: false, imported: false },
  });
  const accounts = new AccountBatch();
  for (let from = 0; from < ACCOUNTS; from += EVENTS_MAX) {
    accounts.clear();
    for (let index = from; index < Math.min(from + EVENTS_MAX, ACCOUNTS); index++) accounts.add(load.account(index));
    await ledger.createAccounts(accounts);
  }
  const clock = (): { readonly [thread: string]: number } => clocks(started);
  const atStart = clock();
  const profiler = new GCProfiler();
  const usedAtStart = process.memoryUsage().heapUsed;
  profiler.start();
  await send(ledger, load, count);
  const { statistics } = profiler.stop()!;
  const freed = statistics.reduce(
    (sum, { beforeGC, afterGC }) => sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
    0,
  );
  const garbage = freed + process.memoryUsage().heapUsed - usedAtStart;
  const atEnd = clock();
  await ledger.close();
  const cpuMs = Object.fromEntries(Object.entries(atEnd).map(([name, ms]) => [name, ms - (atStart[name] ?? 0)]));
  return { cpuMs, loopMs: fixedLoop(), garbage };
}

async function send(ledger: Awaited<ReturnType<typeof open>>, load: Load, count: number): Promise<void> {
  const batch = new TransferBatch(EVENTS_MAX);
  for (let from = 0; from < count; from += EVENTS_MAX) {
    const length = Math.min(EVENTS_MAX, count - from);
    batch.clear();
    for (let index = 0; index < length; index++) batch.add();
    batch.bytes.set(load.transfers(from, length));
    const failed = (await ledger.createTransfers(batch)).firstFailure();
    if (failed !== -1) throw new Error(`the transfer ${from + failed} was refused`);
  }
}

/** Threads of this process, the oldest first. */
function threads(): number[] {
  return readdirSync('/proc/self/task')
    .map(Number)
    .sort((a, b) => a - b);
}

/** User and system milliseconds: the callers' thread, the engine's by name, and Node's own together. */
function clocks(engine: readonly number[]): { readonly [thread: string]: number } {
  const ms: Record<string, number> = {};
  for (const thread of threads()) {
    const named = THREADS[engine.indexOf(thread)];
    const name = thread === process.pid ? 'callers' : (named ?? "Node's own");
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    ms[name] = (ms[name] ?? 0) + (user! + system!) * TICK_MS;
  }
  return ms;
}

/** CPU milliseconds of a loop that never changes: what a processor of this sitting is worth. */
function fixedLoop(): number {
  const began = process.cpuUsage();
  let hash = 1;
  for (let step = 0; step < 200_000_000; step++) hash = (Math.imul(hash ^ step, 0x01000193) >>> 0) ^ (hash >>> 13);
  const { user, system } = process.cpuUsage(began);
  return hash === -1 ? Number.NaN : (user + system) / 1000;
}

function print(rows: readonly WorkRow[]): void {
  const told = (value: number | null, unit: string): string => (value === null ? '' : `${value} ${unit}`);
  console.log(
    table(
      [
        { title: 'work', align: 'left' },
        { title: 'baseline', align: 'right' },
        { title: 'must', align: 'right' },
        { title: 'measured', align: 'right' },
        { title: '', align: 'left' },
      ],
      rows.map(({ row, aim, must, measured, unit, met }) => [
        row,
        told(aim, unit),
        told(must, unit),
        told(measured, unit),
        must === null ? '' : met ? 'met' : 'MORE',
      ]),
    ),
  );
}
