/**
 * The gRPC door: a server in a process of its own, clients in this one, a durable ledger in a new folder.
 *
 *   node dist/bench/doors/grpc.js [--transfers N] [--only NAME]     prints one JSON line for each case
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { grpcPort } from '../../src/client/index.ts';
import { ObjectLedger, TransferBatch, TransferFlags } from '../../src/model/index.ts';
import { endServer, startServer } from './serving.ts';

export interface GrpcCase {
  readonly name: string;
  /** Transfers in a message. */
  readonly batch: number;
  readonly streams: number;
  /** Requests of a stream that are unanswered at a time. */
  readonly inFlight: number;
  readonly transfers: number;
}

export interface GrpcFigure extends GrpcCase {
  readonly transfers_per_second: number;
  readonly latency_ms: { readonly p50: number; readonly p99: number };
}

export const grpcCases: readonly GrpcCase[] = [
  { name: 'packed-1000', batch: 1000, streams: 1, inFlight: 16, transfers: 2_000_000 },
  { name: 'single', batch: 1, streams: 8, inFlight: 256, transfers: 400_000 },
];

const ACCOUNTS = 10_000;

/** Measures one case on a ledger of its own. */
export async function measureGrpc(run: GrpcCase): Promise<GrpcFigure> {
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
  const { child, address } = await startServer(folder, 'grpc');
  try {
    const ledgers = await Promise.all(
      Array.from({ length: run.streams }, async () => new ObjectLedger(await grpcPort(address))),
    );
    for (let first = 1; first <= ACCOUNTS; first += 5000) {
      await ledgers[0]!.createAccounts(
        Array.from({ length: 5000 }, (_, index) => ({ id: BigInt(first + index), ledger: 1, code: 1 })),
      );
    }
    const warm = Math.ceil(run.transfers / 10);
    await load(ledgers, run, 1, warm);
    const latencies: number[] = [];
    const began = performance.now();
    const sent = await load(ledgers, run, 1 + warm * 2, run.transfers, latencies);
    const seconds = (performance.now() - began) / 1000;
    await Promise.all(ledgers.map((ledger) => ledger.close()));
    latencies.sort((a, b) => a - b);
    const at = (share: number): number => Number((latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(3));
    return {
      ...run,
      transfers_per_second: Math.round(sent / seconds),
      latency_ms: { p50: at(0.5), p99: at(0.99) },
    };
  } finally {
    await endServer(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every stream keeps so many requests unanswered until all are sent; every transfer must be created. */
async function load(
  ledgers: readonly ObjectLedger[],
  { batch, inFlight }: GrpcCase,
  firstId: number,
  transfers: number,
  latencies: number[] = [],
): Promise<number> {
  let next = firstId;
  const end = firstId + transfers;
  const caller = async (ledger: ObjectLedger): Promise<void> => {
    const events = new TransferBatch(batch);
    while (next < end) {
      events.clear();
      for (let i = 0; i < batch; i++) {
        const id = next++;
        events.add({
          id: BigInt(id),
          debit_account_id: BigInt(1 + (id % ACCOUNTS)),
          credit_account_id: BigInt(1 + ((id * 7 + 1) % ACCOUNTS)),
          amount: 1n,
          ledger: 1,
          code: 1,
          flags: TransferFlags.none,
        });
      }
      const sent = performance.now();
      const results = await ledger.createTransfers(events);
      latencies.push(performance.now() - sent);
      const failure = results.firstFailure();
      if (failure !== -1) throw new Error(`transfer ${failure} of a batch has status ${results.status(failure)}`);
    }
  };
  await Promise.all(ledgers.flatMap((ledger) => Array.from({ length: inFlight }, () => caller(ledger))));
  return next - firstId;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { transfers: { type: 'string' }, only: { type: 'string' } } });
  for (const run of grpcCases) {
    if (values.only !== undefined && values.only !== run.name) continue;
    const transfers = values.transfers === undefined ? run.transfers : Number(values.transfers);
    console.log(JSON.stringify(await measureGrpc({ ...run, transfers })));
  }
}
