/** A projection into a file of DuckDB, or into a folder of Parquet that such a file is written out to. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { TallystickError } from 'tallystick/internal/model';
import { missing, otherVersion, type Position, positionMoved, refused, type SqlDatabase, VERSION } from './database.ts';
import { type Columns, creations, type Dialect, SCHEMA, type Step, statements, tables } from './tables.ts';

export const duckDialect: Dialect = {
  types: {
    id: 'UHUGEINT',
    // Sums of HUGEINT are exact, those of UHUGEINT are not. A larger amount is refused.
    amount: 'HUGEINT',
    u64: 'UBIGINT',
    number: 'BIGINT',
    timestamp: 'BIGINT',
    time: 'TIMESTAMP',
    text: 'VARCHAR',
    flag: 'BOOLEAN',
  },
  rows(columns: Columns): string {
    const typed = Object.entries(columns).map(([name, type]) => [name, duckDialect.types[type]]);
    const shape = JSON.stringify([Object.fromEntries(typed)]);
    return `(SELECT unnest(from_json_strict($1::JSON, '${shape}'), max_depth := 2)) AS r`;
  },
};

const STATEMENTS = statements(duckDialect);

export class DuckDatabase implements SqlDatabase {
  readonly #path: string;
  #instance: DuckDBInstance | undefined;
  #connection: DuckDBConnection | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async position(): Promise<Position | undefined> {
    return this.#asking(async (connection) => {
      for (const sql of creations(duckDialect)) await connection.run(sql);
      const reader = await connection.runAndReadAll(`SELECT * FROM ${SCHEMA}.position`);
      const [row] = reader.getRowObjectsJson() as Record<string, string>[];
      if (row === undefined) return undefined;
      if (Number(row.version) !== VERSION) throw otherVersion(Number(row.version));
      return {
        ledgerId: row.ledger_id!,
        accounts: BigInt(row.accounts!),
        changes: BigInt(row.changes!),
        transferId: BigInt(row.transfer_id!),
      };
    });
  }

  async apply(step: Step, from: Position | undefined, to: Position): Promise<void> {
    await this.#asking(async (connection) => {
      await connection.run('BEGIN');
      try {
        for (const [name, sql] of STATEMENTS) {
          if (step[name].length > 0) await connection.run(sql, [JSON.stringify(step[name])]);
        }
        await moved(connection, from, to);
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
      await connection.run('COMMIT');
    });
  }

  async settle(): Promise<void> {}

  async close(): Promise<void> {
    this.#connection?.closeSync();
    this.#instance?.closeSync();
    this.#connection = undefined;
    this.#instance = undefined;
  }

  /** Writes all tables into the folder, one file of Parquet each. */
  async writeParquet(folder: string): Promise<void> {
    await this.#asking(async (connection) => {
      for (const [name, { key }] of Object.entries(tables)) {
        const path = join(folder, `${name}.parquet`).replaceAll("'", "''");
        const from = `SELECT * FROM ${SCHEMA}.${name} ORDER BY ${key.join(', ')}`;
        await connection.run(`COPY (${from}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
      }
    });
  }

  async #asking<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      this.#connection ??= await this.#open();
      return await work(this.#connection);
    } catch (error) {
      throw error instanceof TallystickError ? error : refused('DuckDB', error);
    }
  }

  /** One process at a time has the file: DuckDB refuses the second. */
  async #open(): Promise<DuckDBConnection> {
    const { DuckDBInstance } = await import('@duckdb/node-api').catch((cause: unknown) => {
      throw missing('@duckdb/node-api', cause);
    });
    // Nothing that is not in the package is looked for.
    const options = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };
    this.#instance = await DuckDBInstance.create(this.#path, options);
    return this.#instance.connect();
  }
}

async function moved(connection: DuckDBConnection, from: Position | undefined, to: Position): Promise<void> {
  const { ledgerId, accounts, changes, transferId } = to;
  if (from === undefined) {
    await connection.run(
      `INSERT INTO ${SCHEMA}.position VALUES (1, ${VERSION}, '${ledgerId}', ${accounts}, ${changes}, ${transferId})`,
    );
    return;
  }
  const sql = `UPDATE ${SCHEMA}.position SET accounts = ${accounts}, changes = ${changes}, transfer_id = ${transferId}
    WHERE ledger_id = '${ledgerId}' AND accounts = ${from.accounts} AND changes = ${from.changes}`;
  const result = await connection.run(sql);
  if (result.rowsChanged !== 1) throw positionMoved();
}

const STATE = 'projection.duckdb';
const CURRENT = 'current';

/** A folder: the state of the projection, and `current`, which leads to files of Parquet that belong together. */
export class ParquetFolder implements SqlDatabase {
  readonly #folder: string;
  readonly #state: DuckDatabase;
  #position: Position | undefined;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#state = new DuckDatabase(join(folder, STATE));
  }

  async position(): Promise<Position | undefined> {
    this.#position = await this.#state.position();
    return this.#position;
  }

  async apply(step: Step, from: Position | undefined, to: Position): Promise<void> {
    await this.#state.apply(step, from, to);
    this.#position = to;
  }

  /** Readers have the files before or those after, never some of each; they may end with those that they opened. */
  async settle(): Promise<void> {
    if (this.#position === undefined) return;
    const name = `at-${this.#position.accounts}-${this.#position.changes}`;
    const path = join(this.#folder, name);
    if (!existsSync(path)) {
      const partial = `${path}.partial`;
      rmSync(partial, { recursive: true, force: true });
      mkdirSync(partial);
      await this.#state.writeParquet(partial);
      renameSync(partial, path);
    }
    const link = join(this.#folder, `${CURRENT}.new`);
    rmSync(link, { force: true });
    symlinkSync(name, link);
    renameSync(link, join(this.#folder, CURRENT));
    for (const old of readdirSync(this.#folder)) {
      if (/^at-/.test(old) && old !== name) rmSync(join(this.#folder, old), { recursive: true, force: true });
    }
  }

  close(): Promise<void> {
    return this.#state.close();
  }
}
