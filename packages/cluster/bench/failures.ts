/** What it costs callers that a node or a nats-server goes, and how long a node that has lost everything takes. */
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Ledger } from '../../../src/index.ts';
import type { Cluster } from './cluster.ts';
import { Callers } from './gaps.ts';
import { BATCH, loaded } from './load.ts';
import { leaderEnded, leaderKilled, type Row, rowOf, serverKilled, type Wanted, wiped } from './rows.ts';

/** Servers that lead nothing for the moment do within that time. */
const ELECTED_MS = 15_000;
const LOOK_MS = 200;
const FOLLOWS_MS = 30 * 60_000;

/** Does `act` a few times; the row says the worst. */
async function worst(wanted: Wanted, tries: number, callers: Callers, act: () => Promise<void>): Promise<Row> {
  const gaps: number[] = [];
  for (let left = tries; left > 0; left--) gaps.push(await callers.gap(act));
  return rowOf(wanted, Math.max(...gaps), { gaps_s: gaps });
}

export async function failures(cluster: Cluster, names: readonly string[], tries: number): Promise<Row[]> {
  const rows: Row[] = [];
  const callers = await Callers.start(cluster.addresses, 1n << 100n);
  const anew = async (signal: NodeJS.Signals): Promise<void> => {
    const { node, epoch } = await cluster.beat();
    await cluster.nodes[node]!.stop(signal);
    await cluster.beat(epoch);
    await cluster.nodes[node]!.start();
  };
  try {
    if (names.includes(leaderEnded.name)) {
      rows.push(await worst(leaderEnded, tries, callers, () => anew('SIGTERM')));
    }
    if (names.includes(leaderKilled.name)) {
      rows.push(await worst(leaderKilled, tries, callers, () => anew('SIGKILL')));
    }
    if (names.includes(serverKilled.name)) {
      rows.push(await worst(serverKilled, tries, callers, () => killStreamLeader(cluster)));
    }
  } finally {
    await callers.end();
  }
  return rows;
}

async function killStreamLeader(cluster: Cluster): Promise<void> {
  const deadline = performance.now() + ELECTED_MS;
  let { leader } = await cluster.stream();
  for (; leader === undefined && performance.now() < deadline; await pause(LOOK_MS)) {
    ({ leader } = await cluster.stream());
  }
  if (leader === undefined) throw new Error('no nats-server leads the stream');
  await leader.stop('SIGKILL');
  await pause(LOOK_MS);
  leader.start();
}

/** A follower's folder is removed once the ledger holds `transfers`; from its start until it has everything. */
export async function wipedFollower(cluster: Cluster, ledger: Ledger, transfers: number): Promise<Row> {
  await loaded(ledger, { transfers: Math.max(transfers, BATCH) });
  const leader = await cluster.leader();
  const follower = cluster.nodes.find((node) => node !== leader)!;
  await follower.stop('SIGKILL');
  rmSync(follower.folder, { recursive: true, force: true });
  const [began, wanted] = [performance.now(), await opOf(leader.address)];
  await follower.start();
  const deadline = performance.now() + FOLLOWS_MS;
  for (let op = 0n; op < wanted; op = await opOf(follower.address)) {
    if (performance.now() > deadline) throw new Error(`it is at op ${op} of ${wanted}`);
    await pause(LOOK_MS);
  }
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const row = { ...wiped, row: `${wiped.row} (${transfers.toLocaleString('en-US')} transfers)` };
  return rowOf(row, seconds, { transfers, ops: Number(wanted) });
}

/** 0 while nobody answers there. */
async function opOf(address: string): Promise<bigint> {
  try {
    const ledger = await connect(address);
    const { lastOp } = ledger.pin;
    await ledger.close();
    return lastOp;
  } catch {
    return 0n;
  }
}
