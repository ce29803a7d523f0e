/**
 * `npm run bench -- payments`: payments with a fee, two limits, a meter and screened names, five legs each, durable,
 * client and server on this machine's cores. Only payments that a later scan of the ledger finds are counted. Beside
 * them stands PostgreSQL, where it is installed, with the same five legs in one function.
 *
 *   --json             one object with rows, commit, machine and load
 *   --seconds 5        for each figure
 *   --rounds 3         each figure is the median of so many
 *   --only http        rows whose names have the word in them
 *   --words            every payment has a description, which is kept beside its money
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, machine } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { LmdbRecords, Payments } from '../packages/services/src/index.ts';
import { NameIndex } from '../packages/services/src/screening/index-of-names.ts';
import { namesByChance } from '../packages/services/test/names.ts';
import { queriedTransfersOf } from '../src/helpers/index.ts';
import { connect, type Ledger, open } from '../src/index.ts';
import { endServer, startServer } from './doors/serving.ts';
import { fiveLegs } from './payments-postgres.ts';
import { PaymentsStream } from './payments-stream.ts';
import { configured, demands, furnish, OPENING, type Words, wish } from './payments-town.ts';
import type { PromisedRow } from './promised-row.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    words: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const CALLERS = 64;
const OPEN_LOOP = 5000;
/** gRPC has so many streams, and each so many payments in flight. */
const STREAMS = { count: 8, inFlight: 256 };
/** The `code` of money that was paid. */
const PAID = 100;
const wished = (n: number): Words => wish(n, values.words);

async function paidIn(ledger: Ledger): Promise<number> {
  let count = 0;
  for await (const page of queriedTransfersOf(ledger, { code: PAID })) count += page.length;
  return count - OPENING;
}

/** Runs `act` again and again in `callers` lines, for as long as a figure takes; resolves to the seconds. */
async function inLines(callers: number, act: (n: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let n = 0;
  const line = async (): Promise<void> => {
    while (performance.now() - began < seconds * 1000) await act(n++);
  };
  await Promise.all(Array.from({ length: callers }, line));
  return (performance.now() - began) / 1000;
}

/** Starts `act` at a steady rate, however long answers take; milliseconds from when each was due to its answer. */
async function atRate(rate: number, act: (n: number) => Promise<unknown>): Promise<number[]> {
  const latencies: number[] = [];
  const began = performance.now();
  const all: Promise<void>[] = [];
  for (let n = 0; n < rate * seconds; ) {
    const due = Math.min(rate * seconds, Math.floor(((performance.now() - began) / 1000) * rate));
    for (; n < due; n++) {
      const at = began + (n / rate) * 1000;
      all.push(act(n).then(() => void latencies.push(performance.now() - at)));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(all);
  return latencies.sort((a, b) => a - b);
}

interface Served {
  readonly post: (path: string, key: string, body: object) => Promise<void>;
  readonly paid: () => Promise<number>;
  /** Where the door listens. */
  readonly address: string;
  readonly end: () => Promise<void>;
}

async function served(door: 'http' | 'grpc'): Promise<Served> {
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
  const books = join(folder, 'books');
  const native = join(folder, 'socket');
  const more = [...configured(folder), '--socket', native];
  const { child, address } = await startServer(books, door, more);
  const ledger = await connect(`unix:${native}`);
  await furnish(new Payments(ledger));
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const { port } = new URL(address);
  const post = (path: string, key: string, body: object): Promise<void> =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': text.length, 'idempotency-key': key };
      const options = { port, host: '127.0.0.1', method: 'POST', path: `/v1/payments${path}`, agent, headers };
      const call = request(options, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          answer += chunk;
        });
        response.once('end', () => (response.statusCode! < 300 ? resolve() : reject(new Error(answer.slice(0, 300)))));
      });
      call.on('error', reject).end(text);
    });
  const end = async (): Promise<void> => {
    agent.destroy();
    await ledger.close();
    await endServer(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { post, paid: () => paidIn(ledger), end, address };
}

async function over(door: 'http' | 'grpc', run: (server: Served) => Promise<number>): Promise<number> {
  const server = await served(door);
  try {
    return await run(server);
  } finally {
    await server.end();
  }
}

const single = (): Promise<number> =>
  over('http', async ({ post, paid }) => {
    const took = await inLines(CALLERS, (n) => post('', `k${n}`, wished(n)));
    return (await paid()) / took;
  });

const openLoop = (): Promise<number> =>
  over('http', async ({ post }) => {
    await inLines(CALLERS, (n) => post('', `w${n}`, wished(n)));
    const latencies = await atRate(OPEN_LOOP, (n) => post('', `k${n}`, wished(n)));
    return latencies[Math.floor(latencies.length * 0.99)]!;
  });

const bulk = (): Promise<number> =>
  over('http', async ({ post, paid }) => {
    const took = await inLines(8, (n) => {
      const payments = Array.from({ length: 100 }, (_, index) => ({ key: `k${n}-${index}`, ...wished(n + index) }));
      return post('/bulk', 'unused', { mode: 'independent', payments });
    });
    return (await paid()) / took;
  });

const streams = (): Promise<number> =>
  over('grpc', async ({ address, paid }) => {
    const all = Array.from({ length: STREAMS.count }, () => new PaymentsStream(address));
    const took = await inLines(STREAMS.count * STREAMS.inFlight, (n) => {
      return all[n % STREAMS.count]!.pay({ key: `k${n}`, ...wished(n) });
    });
    await Promise.all(all.map((stream) => stream.close()));
    return (await paid()) / took;
  });

async function inProcess(run: (payments: Payments, ledger: Ledger) => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
  const ledger = await open(join(folder, 'books'), { create: true });
  const records = await LmdbRecords.open(join(folder, 'words'));
  const payments = new Payments(ledger, { records, ...(await demands(folder)) });
  try {
    await furnish(payments);
    return await run(payments, ledger);
  } finally {
    await payments.idle();
    await records.close();
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const batches = (): Promise<number> =>
  inProcess(async (payments, ledger) => {
    const took = await inLines(4, (n) => {
      const all = Array.from({ length: 1000 }, (_, index) => ({ key: `k${n}-${index}`, ...wished(n + index) }));
      return payments.bulk({ mode: 'independent', payments: all });
    });
    return (await paidIn(ledger)) / took;
  });

const refunds = (): Promise<number> =>
  inProcess(async (payments) => {
    const made: string[] = [];
    for (let n = 0; n < 20; n++) {
      const all = Array.from({ length: 1000 }, (_, index) => ({ key: `p${n}-${index}`, ...wished(index) }));
      const receipts = await payments.bulk({ mode: 'independent', payments: all });
      for (const receipt of receipts) if ('payment' in receipt) made.push(receipt.payment);
    }
    let done = 0;
    const took = await inLines(CALLERS, async (n) => {
      const receipt = await payments.refund(`r${n}`, { payment: made[n % made.length]!, amount: '0.01' });
      if (receipt.outcome === 'done') done++;
    });
    return done / took;
  });

/** Milliseconds of the slowest look-up of a hundred, half of the names known but for a letter, half of them unknown. */
function screeningOf(count: number): () => Promise<number> {
  let names: readonly string[] | undefined;
  let index: NameIndex | undefined;
  return async () => {
    names ??= namesByChance(count, 1);
    index ??= new NameIndex(names.map((name, entry) => ({ name, entry })));
    const times: number[] = [];
    for (const [at, unknown] of namesByChance(LOOKUPS, 7).entries()) {
      const given = at % 2 === 0 ? unknown : names[(at * 7919) % names.length]!.replace(/(..)./, '$1');
      const began = performance.now();
      index.find(given, 85);
      times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b)[Math.floor(LOOKUPS * 0.99)]!;
  };
}
const LOOKUPS = 2000;

async function median(measure: () => Promise<number>): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < rounds; round++) found.push(await measure());
  return found.sort((a, b) => a - b)[Math.floor(rounds / 2)]!;
}

const lines = [
  { row: 'HTTP, one payment a request, 64 callers', unit: 'payments/s', must: 5000, aim: 10_000, measure: single },
  { row: `HTTP at ${OPEN_LOOP}/s, open loop: p99`, unit: 'ms', must: 40, aim: 20, measure: openLoop },
  { row: 'HTTP, 100 payments a request', unit: 'payments/s', must: 25_000, aim: 50_000, measure: bulk },
  {
    row: `gRPC stream, ${STREAMS.inFlight} in flight, ${STREAMS.count} streams`,
    unit: 'payments/s',
    must: 20_000,
    aim: 50_000,
    measure: streams,
  },
  { row: 'in process, 1,000 payments a request', unit: 'payments/s', must: 100_000, aim: 250_000, measure: batches },
  { row: 'refund', unit: 'refunds/s', must: 2000, aim: 5000, measure: refunds },
  { row: 'screening, 10,000 names: p99', unit: 'ms', must: 5, aim: 2, measure: screeningOf(10_000) },
  { row: 'screening, 1,000,000 names: p99', unit: 'ms', must: 50, aim: 20, measure: screeningOf(1_000_000) },
].filter(({ row }) => row.toLowerCase().includes(values.only.toLowerCase()));

const [load] = loadavg();
const rows: PromisedRow[] = [];
for (const { measure, ...line } of lines) {
  const measured = Math.round((await median(measure)) * 10) / 10;
  rows.push({ ...line, measured, met: line.unit === 'ms' ? measured <= line.must : measured >= line.must });
  if (values.json !== true) console.error(`${line.row}: ${measured.toLocaleString('en-US')} ${line.unit}`);
}
const peer = 'postgresql'.includes(values.only.toLowerCase()) ? fiveLegs(seconds) : undefined;
if (values.json === true) {
  console.log(JSON.stringify({ rows, peer, commit: commit(), machine: machine(), load }, null, 2));
} else {
  const columns = [
    { title: 'payments', align: 'left' },
    { title: 'must', align: 'right' },
    { title: 'aim', align: 'right' },
    { title: 'measured', align: 'right' },
  ] as const;
  const text = (value: number): string => value.toLocaleString('en-US');
  console.log(
    table(
      columns,
      rows.map(({ row, must, aim, measured }) => [row, text(must), text(aim), text(measured)]),
    ),
  );
  if (peer?.missing !== undefined) console.log(`PostgreSQL is left out: ${peer.missing}`);
  else if (peer !== undefined) {
    const told = peer.figures.map(({ what, payments }) => `${what}: ${text(payments)} payments/s`).join('; ');
    console.log(`PostgreSQL, the same five legs in one function; ${told}`);
  }
}
