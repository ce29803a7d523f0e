/**
 * `npm run bench -- cluster`: three nats-servers, three nodes and one client, all on this machine.
 *
 *   npm run bench -- cluster                    all rows (bench/rows.ts), one after the other on one cluster
 *   npm run bench -- cluster callers-64         only that one
 *   npm run bench -- cluster --quick            a tenth of the transfers, one try of each failure
 *   npm run bench -- cluster --wiped 1000000    so many transfers for the wiped follower; ten million without it
 *   npm run bench -- cluster --json             one JSON object and nothing else
 *   SERVER_NODE_ARGS='--cpu-prof …' npm run …   flags of Node for the nodes
 *
 * Where `TIGERBEETLE_BIN` names a tigerbeetle binary, its three replicas get the same batches first, and the row of
 * batches is measured against them. Beside other work the time says little; what a transfer costs in time of all cores,
 * over all seven processes, does. Ends with 1 when a row is short.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { connect } from '../../../src/index.ts';
import { commit, machine } from '../../server/src/benchmark/index.ts';
import { Cluster } from './cluster.ts';
import { failures, wipedFollower } from './failures.ts';
import { type Load, type Loaded, loaded, loadedCluster } from './load.ts';
import { batches, callers64, NAMES, oneCaller, type Row, rowOf, type Wanted, wiped } from './rows.ts';
import { NO_TIGERBEETLE, TIGERBEETLE, TigerBeetleCluster } from './tigerbeetle.ts';

const TRIES = 3;
const ANSWERS_MS = 30_000;
const loads = {
  callers1: { transfers: 2000, callers: 1 },
  callers64: { transfers: 100_000, callers: 64 },
  batches: { transfers: 2_000_000 },
} satisfies { readonly [name: string]: Load };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, wiped: { type: 'string' } },
});
const unknown = positionals.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) throw new Error(`there is no row ${unknown.join(', ')}: ${NAMES.join(', ')}`);
const chosen = positionals.length === 0 ? NAMES : positionals;
const share = values.quick === true ? 0.1 : 1;
const wipedTransfers = Number(values.wiped ?? 10_000_000 * share);
const load = loadavg()[0];
const tigerbeetle = chosen.includes(batches().name) ? await theirs() : undefined;
const rows = await Cluster.with((cluster) => ours(cluster, tigerbeetle?.transfers_per_second));
const machineOf = machine();
if (values.json === true) {
  const beside = tigerbeetle ?? { missing: NO_TIGERBEETLE };
  console.log(JSON.stringify({ rows, tigerbeetle: beside, commit: commit(), machine: machineOf, load }, null, 2));
}
if (values.quick !== true && rows.some(({ met }) => met === 'short')) process.exitCode = 1;

/** TigerBeetle's three replicas under our batches; undefined where there is no binary. */
async function theirs(): Promise<Loaded | undefined> {
  if (TIGERBEETLE === undefined) return undefined;
  const cluster = await TigerBeetleCluster.start(TIGERBEETLE, 3, 1n);
  try {
    const ledger = await connect(cluster.address, { connectTimeoutMs: ANSWERS_MS });
    const found = await loaded(ledger, part(loads.batches));
    await ledger.close();
    return found;
  } finally {
    await cluster.stop();
  }
}

async function ours(cluster: Cluster, theirsPerSecond: number | undefined): Promise<Row[]> {
  const all: Row[] = [];
  const add = (row: Row): void => {
    all.push(row);
    if (values.json !== true) console.log(lineOf(row));
  };
  const ledger = await connect(cluster.addresses, { retry: true, reconnectTimeoutMs: ANSWERS_MS });
  const measure = async (wanted: Wanted, work: Load, figure: (found: Loaded) => number): Promise<void> => {
    if (!chosen.includes(wanted.name)) return;
    const found = await loadedCluster(ledger, cluster, part(work));
    add(rowOf(wanted, figure(found), found));
  };
  const rate = ({ transfers_per_second }: Loaded): number => transfers_per_second;
  const p50 = ({ batch_latency_ms }: Loaded): number => batch_latency_ms?.p50 ?? Number.POSITIVE_INFINITY;
  await measure(oneCaller, loads.callers1, p50);
  await measure(callers64, loads.callers64, rate);
  await measure(batches(theirsPerSecond), loads.batches, rate);
  for (const row of await failures(cluster, chosen, values.quick === true ? 1 : TRIES)) add(row);
  if (chosen.includes(wiped.name)) add(await wipedFollower(cluster, ledger, wipedTransfers));
  await ledger.close();
  return all;
}

function part(work: Load): Load {
  return { ...work, transfers: Math.ceil(work.transfers * share) };
}

function lineOf({ row, measured, must, aim, unit, met, detail }: Row): string {
  const bounds = `must ${must.toLocaleString('en-US')}, aim ${aim.toLocaleString('en-US')}`;
  return `${row}: ${measured.toLocaleString('en-US')} ${unit} (${met}; ${bounds}); ${JSON.stringify(detail)}`;
}
