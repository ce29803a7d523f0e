/** What `tallystick benchmark` prints: the lines of `tigerbeetle benchmark`, or one JSON object. */
import { commit, type Machine, machine } from './environment.ts';
import type { Latencies, Percentiles } from './latency.ts';
import { PERCENTILES } from './latency.ts';
import type { BenchmarkOptions } from './names.ts';
import type { Failures, Measurement } from './run.ts';

/** Beside what the run itself measured. */
export interface Surroundings {
  readonly openMs: number;
  readonly closeMs: number;
  /** Null in memory. */
  readonly diskBytesEmpty: number | null;
  readonly diskBytes: number | null;
  readonly rssPeakBytes: number;
}

export interface Report {
  readonly accounts: number;
  readonly transfers: number;
  readonly batch_size: number;
  readonly callers: number | null;
  readonly clients: number;
  readonly outstanding: number;
  readonly durable: boolean;
  readonly seed: number;
  readonly id_order: string;
  readonly account_distribution: string;
  readonly seconds: number;
  readonly transfers_per_second: number;
  readonly batch_latency_ms: Percentiles | null;
  readonly query_latency_ms: Percentiles | null;
  readonly queries: number;
  readonly transfers_queried: number;
  /** Events that were not created, by status. */
  readonly failed: { readonly accounts: Failures; readonly transfers: Failures };
  readonly validated: { accounts: number; transfers: number; mismatches: number; balanced: boolean } | null;
  readonly rss_bytes: number;
  readonly rss_peak_bytes: number;
  readonly disk_bytes_empty: number | null;
  readonly disk_bytes: number | null;
  readonly open_ms: number;
  readonly close_ms: number;
  readonly commit: string;
  readonly machine: Machine;
}

export function report(options: BenchmarkOptions, measured: Measurement, around: Surroundings): Report {
  const { validation } = measured;
  return {
    accounts: options.accountCount,
    transfers: options.transferCount,
    batch_size: options.callers === undefined ? options.transferBatchCount : 1,
    callers: options.callers ?? null,
    clients: options.clients,
    outstanding: options.outstanding,
    durable: !options.memory,
    seed: options.seed,
    id_order: options.idOrder,
    account_distribution: options.accountDistribution,
    seconds: round(measured.transfersMs / 1000, 6),
    transfers_per_second: Math.round(options.transferCount / (measured.transfersMs / 1000)),
    batch_latency_ms: measured.transfers.percentiles(),
    query_latency_ms: measured.queries.percentiles(),
    queries: measured.queries.count,
    transfers_queried: measured.queried,
    failed: { accounts: measured.failedAccounts, transfers: measured.failedTransfers },
    validated:
      validation === undefined
        ? null
        : {
            accounts: validation.accounts,
            transfers: validation.transfers,
            mismatches: validation.mismatches,
            balanced: validation.balanced,
          },
    rss_bytes: measured.rssBytes,
    rss_peak_bytes: around.rssPeakBytes,
    disk_bytes_empty: around.diskBytesEmpty,
    disk_bytes: around.diskBytes,
    open_ms: round(around.openMs, 3),
    close_ms: round(around.closeMs, 3),
    commit: commit(),
    machine: machine(),
  };
}

/** Was everything created, and found again? */
export function succeeded(measured: Measurement): boolean {
  const { failedAccounts, failedTransfers, validation } = measured;
  if (Object.keys(failedAccounts).length > 0 || Object.keys(failedTransfers).length > 0) return false;
  return validation === undefined || (validation.mismatches === 0 && validation.balanced);
}

export function reportLines(options: BenchmarkOptions, measured: Measurement, around: Surroundings): string[] {
  const { validation } = measured;
  const batchCount = options.callers === undefined ? options.transferBatchCount : 1;
  const what = options.callers === undefined ? 'batch' : 'request';
  const rate = (options.transferCount * 1000) / measured.transfersMs;
  const lines = [
    `${measured.transfers.count} ${what === 'batch' ? 'batches' : 'requests'} in ` +
      `${round(measured.transfersMs / 1000, 2)} s`,
    options.callers === undefined ? `transfer batch size = ${batchCount} txs` : `callers = ${options.callers}`,
    `transfer batch delay = ${options.transferBatchDelay} ms`,
    `load accepted = ${Math.round(rate)} tx/s`,
    ...latencyLines(what, measured.transfers),
    ...failureLines('accounts', measured.failedAccounts),
    ...failureLines('transfers', measured.failedTransfers),
  ];
  if (measured.queries.count > 0) {
    lines.push('', `${measured.queries.count} queries in ${round(measured.queriesMs / 1000, 2)} s`);
    lines.push(...latencyLines('query', measured.queries));
  }
  if (validation !== undefined) {
    lines.push('', `validated ${validation.accounts} accounts`, `validated ${validation.transfers} transfers`);
    lines.push(
      ...(validation.mismatches === 0 ? [] : [`MISMATCHES = ${validation.mismatches}`]),
      ...validation.examples,
    );
    lines.push(validation.balanced ? 'debits = credits' : 'DEBITS AND CREDITS DIFFER');
  }
  lines.push('', `rss = ${measured.rssBytes} bytes (peak ${around.rssPeakBytes})`);
  if (around.diskBytes !== null) {
    lines.push(`disk empty = ${around.diskBytesEmpty} bytes`, `disk = ${around.diskBytes} bytes`);
  }
  return lines;
}

function latencyLines(what: string, latencies: Latencies): string[] {
  const percentiles = latencies.percentiles();
  if (percentiles === null) return [];
  return PERCENTILES.map((percentile) => `${what} latency p${percentile} = ${percentiles[`p${percentile}`]} ms`);
}

function failureLines(kind: string, failures: Failures): string[] {
  return Object.entries(failures).map(([status, count]) => `FAILED ${kind}: ${count} ${status}`);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
