/** Transfers a second and their latencies, and the time of all cores that a transfer took. */
import type { Ledger } from '../../../src/index.ts';
import { type Percentiles, runBenchmark } from '../../server/src/benchmark/index.ts';
import type { Cluster } from './cluster.ts';
import { cpuMs } from './processes.ts';

const OUTSTANDING = 4;
export const BATCH = 8189;
/** Of what is measured, so much goes before and is not. */
const WARM_UP = 0.1;

export interface Load {
  readonly transfers: number;
  /** Each awaits one transfer at a time; undefined: batches of 8,189, four in flight. */
  readonly callers?: number;
}

/** Microseconds of all cores for a transfer, by those who used them. */
export interface Cpu {
  readonly servers: number;
  readonly nodes: number;
  readonly client: number;
}

export interface Loaded {
  readonly transfers_per_second: number;
  readonly batch_latency_ms: Percentiles | null;
}

/** Any ledger under that load. Throws unless every transfer is created. */
export async function loaded(ledger: Ledger, { transfers, callers }: Load): Promise<Loaded> {
  await run(ledger, Math.ceil(transfers * WARM_UP), callers);
  return run(ledger, transfers, callers);
}

async function run(ledger: Ledger, transfers: number, callers: number | undefined): Promise<Loaded> {
  const options = {
    ...{ ledger: 2, seed: 42, accountCount: 10_000, accountCountHot: 0, transferHotPercent: 0, pendingPercent: 0 },
    ...({ accountDistribution: 'uniform', idOrder: 'tbid', history: false, imported: false } as const),
    ...{ accountBatchCount: BATCH, transferCount: transfers, transferBatchCount: BATCH, transferBatchDelay: 0 },
    ...{ clients: 1, queryCount: 0, validate: false, printBatchTimings: false, file: undefined, memory: false },
    ...{ address: undefined, outstanding: OUTSTANDING, rate: undefined, callers, json: true, killAfter: undefined },
  };
  const quiet = { progress: () => undefined, batch: () => undefined };
  const { transfersMs, transfers: latencies, failedTransfers } = await runBenchmark(ledger, options, quiet);
  const failed = Object.keys(failedTransfers);
  if (failed.length > 0) throw new Error(`transfers were answered ${failed.join(', ')}`);
  const transfers_per_second = Math.round((transfers * 1000) / transfersMs);
  return { transfers_per_second, batch_latency_ms: latencies.percentiles() };
}

/** The same of our cluster, with the share of each in the time of all cores, and how many share a record. */
export async function loadedCluster(
  ledger: Ledger,
  cluster: Cluster,
  load: Load,
): Promise<Loaded & { readonly transfers_per_record: number; readonly cpu_us: Cpu | null }> {
  await run(ledger, Math.ceil(load.transfers * WARM_UP), load.callers);
  const [before, { last }] = [usedMs(cluster), await cluster.stream()];
  const found = await run(ledger, load.transfers, load.callers);
  const [after, records] = [usedMs(cluster), (await cluster.stream()).last - last];
  const share = (key: keyof Cpu): number => rounded(((after![key] - before![key]) * 1000) / load.transfers);
  const isKnown = before !== undefined && after !== undefined;
  return {
    ...found,
    transfers_per_record: rounded(load.transfers / records),
    cpu_us: isKnown ? { servers: share('servers'), nodes: share('nodes'), client: share('client') } : null,
  };
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

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
