/** A promise that was broken, and which one. */
export class Broken extends Error {
  override readonly name = 'Broken';
  /** The checker that noticed. */
  readonly checker: string;

  constructor(checker: string, what: string) {
    super(what);
    this.checker = checker;
  }
}

/** What one seed's run came to. */
export interface Outcome {
  /** Of everything that was said and found; two runs of a seed have the same. */
  readonly digest: string;
  /** How often each kind of thing happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** Of the workload, told to the ledger. */
  readonly batches: number;
}
