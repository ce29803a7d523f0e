/** A projection into PostgreSQL, by the package pg. */
import type { Client, QueryResult } from 'pg';
import { TallystickError } from 'tallystick/internal/model';
import { missing, otherVersion, type Position, positionMoved, refused, type SqlDatabase, VERSION } from './database.ts';
import { type Columns, creations, type Dialect, SCHEMA, type Step, statements } from './tables.ts';

const CONNECT_MS = 5000;
/** A server that stands still is not waited for: its connection is given up, and the position asked for again. */
const STATEMENT_MS = 60_000;
/** SQLSTATE of what may pass: connections, resources, shutdowns, a standby, a deadlock. */
const PASSING = /^(08|53|57P|40|25006)/;

export const postgresDialect: Dialect = {
  types: {
    id: 'numeric(39, 0)',
    amount: 'numeric(39, 0)',
    u64: 'numeric(20, 0)',
    number: 'bigint',
    timestamp: 'bigint',
    time: 'timestamp',
    text: 'text',
    flag: 'boolean',
  },
  rows(columns: Columns): string {
    const typed = Object.entries(columns).map(([name, type]) => `${name} ${postgresDialect.types[type]}`);
    return `json_to_recordset($1::json) AS r(${typed.join(', ')})`;
  },
};

const STATEMENTS = statements(postgresDialect);

export class PostgresDatabase implements SqlDatabase {
  readonly #url: string;
  #client: Client | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async position(): Promise<Position | undefined> {
    return this.#asking(async (client) => {
      await transaction(client, async () => {
        // Two that create the same schema at once would both fail.
        await client.query(`SELECT pg_advisory_xact_lock(hashtext('${SCHEMA}'))`);
        for (const sql of creations(postgresDialect)) await client.query(sql);
      });
      const { rows } = await client.query(`SELECT * FROM ${SCHEMA}.position`);
      const [row] = rows as {
        version: string;
        ledger_id: string;
        accounts: string;
        changes: string;
        transfer_id: string;
      }[];
      if (row === undefined) return undefined;
      if (Number(row.version) !== VERSION) throw otherVersion(Number(row.version));
      const { ledger_id: ledgerId, accounts, changes, transfer_id: transferId } = row;
      return { ledgerId, accounts: BigInt(accounts), changes: BigInt(changes), transferId: BigInt(transferId) };
    });
  }

  async apply(step: Step, from: Position | undefined, to: Position): Promise<void> {
    await this.#asking((client) =>
      transaction(client, async () => {
        // First: of two projections the second waits here, and then sees that it is late.
        const { rowCount } = await moved(client, from, to);
        if (rowCount !== 1) throw positionMoved();
        for (const [name, sql] of STATEMENTS) {
          if (step[name].length > 0) await client.query(sql, [JSON.stringify(step[name])]);
        }
      }),
    );
  }

  async settle(): Promise<void> {}

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  /** A connection that has failed is not used again: what it did is unknown. */
  async #asking<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      this.#client ??= await this.#connect();
      return await work(this.#client);
    } catch (error) {
      await this.close();
      throw named(error);
    }
  }

  async #connect(): Promise<Client> {
    const { default: pg } = await import('pg').catch((cause: unknown) => {
      throw missing('pg@8', cause);
    });
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'tallystick project',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      keepAlive: true,
    });
    // The query that is on its way rejects, too.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}

function moved(client: Client, from: Position | undefined, to: Position): Promise<QueryResult> {
  const values = [to.ledgerId, to.accounts, to.changes, to.transferId].map(String);
  if (from === undefined) {
    const sql = `INSERT INTO ${SCHEMA}.position (one, version, ledger_id, accounts, changes, transfer_id)
      VALUES (1, ${VERSION}, $1, $2, $3, $4) ON CONFLICT DO NOTHING`;
    return client.query(sql, values);
  }
  const sql = `UPDATE ${SCHEMA}.position SET accounts = $2, changes = $3, transfer_id = $4
    WHERE ledger_id = $1 AND accounts = $5 AND changes = $6`;
  return client.query(sql, [...values, String(from.accounts), String(from.changes)]);
}

async function transaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  // Whatever fails ends the connection, and with it the transaction.
  await work();
  await client.query('COMMIT');
}

function named(error: unknown): unknown {
  if (error instanceof TallystickError) return error;
  const { code, severity, message } = error as { code?: string; severity?: string; message: string };
  // The server says a severity; what has none comes from the connection.
  if (severity !== undefined && !PASSING.test(code ?? '')) return refused('PostgreSQL', error);
  return new TallystickError('unreachable', `PostgreSQL does not answer: ${message}`, { cause: error });
}
