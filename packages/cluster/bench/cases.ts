/** What is asked of a cluster, with what it must reach and aims at. */

export interface Case {
  readonly name: 'callers-1' | 'callers-64' | 'batch-8189';
  readonly transfers: number;
  /** Each awaits one transfer at a time; undefined: batches of 8,189, four in flight. */
  readonly callers?: number;
  readonly figure: 'transfers_per_second' | 'p50_ms';
  readonly must: number;
  readonly aim: number;
}

/** `batch-8189`: twice and four times what TigerBeetle's three replicas were measured to do on this kind of machine. */
export const cases: readonly Case[] = [
  { name: 'callers-1', transfers: 2000, callers: 1, figure: 'p50_ms', must: 5, aim: 2.5 },
  { name: 'callers-64', transfers: 100_000, callers: 64, figure: 'transfers_per_second', must: 20_000, aim: 60_000 },
  { name: 'batch-8189', transfers: 2_000_000, figure: 'transfers_per_second', must: 292_000, aim: 584_000 },
];
