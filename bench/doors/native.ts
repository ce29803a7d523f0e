/**
 * The native door over TCP: a server in a process of its own over a durable ledger in a new folder, the client in this
 * process.
 *
 *   node dist/bench/doors/native.js [--transfers N] [--only NAME]     prints one JSON line for each case
 *
 *   batch-8189   `tallystick benchmark --address` in a third process: 10,000 accounts, batches of 8189, three in flight
 *   rejected     batches of 8189 whose debit accounts are not there: every transfer is looked at, refused, and
 *                its id burnt
 *   callers-64   64 callers, each awaiting one transfer at a time
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report } from '../../packages/server/src/benchmark/index.ts';
import { CreateTransferStatus, connect, TransferBatch } from '../../src/index.ts';
import { endServer, startServer } from './serving.ts';

export interface NativeCase {
  readonly name: 'batch-8189' | 'rejected' | 'callers-64';
  readonly transfers: number;
}

export interface NativeFigure extends NativeCase {
  readonly transfers_per_second: number;
  readonly latency_ms: { readonly p50: number; readonly p99: number };
}

export const nativeCases: readonly NativeCase[] = [
  { name: 'batch-8189', transfers: 5_000_000 },
  { name: 'rejected', transfers: 1_000_000 },
  { name: 'callers-64', transfers: 300_000 },
];

const BATCH = 8189;
const OUTSTANDING = 3;
const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');

/** Measures one case on a ledger of its own. */
export async function measureNative(run: NativeCase): Promise<NativeFigure> {
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
  const { child, address } = await startServer(folder, 'tcp');
  try {
    const figure = run.name === 'rejected' ? await rejected(address, run.transfers) : await created(address, run);
    return { ...run, ...figure };
  } finally {
    await endServer(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

type Measured = Pick<NativeFigure, 'transfers_per_second' | 'latency_ms'>;

async function created(address: string, { name, transfers }: NativeCase): Promise<Measured> {
  const args = ['--address', address, '--transfer-count', `${transfers}`, '--query-count', '0', '--json'];
  if (name === 'callers-64') args.push('--callers', '64');
  const child = spawn(process.execPath, [main, 'benchmark', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the benchmark ended with ${code}: ${text}`);
  const report = JSON.parse(text) as Report;
  const { p50, p99 } = report.batch_latency_ms!;
  return { transfers_per_second: report.transfers_per_second, latency_ms: { p50, p99 } };
}

/** Each of the batches in flight is made once, and again only its ids are new. */
async function rejected(address: string, transfers: number): Promise<Measured> {
  await using ledger = await connect(address);
  const latencies: number[] = [];
  let next = 1;
  let left = 0;
  const caller = async (batch: TransferBatch): Promise<void> => {
    const ids = new DataView(batch.bytes.buffer, batch.bytes.byteOffset);
    while (left > 0) {
      left -= BATCH;
      for (let index = 0; index < BATCH; index++) ids.setUint32(index * 128, next++, true);
      const sent = performance.now();
      const results = await ledger.createTransfers(batch);
      latencies.push(performance.now() - sent);
      for (let index = 0; index < BATCH; index++) {
        const status = results.status(index);
        if (status !== CreateTransferStatus.debit_account_not_found) throw new Error(`a transfer has status ${status}`);
      }
    }
  };
  const batches = Array.from({ length: OUTSTANDING }, () => {
    const batch = new TransferBatch(BATCH);
    const both = { debit_account_id: 1n, credit_account_id: 2n };
    for (let index = 0; index < BATCH; index++) batch.add({ ...both, id: 1n, amount: 1n, ledger: 1, code: 1 });
    return batch;
  });
  left = transfers / 10;
  await Promise.all(batches.map(caller));
  left = transfers;
  latencies.length = 0;
  const began = performance.now();
  await Promise.all(batches.map(caller));
  const seconds = (performance.now() - began) / 1000;
  const sent = latencies.length * BATCH;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => Number((latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(3));
  return { transfers_per_second: Math.round(sent / seconds), latency_ms: { p50: at(0.5), p99: at(0.99) } };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { transfers: { type: 'string' }, only: { type: 'string' } } });
  for (const run of nativeCases) {
    if (values.only !== undefined && values.only !== run.name) continue;
    const transfers = values.transfers === undefined ? run.transfers : Number(values.transfers);
    console.log(JSON.stringify(await measureNative({ ...run, transfers })));
  }
}
