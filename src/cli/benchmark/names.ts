/** Names that the command line knows, kept apart so that `--help` loads nothing else. */
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
