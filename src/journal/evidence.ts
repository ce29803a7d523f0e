/**
 * Whatever knows, besides the batches themselves, that the journal had reached an op: the witness, the clean close,
 * snapshots, the lock.
 */

export interface Evidence {
  /** Every batch up to this op was durable. */
  readonly op: number;
  /** Begins a sentence that ends with "says that op 17 was durable". */
  readonly source: string;
  /** The checksum of that op's header, where the source knows it: another batch there is another history. */
  readonly checksum?: number;
}

/** The evidence that reaches furthest; undefined when there is none. */
export function furthest(evidence: readonly Evidence[]): Evidence | undefined {
  let found: Evidence | undefined;
  for (const one of evidence) if (one.op > (found?.op ?? 0)) found = one;
  return found;
}
