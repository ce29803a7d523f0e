/**
 * `npm run bench -- shards`: what a ledger of two shards does, beside one ledger, in turns in one sitting.
 *
 *   --json               one object with rows, commit, machine and load
 *   --requests 60        of 8,189 durable transfers, for each figure
 *   --legs 100000        settlements that a router leaves open, for the resolver
 *   --rounds 3           each figure is the median of so many
 */
import { constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, machine } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { type AnyTransferInput, type Ledger, open, sharded, TransferBatch } from '../src/index.ts';
import { EVENTS_MAX } from '../src/model/index.ts';
import { rendezvous } from '../src/shard/map.ts';
import type { PromisedRow } from './promised-row.ts';

/** How many of a request's transfers go to the other shard. */
type Crossing = 'none' | 'tenth' | 'all';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    requests: { type: 'string', default: '60' },
    legs: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
  },
});
const requests = Number(values.requests);
const rounds = Number(values.rounds);
/** Accounts on each shard. */
const ACCOUNTS = 5_000;
const IN_FLIGHT = 4;
const ALONE = 300;
/** Accounts of each shard, as the map of two spreads them; one ledger has the same. */
const sides = spread();
const parent = mkdtempSync(join(process.cwd(), 'tallystick-shards-'));
let folders = 0;

function spread(): readonly [bigint[], bigint[]] {
  const all: [bigint[], bigint[]] = [[], []];
  const shardOf = rendezvous(2);
  for (let id = 2n; all.some((some) => some.length < ACCOUNTS); id++) {
    const some = all[shardOf(id) as 0 | 1];
    if (some.length < ACCOUNTS) some.push(id);
  }
  return all;
}

interface Town {
  readonly ledger: Ledger;
  readonly shards: readonly Ledger[];
}

/** Shards in folders, or in memory: one on this thread, or each with a thread for its machine. */
async function make(count: number, place: 'folder' | 'memory' = 'folder'): Promise<Town> {
  const folder = join(parent, String(folders++));
  const openOne = (shard: number): Promise<Ledger> => {
    if (place === 'folder') return open(join(folder, String(shard)));
    return open(':memory:', { mode: count === 1 ? 'inline' : 'threads' });
  };
  const shards = await Promise.all(Array.from({ length: count }, (_, shard) => openOne(shard)));
  const ledger = count === 1 ? shards[0]! : await sharded(shards, { sweepMs: 3_600_000 });
  const ids = sides.flat();
  for (let from = 0; from < ids.length; from += EVENTS_MAX) {
    const some = ids.slice(from, from + EVENTS_MAX);
    await ledger.createAccounts(some.map((id) => ({ id, ledger: 1, code: 1 })));
  }
  return { ledger, shards };
}

let lastId = 1n << 40n;

/** One request; where none crosses, its transfers are of one shard, in turns. */
function request(nth: number, crossing: Crossing): TransferBatch {
  const batch = new TransferBatch();
  for (let i = 0; i < EVENTS_MAX; i++) {
    const side = (nth & 1) as 0 | 1;
    const other = crossing === 'all' || (crossing === 'tenth' && i % 10 === 0) ? ((1 - side) as 0 | 1) : side;
    const debit_account_id = sides[side][(i * 7) % ACCOUNTS]!;
    const credit_account_id = sides[other][(i * 7 + 1) % ACCOUNTS]!;
    const transfer = { id: lastId++, debit_account_id, credit_account_id };
    batch.add({ ...transfer, amount: 1n, ledger: 1, code: 1 });
  }
  return batch;
}

/** Transfers a second. */
async function throughput({ ledger }: Town, crossing: Crossing): Promise<number> {
  const batches = Array.from({ length: requests }, (_, nth) => request(nth, crossing));
  const flying: Promise<unknown>[] = [];
  const began = performance.now();
  for (const batch of batches) {
    flying.push(
      ledger.createTransfers(batch).then((results) => {
        if (results.firstFailure() !== -1) throw new Error(`refused: ${results.status(results.firstFailure())}`);
      }),
    );
    if (flying.length >= IN_FLIGHT) await flying.shift();
  }
  await Promise.all(flying);
  return (requests * EVENTS_MAX * 1000) / (performance.now() - began);
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1]!;

/** Milliseconds of one synced write of 4 KiB. */
function syncedWrite(): number {
  const path = join(parent, 'raw');
  const file = openSync(path, constants.O_CREAT | constants.O_RDWR | constants.O_DSYNC, 0o600);
  const block = Buffer.alloc(4096, 1);
  const times = Array.from({ length: ALONE }, (_, nth) => {
    const began = performance.now();
    writeSync(file, block, 0, block.length, (nth % 64) * 4096);
    return performance.now() - began;
  });
  return median(times);
}

/** Milliseconds of one transfer that crosses, alone. */
async function alone({ ledger }: Town): Promise<number> {
  const times: number[] = [];
  for (let nth = 0; nth < ALONE; nth++) {
    const accounts = { debit_account_id: sides[0][0]!, credit_account_id: sides[1][0]! };
    const transfer = { id: lastId++, ...accounts, amount: 1n, ledger: 1, code: 1 };
    const began = performance.now();
    await ledger.createTransfers([transfer]);
    times.push(performance.now() - began);
  }
  return median(times);
}

/** A router dies behind step 1 of each settlement; seconds until the next one has ended all of them, for a million. */
async function resolving({ shards }: Town, legs: number): Promise<number> {
  const dying = await sharded(shards.map(dead), { sweepMs: 3_600_000 });
  for (let left = legs; left > 0; left -= EVENTS_MAX) {
    const transfers = request(0, 'all');
    const some = Array.from({ length: Math.min(left, EVENTS_MAX) }, (_, index) => transfers.get(index));
    await dying.createTransfers(some).catch(() => undefined);
  }
  const router = await sharded(shards, { patienceMs: 1, sweepMs: 3_600_000 });
  const began = performance.now();
  const { voided, posted, open: left } = await router.settle();
  const seconds = (performance.now() - began) / 1000;
  if (left > 0) throw new Error(`${voided} voided, ${posted} posted, ${left} are open`);
  return (seconds / legs) * 1e6;
}

/** Takes legs, and nothing behind them. */
function dead(shard: Ledger): Ledger {
  return new Proxy(shard, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'createTransfers') return value.bind(target);
      return (transfers: TransferBatch | readonly AnyTransferInput[]): Promise<unknown> => {
        const [first] = transfers instanceof TransferBatch ? [transfers.get(0)] : transfers;
        const isHome = (first?.debit_account_id as bigint) < 1n << 64n;
        if (isHome) return Promise.reject(new Error('the router is dead'));
        return target.createTransfers(transfers as TransferBatch);
      };
    },
  });
}

/** Two machines in memory, each on a thread of its own, over one on the callers' thread; none crosses. */
async function memory(): Promise<number> {
  const [one, two] = [await make(1, 'memory'), await make(2, 'memory')];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await throughput(one, 'none');
    ratios.push((await throughput(two, 'none')) / before);
  }
  await Promise.all([one.ledger.close(), two.ledger.close()]);
  return median(ratios);
}

async function measure(): Promise<PromisedRow[]> {
  const none: number[] = [];
  const tenth: number[] = [];
  const all: number[] = [];
  const [one, two] = [await make(1), await make(2)];
  await throughput(two, 'all');
  for (let round = 0; round < rounds; round++) {
    const before = await throughput(one, 'none');
    const undivided = await throughput(two, 'none');
    none.push(undivided / before);
    tenth.push((await throughput(two, 'tenth')) / undivided);
    all.push(await throughput(two, 'all'));
  }
  const inMemory = await memory();
  const ratio = (await alone(two)) / syncedWrite();
  const seconds = await resolving(two, Number(values.legs));
  await Promise.all([one.ledger.close(), two.ledger.close()]);
  const more = (row: string, measured: number, must: number, aim: number, unit: string): PromisedRow => ({
    ...{ row, measured: Number(measured.toPrecision(4)), must, aim, unit },
    met: measured >= must,
  });
  const less = (row: string, measured: number, must: number, aim: number, unit: string): PromisedRow => ({
    ...more(row, measured, must, aim, unit),
    met: measured <= must,
  });
  return [
    more('2 shards, no transfer crosses, over 1 ledger', median(none), 0.9, 1.2, 'times'),
    more('2 shards in memory, each with its thread, over 1 in memory', inMemory, 1.7, 1.95, 'times'),
    more('2 shards, every transfer crosses', median(all), 250_000, 600_000, '/s'),
    more('2 shards, a tenth crosses, over none', median(tenth), 0.6, 0.8, 'times'),
    less('a crossing transfer, alone, median, over one synced write', ratio, 4, 3, 'times'),
    less('resolver, 1 M legs that a router left open', seconds, 60, 15, 's'),
  ];
}

const [load] = loadavg() as [number, number, number];
try {
  const rows = await measure();
  const record = { rows, commit: commit(), machine: machine(), load };
  if (values.json === true) console.log(JSON.stringify(record, null, 2));
  else {
    const cells = rows.map(({ row, measured, must, aim, unit, met }) =>
      [row, measured, must, aim, unit, met ? 'yes' : 'no'].map(String),
    );
    const columns = ['row', 'measured', 'must', 'aim', 'unit', 'met'].map((title) => {
      const align: 'left' | 'right' = ['measured', 'must', 'aim'].includes(title) ? 'right' : 'left';
      return { title, align };
    });
    console.log(table(columns, cells));
  }
} finally {
  rmSync(parent, { recursive: true, force: true });
}
