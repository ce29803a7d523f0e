/**
 * `npm run bench -- cluster`: three nats-servers, three nodes and one client, all on this machine.
 *
 *   npm run bench -- cluster                  all cases (bench/cases.ts), one after the other on one cluster
 *   npm run bench -- cluster callers-64       only those
 *   npm run bench -- cluster --quick          a tenth of the transfers
 *   npm run bench -- cluster --json           one JSON object and nothing else
 *
 * Beside other work the time says little; what a transfer costs in time of all cores, over all seven processes, does.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connect, type Ledger } from '../../../src/index.ts';
import { commit, machine, type Percentiles, runBenchmark } from '../../server/src/benchmark/index.ts';
import { copyAt } from '../src/jetstream/monitors.ts';
import { namesOf } from '../src/jetstream/stream.ts';
import { NodeProcess } from '../src/local/nodes.ts';
import { findServer, freePorts, type NatsServer, prepareServers } from '../src/local/servers.ts';
import { type Case, cases } from './cases.ts';
import { cpuMs } from './processes.ts';

const COUNT = 3;
const CLUSTER = 1n;
const OUTSTANDING = 4;
const BATCH = 8189;

interface Cluster {
  readonly servers: readonly NatsServer[];
  readonly nodes: readonly NodeProcess[];
}

/** Microseconds of all cores for a transfer, by those who used them. */
interface Cpu {
  readonly servers: number;
  readonly nodes: number;
  readonly client: number;
}

interface Figure {
  readonly name: string;
  readonly transfers_per_second: number;
  readonly batch_latency_ms: Percentiles | null;
  /** A message of the stream each. */
  readonly transfers_per_record: number;
  readonly cpu_us: Cpu | null;
  readonly verdict: 'aim' | 'must' | 'short';
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' } },
});
const unknown = positionals.filter((name) => !cases.some((one) => one.name === name));
if (unknown.length > 0) throw new Error(`there is no case ${unknown.join(', ')}: ${cases.map(({ name }) => name)}`);
const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const [loadBefore] = loadavg();
const figures = await withCluster(async (cluster) => {
  const ledger = await connect(
    cluster.nodes.map(({ address }) => address),
    { retry: true },
  );
  const measured: Figure[] = [];
  for (const one of chosen) {
    measured.push(await measure(ledger, cluster, one));
    if (values.json !== true) console.log(lineOf(measured.at(-1)!));
  }
  await ledger.close();
  return measured;
});
if (values.json === true) {
  const record = { commit: commit(), machine: machine(), load_before: loadBefore, nodes: COUNT, figures };
  console.log(JSON.stringify(record, null, 2));
}
if (values.quick !== true && figures.some(({ verdict }) => verdict === 'short')) process.exitCode = 1;

async function withCluster<T>(run: (cluster: Cluster) => Promise<T>): Promise<T> {
  const program = findServer();
  if (program === undefined) throw new Error('there is no nats-server on PATH');
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
  const servers = await prepareServers(COUNT, { program, folder });
  const ports = await freePorts(COUNT);
  const addresses = { servers: servers.map(({ url }) => url), monitors: servers.map(({ monitor }) => monitor) };
  const nodes = ports.map((_, node) => new NodeProcess(node, { folder, ...addresses, cluster: CLUSTER, ports }));
  try {
    for (const server of servers) server.start();
    await Promise.all(nodes.map((node) => node.start()));
    return await run({ servers, nodes });
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures one case behind a tenth of it that nobody measures. */
async function measure(ledger: Ledger, cluster: Cluster, one: Case): Promise<Figure> {
  const transfers = Math.ceil(one.transfers * (values.quick === true ? 0.1 : 1));
  await load(ledger, one, Math.ceil(transfers / 10));
  const recordsBefore = await recordsOf(cluster);
  const before = usedMs(cluster);
  const { transfersMs, transfers: latencies, failedTransfers } = await load(ledger, one, transfers);
  const after = usedMs(cluster);
  const records = (await recordsOf(cluster)) - recordsBefore;
  const failed = Object.keys(failedTransfers);
  if (failed.length > 0) throw new Error(`${one.name}: transfers were answered ${failed.join(', ')}`);
  const found = {
    transfers_per_second: Math.round((transfers * 1000) / transfersMs),
    batch_latency_ms: latencies.percentiles(),
    transfers_per_record: Math.round((10 * transfers) / records) / 10,
  };
  const share = (key: keyof Cpu): number => Math.round(((after![key] - before![key]) * 1e4) / transfers) / 10;
  const known = before !== undefined && after !== undefined;
  const cpu = known ? { servers: share('servers'), nodes: share('nodes'), client: share('client') } : null;
  return { name: one.name, ...found, cpu_us: cpu, verdict: verdictOf(one, found) };
}

function load(ledger: Ledger, { callers }: Case, transfers: number): ReturnType<typeof runBenchmark> {
  const options = {
    ...{ ledger: 2, seed: 42, accountCount: 10_000, accountCountHot: 0, transferHotPercent: 0, pendingPercent: 0 },
    ...({ accountDistribution: 'uniform', idOrder: 'tbid', history: false, imported: false } as const),
    ...{ accountBatchCount: BATCH, transferCount: transfers, transferBatchCount: BATCH, transferBatchDelay: 0 },
    ...{ clients: 1, queryCount: 0, validate: false, printBatchTimings: false, file: undefined, memory: false },
    ...{ address: undefined, outstanding: OUTSTANDING, rate: undefined, callers, json: true, killAfter: undefined },
  };
  return runBenchmark(ledger, options, { progress: () => undefined, batch: () => undefined });
}

/** Messages of the stream so far, accounts and all. */
async function recordsOf({ servers }: Cluster): Promise<number> {
  const copies = await Promise.all(servers.map(({ monitor }) => copyAt(monitor, namesOf(CLUSTER).stream)));
  return Math.max(...copies.map(({ messages }) => messages?.last ?? 0));
}

function usedMs({ servers, nodes }: Cluster): Cpu | undefined {
  const sum = (pids: readonly (number | undefined)[]): number =>
    pids.reduce<number>((total, pid) => total + (cpuMs(pid ?? 0) ?? Number.NaN), 0);
  const used = {
    servers: sum(servers.map(({ pid }) => pid)),
    nodes: sum(nodes.map(({ pid }) => pid)),
    client: sum([process.pid]),
  };
  return Object.values(used).some(Number.isNaN) ? undefined : used;
}

function verdictOf(
  { figure, must, aim }: Case,
  found: Pick<Figure, 'transfers_per_second' | 'batch_latency_ms'>,
): Figure['verdict'] {
  const p50 = found.batch_latency_ms?.p50 ?? Number.POSITIVE_INFINITY;
  const reaches = (bound: number): boolean =>
    figure === 'p50_ms' ? p50 <= bound : found.transfers_per_second >= bound;
  return reaches(aim) ? 'aim' : reaches(must) ? 'must' : 'short';
}

function lineOf({
  name,
  transfers_per_second,
  batch_latency_ms,
  transfers_per_record,
  cpu_us,
  verdict,
}: Figure): string {
  const { p50, p99 } = batch_latency_ms ?? {};
  const cpu =
    cpu_us === null ? '' : `; µs of cores: servers ${cpu_us.servers}, nodes ${cpu_us.nodes}, client ${cpu_us.client}`;
  return `${name}: ${transfers_per_second.toLocaleString('en-US')}/s, p50 ${p50} ms, p99 ${p99} ms (${verdict}); ${transfers_per_record} a record${cpu}`;
}
