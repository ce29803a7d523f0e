/** Where a server keeps words: beside its ledger, in PostgreSQL if it is told so, or in memory with a ledger there. */
import { join } from 'node:path';
import { LmdbRecords } from './lmdb-records.ts';
import { MemoryRecords } from './memory-records.ts';
import { PostgresRecords } from './postgres-records.ts';
import type { Records } from './records.ts';

/** What decides it. */
export interface RecordsHost {
  /** The folder of the ledger, in which words are kept beside it; or `:memory:`. */
  readonly folder: string;
  /** Undefined: they are not in PostgreSQL. */
  readonly records?: RecordsAt | undefined;
}

export interface RecordsAt {
  /** `postgres://…` */
  readonly url: string;
  readonly password: string | undefined;
  readonly connectionsMax: number;
  /** Whose they are, as 32 digits of hex. */
  readonly ledgerId: string;
}

/** Rejects as the store does that it opens. */
export async function openRecords({ folder, records: at }: RecordsHost): Promise<Records> {
  if (at !== undefined) {
    const { url, password, ...options } = at;
    return PostgresRecords.open(url, { ...options, ...(password === undefined ? {} : { password }) });
  }
  return folder === ':memory:' ? new MemoryRecords() : LmdbRecords.open(join(folder, 'services'));
}
