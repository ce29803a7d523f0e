/** What a benchmark may be told, kept apart so that `--help` loads nothing else. */

export const DISTRIBUTIONS = ['uniform', 'zipfian', 'latest'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

export const ID_ORDERS = ['tbid', 'sequential', 'random', 'reversed'] as const;
export type IdOrder = (typeof ID_ORDERS)[number];

/** The ledger of the benchmark, as upstream's. */
export const BENCHMARK_LEDGER = 2;

export interface LoadOptions {
  readonly ledger: number;
  readonly seed: number;
  readonly accountCount: number;
  /** The first so many accounts are hot: they take the debit side of `transferHotPercent` of all transfers. */
  readonly accountCountHot: number;
  readonly transferHotPercent: number;
  readonly accountDistribution: Distribution;
  readonly idOrder: IdOrder;
  readonly history: boolean;
  readonly imported: boolean;
  /** Percent of the transfers that are pending, with a timeout of 1 to 5 seconds. */
  readonly pendingPercent: number;
}

export interface BenchmarkOptions extends LoadOptions {
  readonly accountBatchCount: number;
  readonly transferCount: number;
  readonly transferBatchCount: number;
  /** Milliseconds. */
  readonly transferBatchDelay: number;
  readonly clients: number;
  readonly queryCount: number;
  readonly validate: boolean;
  readonly printBatchTimings: boolean;
  readonly file: string | undefined;
  readonly memory: boolean;
  /** A server to talk to, or undefined: a ledger in this process. */
  readonly address: string | undefined;
  /** What was not answered is sent again: a server may go, and another one take its place. */
  readonly retry?: boolean | undefined;
  readonly outstanding: number;
  /** Transfers a second offered, or undefined: as fast as there is room. */
  readonly rate: number | undefined;
  /** Concurrent callers that await one transfer each, or undefined: batches. */
  readonly callers: number | undefined;
  readonly json: boolean;
  /** Kill this process, as `kill -9` does, once so many transfers are acknowledged. */
  readonly killAfter: number | undefined;
}
