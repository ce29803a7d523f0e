/**
 * One run of the benchmark against a ledger: accounts, transfers, queries, and, if asked, everything compared with what
 * was sent.
 */
import {
  AccountBatch,
  AccountFilterFlags,
  CreateAccountStatus,
  CreateTransferStatus,
  decodeTransfer,
  EVENTS_MAX,
  type Ledger,
  type ResultBatch,
  TRANSFER_SIZE,
  TransferBatch,
} from 'tallystick/internal/model';
import { Latencies } from './latency.ts';
import { Load } from './load.ts';
import type { BenchmarkOptions } from './names.ts';
import { runSenders } from './senders.ts';
import { type Validation, validate } from './validate.ts';

/** How many events ended with each status that is not `created`, by name. */
export type Failures = Record<string, number>;

export interface Measurement {
  readonly accountsMs: number;
  readonly transfersMs: number;
  readonly requests: number;
  readonly transfers: Latencies;
  readonly queriesMs: number;
  readonly queries: Latencies;
  /** Transfers found by all queries together. */
  readonly queried: number;
  readonly failedAccounts: Failures;
  readonly failedTransfers: Failures;
  readonly validation: Validation | undefined;
  readonly rssBytes: number;
}

/** What to tell those who wait. */
export interface Watcher {
  /** So many of `total` transfers are acknowledged. */
  progress(acknowledged: number): void;
  batch(index: number, milliseconds: number): void;
}

export async function runBenchmark(ledger: Ledger, options: BenchmarkOptions, watcher: Watcher): Promise<Measurement> {
  const load = new Load(options);
  const failedAccounts: Failures = {};
  const failedTransfers: Failures = {};

  const accountsMs = await createAccounts(ledger, load, options, failedAccounts);

  const transfers = new Latencies();
  const batchCount = options.callers === undefined ? options.transferBatchCount : 1;
  let acknowledged = 0;
  const transfersMs = await runSenders(
    Math.ceil(options.transferCount / batchCount),
    {
      senders: options.callers ?? options.clients * options.outstanding,
      delay: options.transferBatchDelay,
      interval: options.rate === undefined ? undefined : (1000 * batchCount) / options.rate,
    },
    options.callers === undefined
      ? batchSender(ledger, load, options, failedTransfers)
      : singleSender(ledger, load, options, failedTransfers),
    (index, milliseconds) => {
      transfers.add(milliseconds);
      acknowledged = Math.min(options.transferCount, acknowledged + batchCount);
      if (options.killAfter !== undefined && acknowledged >= options.killAfter) process.kill(process.pid, 'SIGKILL');
      watcher.batch(index, milliseconds);
      watcher.progress(acknowledged);
    },
  );
  const rssBytes = process.memoryUsage.rss();

  const queries = new Latencies();
  let queried = 0;
  const queriesMs = await runSenders(
    options.queryCount,
    { senders: 1, delay: 0, interval: undefined },
    async (index) => {
      const found = await ledger.getAccountTransfers({
        account_id: load.queryAccountId(index),
        limit: EVENTS_MAX,
        flags: AccountFilterFlags.debits | AccountFilterFlags.credits,
      });
      queried += found.length;
    },
    (_, milliseconds) => queries.add(milliseconds),
  );

  return {
    accountsMs,
    transfersMs,
    requests: Math.ceil(options.transferCount / batchCount) * Math.ceil(batchCount / EVENTS_MAX),
    transfers,
    queriesMs,
    queries,
    queried,
    failedAccounts,
    failedTransfers,
    validation: options.validate ? await validate(ledger, new Load(options), options) : undefined,
    rssBytes,
  };
}

/** Returns the milliseconds it took. */
async function createAccounts(
  ledger: Ledger,
  load: Load,
  options: BenchmarkOptions,
  failures: Failures,
): Promise<number> {
  const start = performance.now();
  const batch = new AccountBatch();
  const batchCount = Math.min(EVENTS_MAX, options.accountBatchCount);
  for (let from = 0; from < options.accountCount; from += batchCount) {
    batch.clear();
    for (let index = from; index < Math.min(from + batchCount, options.accountCount); index++) {
      batch.add(load.account(index));
    }
    count(await ledger.createAccounts(batch), CreateAccountStatus, failures);
  }
  return performance.now() - start;
}

/** A batch that asks for more than fits in a request is sent as several at once, and answered when all of them are. */
function batchSender(
  ledger: Ledger,
  load: Load,
  options: BenchmarkOptions,
  failures: Failures,
): (index: number) => Promise<void> {
  const batches = new Map<number, TransferBatch>();
  const send = async (from: number, length: number): Promise<void> => {
    let batch = batches.get(length);
    if (batch === undefined) {
      batch = new TransferBatch(length);
      for (let event = 0; event < length; event++) batch.add();
      batches.set(length, batch);
    }
    batch.bytes.set(load.transfers(from, length));
    count(await ledger.createTransfers(batch), CreateTransferStatus, failures);
  };
  return async (index) => {
    const from = index * options.transferBatchCount;
    const to = Math.min(from + options.transferBatchCount, options.transferCount);
    if (to - from <= EVENTS_MAX) return send(from, to - from);
    const requests: Promise<void>[] = [];
    for (let at = from; at < to; at += EVENTS_MAX) requests.push(send(at, Math.min(EVENTS_MAX, to - at)));
    await Promise.all(requests);
  };
}

/** One transfer a request, through the object API, as a caller in an application would. */
function singleSender(
  ledger: Ledger,
  load: Load,
  options: BenchmarkOptions,
  failures: Failures,
): (index: number) => Promise<void> {
  let at = 0;
  let made = 0;
  return async (index) => {
    if (index >= made) {
      const length = Math.min(256, options.transferCount - index);
      at = load.transfers(index, length).byteOffset - index * TRANSFER_SIZE;
      made = index + length;
    }
    const transfer = decodeTransfer(load.cells, at + index * TRANSFER_SIZE);
    const [result] = await ledger.createTransfers([transfer]);
    if (result!.status !== CreateTransferStatus.created) add(failures, CreateTransferStatus[result!.status]!);
  };
}

function count(results: ResultBatch<number>, names: Readonly<Record<number, string>>, failures: Failures): void {
  if (results.firstFailure() === -1) return;
  for (let index = 0; index < results.count; index++) {
    const status = results.status(index);
    if (status !== CreateTransferStatus.created) add(failures, names[status]!);
  }
}

function add(failures: Failures, status: string): void {
  failures[status] = (failures[status] ?? 0) + 1;
}
