/**
 * `npm run bench -- price`: what the questions of some cost others. A ledger of 1.2 M transfers in which `code` and
 * `user_data_32` match half each and never together, and of a million accounts, behind a server of its own; clients in
 * processes of their own.
 *
 *   query     {code, user_data_32} in this process, without a match
 *   alone     one writer, one transfer after the other
 *   fields    the same, while one connection has 64 such queries open
 *   rows      beside 64 queries of 8,189 transfers each
 *   accounts  beside 64 queries that find 8,189 accounts behind all others
 *   lookups   beside 64 lookups of 8,189 transfers each, drawn from all
 *   hung up   40 connections that ask four queries of two fields each and are gone: the next transfer of somebody else
 *
 *   --json            one object with rows, commit, machine and load
 *   --transfers 1200000 --accounts 1000000 --seconds 5 --rounds 3
 *
 * Rounds take turns; the median of the rounds counts, as other work on the machine meets all of them.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { commit, machine } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { connect } from '../src/client/index.ts';
import { type Ledger, open } from '../src/index.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    transfers: { type: 'string', default: '1200000' },
    accounts: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    // A process that plays one part gets these.
    part: { type: 'string' },
    address: { type: 'string' },
  },
});
const ADVERSE = { code: 1, user_data_32: 1, limit: 8189 };
const QUERIES = 64;
const ROWS = 8189;
/** What one connection floods the server with, and how the rows of the result call it. */
const FLOODS = {
  fields: '64 such queries',
  rows: '64 queries of 8,189 transfers',
  accounts: '64 queries that find 8,189 accounts last',
  lookups: '64 lookups of 8,189 transfers',
} as const;
type Flood = keyof typeof FLOODS;
/** A flood comes from other machines: here its process gets what the server and the writer leave of two cores. */
const FLOOD_NICE = 19;
const CONNECTIONS = 40;
const BATCH = 8000;
/** The next transfer gets this id; every process begins elsewhere. */
let next = BigInt(Date.now()) * 1_000_000n;

if (values.part === undefined) await main();
else await play(values.part, values.address!);

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

interface Round {
  readonly alone: Latency;
  readonly beside: Readonly<Record<Flood, Latency>>;
  readonly hungUpMs: number;
}

interface Row {
  readonly row: string;
  readonly measured: number;
  readonly must: number;
  readonly aim: number;
  readonly unit: string;
  readonly met: boolean;
}

async function main(): Promise<void> {
  const load = loadavg()[0]!;
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-price-'));
  try {
    const queryMs = await fill(folder);
    const server = await serve(folder);
    const rounds: Round[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const alone = await child<Latency>('write', server.address);
      const beside = {} as Record<Flood, Latency>;
      for (const flood of Object.keys(FLOODS) as Flood[]) beside[flood] = await besideFlood(flood, server.address);
      rounds.push({ alone, beside, hungUpMs: await hungUp(server.address) });
    }
    await server.end();
    print(rowsOf(queryMs, rounds), rounds, load);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function besideFlood(kind: Flood, address: string): Promise<Latency> {
  const flood = start(kind, address);
  await sleep(1000);
  const beside = await child<Latency>('write', address);
  flood.kill('SIGKILL');
  return beside;
}

function rowsOf(queryMs: number, rounds: readonly Round[]): Row[] {
  const alone = median(rounds.map((round) => round.alone.p99));
  const beside = (flood: Flood): number => median(rounds.map((round) => round.beside[flood].p99)) / alone;
  const row = (name: string, measured: number, must: number, aim: number, unit: string): Row => {
    return { row: name, measured: Number(measured.toPrecision(3)), must, aim, unit, met: measured <= must };
  };
  return [
    row('a query of two fields without a match in 1.2 M', queryMs, 20, 10, 'ms'),
    ...(Object.keys(FLOODS) as Flood[]).map((flood) =>
      row(`a writer's p99 beside ${FLOODS[flood]}, against alone`, beside(flood), 2, 1.5, 'times'),
    ),
    row(
      'the next transfer when 40 clients have asked four each and hung up',
      median(rounds.map((one) => one.hungUpMs)),
      100,
      20,
      'ms',
    ),
  ];
}

function print(rows: readonly Row[], rounds: unknown, load: number): void {
  if (values.json === true) {
    console.log(JSON.stringify({ rows, rounds, commit: commit(), machine: machine(), load }, null, 2));
  } else {
    const { cpu, cores, kernel, node } = machine();
    console.log(`${cpu}, ${cores} cores, ${kernel}, Node ${node}; commit ${commit()}; load ${load.toFixed(1)} before`);
    const columns = ['what', 'must', 'aim', 'measured', ''].map((title, index) => ({
      title,
      align: index === 0 || index === 4 ? ('left' as const) : ('right' as const),
    }));
    const cells = rows.map(({ row, must, aim, measured, unit, met }) => {
      return [row, `${must} ${unit}`, `${aim} ${unit}`, `${measured} ${unit}`, met ? 'met' : 'short'];
    });
    console.log(table(columns, cells));
  }
  if (rows.some(({ met }) => !met)) process.exitCode = 1;
}

/** Makes the ledger, and asks it; milliseconds of one query, the median of twenty. */
async function fill(folder: string): Promise<number> {
  const ledger = await open(folder);
  const accounts = Number(values.accounts);
  for (let done = 0; done < accounts; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, accounts - done) }, (_, index) => {
      return { id: BigInt(done + index + 1), ledger: 1, code: done + index < accounts - ROWS ? 1 : 2 };
    });
    await ledger.createAccounts(batch);
  }
  const total = Number(values.transfers);
  for (let done = 0; done < total; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, total - done) }, (_, index) => {
      const k = done + index;
      return {
        id: BigInt(1000 + k),
        debit_account_id: BigInt(1 + (k % 9)),
        credit_account_id: BigInt(2 + (k % 9)),
        amount: 1n,
        ledger: 1,
        code: 1 + (k % 2),
        user_data_32: 2 - (k % 2),
      };
    });
    await ledger.createTransfers(batch);
  }
  await sleep(1000);
  const took: number[] = [];
  for (let nth = 0; nth < 20; nth++) {
    const started = performance.now();
    const found = await ledger.queryTransfers(ADVERSE);
    took.push(performance.now() - started);
    if (found.length !== 0) throw new Error('the query has a match');
  }
  await ledger.close();
  return median(took);
}

async function serve(folder: string): Promise<{ readonly address: string; end(): Promise<void> }> {
  const cli = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.js');
  const off = ['--grpc-port', 'off', '--http-port', 'off', '--msgpack-port', 'off', '--metrics-port', 'off'];
  const server = spawn(process.execPath, [cli, 'serve', folder, '--tcp-port', '0', ...off], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  let text = '';
  const address = await new Promise<string>((resolve, reject) => {
    server.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const found = /tcp:\/\/\S+/.exec(text)?.[0];
      if (found !== undefined && text.endsWith('\n')) resolve(found);
    });
    void ended.then(() => reject(new Error(`the server ended: ${text}`)));
  });
  return {
    address,
    end: async () => {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

function start(part: string, address: string): ReturnType<typeof spawn> {
  const { seconds, transfers } = values;
  const args = [import.meta.filename, '--part', part, '--address', address];
  args.push('--seconds', seconds, '--transfers', transfers);
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function child<Result>(part: string, address: string): Promise<Result> {
  const process = start(part, address);
  let text = '';
  process.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await new Promise((resolve) => process.once('close', resolve));
  return JSON.parse(text) as Result;
}

/** Its process asks and is killed; milliseconds of the next transfer here. */
async function hungUp(address: string): Promise<number> {
  const writer = await connect(address);
  await transfer(writer);
  const crowd = start('ask', address);
  await new Promise<void>((resolve) => crowd.stdout!.once('data', () => resolve()));
  const gone = new Promise((resolve) => crowd.once('exit', resolve));
  crowd.kill('SIGKILL');
  await gone;
  const took = await transfer(writer);
  await writer.close();
  return took;
}

async function play(part: string, address: string): Promise<void> {
  if (part === 'write') {
    const writer = await connect(address);
    for (let nth = 0; nth < 50; nth++) await transfer(writer);
    const took: number[] = [];
    for (const end = performance.now() + Number(values.seconds) * 1000; performance.now() < end; ) {
      took.push(await transfer(writer));
    }
    took.sort((a, b) => a - b);
    console.log(JSON.stringify({ p50: took[took.length >> 1], p99: took[Math.floor(took.length * 0.99)] }));
    await writer.close();
  } else if (part in FLOODS) {
    setPriority(FLOOD_NICE);
    const reader = await connect(address);
    const one = async (): Promise<never> => {
      for (;;) await question(reader, part as Flood);
    };
    await Promise.all(Array.from({ length: QUERIES }, one));
  } else {
    const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(address)));
    for (const client of clients) for (let nth = 0; nth < 4; nth++) void client.queryTransfers(ADVERSE).catch(() => {});
    await sleep(100);
    console.log('asked');
    await sleep(60_000);
  }
}

function question(reader: Ledger, flood: Flood): Promise<readonly unknown[]> {
  if (flood === 'fields') return reader.queryTransfers(ADVERSE);
  if (flood === 'rows') return reader.queryTransfers({ limit: ROWS });
  if (flood === 'accounts') return reader.queryAccounts({ code: 2, limit: ROWS });
  const drawn = (): bigint => BigInt(1000 + Math.floor(Math.random() * Number(values.transfers)));
  return reader.lookupTransfers(Array.from({ length: ROWS }, drawn));
}

async function transfer(ledger: Ledger): Promise<number> {
  const started = performance.now();
  const event = { id: next++, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 7 };
  await ledger.createTransfers([event]);
  return performance.now() - started;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}
