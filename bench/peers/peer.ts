/** The work that every ledger is given, and what is said of it. */
export interface Work {
  readonly name: 'one-caller' | 'callers-16' | 'batch-1000' | 'batch-8189';
  readonly about: string;
  readonly callers: number;
  /** Transfers in a request or transaction. */
  readonly batch: number;
}

export const works: readonly Work[] = [
  { name: 'one-caller', about: 'one caller, one transfer at a time', callers: 1, batch: 1 },
  { name: 'callers-16', about: '16 callers, one transfer at a time', callers: 16, batch: 1 },
  { name: 'batch-1000', about: 'one caller, 1,000 a batch', callers: 1, batch: 1000 },
  { name: 'batch-8189', about: 'one caller, 8,189 a batch', callers: 1, batch: 8189 },
];

export interface Figure {
  readonly work: Work['name'];
  readonly transfers_per_second: number;
  /** From the start of a request or transaction to its durable end. */
  readonly latency_ms: { readonly p50: number; readonly p99: number; readonly p100: number };
}

export interface Peer {
  readonly name: string;
  /** How it was set up. */
  readonly about: string;
  /** Why it cannot be measured here; undefined when it can. */
  missing(): string | undefined;
  /** Each work on 10,000 accounts, durable, for about `seconds`. */
  measure(work: readonly Work[], seconds: number): Promise<readonly Figure[]>;
}
