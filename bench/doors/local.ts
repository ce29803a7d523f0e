/**
 * The door for this machine: a server in a process of its own over a durable ledger in a new folder, one client in this
 * process, at the server's socket. Batches of 100 transfers among 10,000 accounts, 64 of them unanswered at a time.
 *
 *   node dist/bench/doors/local.js [TRANSFERS] [ADDRESS]     prints one JSON line
 *                                        ADDRESS: that of a server that runs, to compare
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, TransferBatch } from '../../src/index.ts';
import { type DoorFigure, endServer, figure, startServer } from './serving.ts';

const ACCOUNTS = 10_000;
const BATCH = 100;
const OUTSTANDING = 64;

export async function measureLocal(transfers = 3_000_000): Promise<DoorFigure> {
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
  const sockets = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
  const socket = join(sockets, 'socket');
  const { child } = await startServer(folder, 'tcp', ['--socket', socket]);
  try {
    return await measureAt(`unix:${socket}`, transfers);
  } finally {
    await endServer(child);
    for (const path of [folder, sockets]) rmSync(path, { recursive: true, force: true });
  }
}

async function measureAt(address: string, transfers: number): Promise<DoorFigure> {
  await using ledger = await connect(address);
  for (let first = 1; first <= ACCOUNTS; first += 5000) {
    await ledger.createAccounts(
      Array.from({ length: 5000 }, (_, index) => ({ id: BigInt(first + index), ledger: 1, code: 1 })),
    );
  }
  const latencies: number[] = [];
  let next = 1;
  let left = 0;
  /** Each batch is made once; then only what differs is written into it. */
  const caller = async (batch: TransferBatch): Promise<void> => {
    const view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset);
    while (left > 0) {
      left -= BATCH;
      for (let at = 0; at < BATCH * 128; at += 128) {
        const id = next++;
        const debit = 1 + (id % ACCOUNTS);
        view.setUint32(at, id, true);
        view.setUint32(at + 16, debit, true);
        view.setUint32(at + 32, 1 + (debit % ACCOUNTS), true);
      }
      const sent = performance.now();
      const results = await ledger.createTransfers(batch);
      latencies.push(performance.now() - sent);
      const failure = results.firstFailure();
      if (failure !== -1) throw new Error(`a transfer has status ${results.status(failure)}`);
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
  return figure('batch-100', latencies.length * BATCH, began, latencies);
}

if (process.argv[1] === import.meta.filename) {
  const [, , transfers = '3000000', address] = process.argv;
  const measured = address === undefined ? measureLocal(Number(transfers)) : measureAt(address, Number(transfers));
  console.log(JSON.stringify(await measured));
}
