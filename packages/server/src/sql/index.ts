/** A ledger as tables: follows what it does into PostgreSQL, DuckDB or Parquet (docs/guides/sql.md). */
import type { SqlDatabase } from './database.ts';
import { DuckDatabase, ParquetFolder } from './duckdb.ts';
import { PostgresDatabase } from './postgres.ts';

export type { Position, SqlDatabase } from './database.ts';
export { type Progress, Projection, type ProjectionOptions } from './projection.ts';
export { type Table, type TableName, tables } from './tables.ts';

/** `postgres://…`, a file that ends in `.duckdb`, or a folder of Parquet. Nothing is opened yet. */
export function databaseAt(target: string): SqlDatabase {
  if (/^postgres(ql)?:\/\//.test(target)) return new PostgresDatabase(target);
  return target.endsWith('.duckdb') ? new DuckDatabase(target) : new ParquetFolder(target);
}
