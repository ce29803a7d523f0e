/**
 * The port to records: words that belong to requests, such as what a payment was for. No money depends on a record:
 * what moved is in the ledger, and a record that is lost is a description that is lost.
 */

/** One version of a record. */
export interface RecordInput {
  readonly id: string;
  /** From 1 on; a version is written once. */
  readonly version: number;
  readonly kind: string;
  readonly tenant: number;
  /** Records that are `open` are found by {@link Records.list}. */
  readonly state: 'open' | 'closed';
  readonly body: Uint8Array;
}

export interface RecordFilter {
  readonly tenant: number;
  readonly kind: string;
  /** Behind this id. */
  readonly after?: string;
  readonly limit: number;
}

/** A place for records. Whatever it has answered is durable. */
export interface Records {
  /**
   * All of the batch or nothing, durable when it resolves. One boolean for each record: whether it is there now because
   * of this call; false: that version, or a later one, was there before, and stays.
   */
  append(batch: readonly RecordInput[]): Promise<boolean[]>;
  /** The newest version of each; undefined where there is none. */
  get(ids: readonly string[]): Promise<(RecordInput | undefined)[]>;
  /** Records whose newest version is open, in the order of their ids. */
  open(filter: RecordFilter): Promise<RecordInput[]>;
  close(): Promise<void>;
}
