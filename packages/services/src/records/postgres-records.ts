/**
 * Records in PostgreSQL, for ledgers whose words outgrow one machine, or that several shall read. Appends that wait are
 * sent together, so they share a commit; one statement is one transaction, so each append is whole or not there.
 *
 * A connection that fails after a statement was sent has an unknown outcome: the append rejects with `connection_lost`
 * and is not sent again, because a second answer of "it was there before" would be a lie.
 */
import type { Pool, PoolClient, QueryResult } from 'pg';
import { TallystickError } from 'tallystick/internal/model';
import { migrate } from './postgres-tables.ts';
import { readPostgresUrl } from './postgres-url.ts';
import type { RecordFilter, RecordInput, Records } from './records.ts';

/** How PostgreSQL is used. */
export interface PostgresOptions {
  /** Counts before the one in the address. */
  readonly password?: string;
  /** Whose records these are, as 32 digits of hex: those of another ledger are refused. */
  readonly ledgerId: string;
  /** Connections at most; 4 by default. */
  readonly connectionsMax?: number;
  /** Milliseconds that a connection may take to open, or to become free; 5,000 by default. */
  readonly connectMs?: number;
  /** Milliseconds that a statement may take; 10,000 by default. */
  readonly statementMs?: number;
}

interface Waiting {
  readonly batch: readonly RecordInput[];
  readonly resolve: (there: boolean[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Row {
  readonly id: string;
  readonly version: string;
  readonly kind: string;
  readonly tenant: number;
  readonly state: RecordInput['state'];
  readonly body: Buffer;
}

const CONNECTIONS_MAX = 4;
const CONNECT_MS = 5000;
const STATEMENT_MS = 10_000;
/** Records of one statement. */
const TOGETHER_MAX = 512;
/** Appends that wait. */
const WAITING_MAX = 10_000;
/** SQLSTATE of what may pass: connections, resources, shutdowns, a standby, a deadlock. */
const PASSING = /^(08|53|57|40|25006)/;

export class PostgresRecords implements Records {
  readonly #pool: Pool;
  readonly #schema: string;
  readonly #sendersMax: number;
  #waiting: Waiting[] = [];
  #senders = 0;
  #over = false;

  private constructor(pool: Pool, schema: string, sendersMax: number) {
    this.#pool = pool;
    this.#schema = schema;
    this.#sendersMax = sendersMax;
  }

  /**
   * Connects, and brings the tables up to date. Rejects with `package_missing` without the package pg, with
   * `configuration_invalid`, `format_newer` and `ledger_changed` for what must not be used, with `unreachable` where
   * nobody answers, and with `disk_failed` where PostgreSQL refuses.
   */
  static async open(url: string, options: PostgresOptions): Promise<PostgresRecords> {
    const { schema, ...address } = readPostgresUrl(url, options.password);
    const { default: pg } = await import('pg').catch((cause: unknown) => {
      if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
      throw new TallystickError('package_missing', 'records in PostgreSQL need a package: npm install pg@8', { cause });
    });
    const statementMs = options.statementMs ?? STATEMENT_MS;
    const max = options.connectionsMax ?? CONNECTIONS_MAX;
    const pool = new pg.Pool({
      ...address,
      max,
      connectionTimeoutMillis: options.connectMs ?? CONNECT_MS,
      statement_timeout: statementMs,
      // A server that stands still does not end a statement itself.
      query_timeout: statementMs + CONNECT_MS,
      application_name: 'tallystick records',
      keepAlive: true,
    });
    // Whoever waits for an answer hears of it, too. Without these a connection that ends would end the process.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    const records = new PostgresRecords(pool, schema, max);
    try {
      await records.#with((client) => migrate(client, schema, options.ledgerId));
      return records;
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  append(batch: readonly RecordInput[]): Promise<boolean[]> {
    if (this.#over) return Promise.reject(new TallystickError('closed'));
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new TallystickError('lane_full', 'too many records wait for PostgreSQL; nothing was sent'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      // Appends of the same turn go together.
      setImmediate(() => void this.#send());
    });
  }

  async #send(): Promise<void> {
    if (this.#senders >= this.#sendersMax) return;
    this.#senders++;
    while (this.#waiting.length > 0) {
      const together = this.#take();
      try {
        const there = await this.#write(together.flatMap(({ batch }) => batch));
        let from = 0;
        for (const { batch, resolve } of together) {
          resolve(there.slice(from, from + batch.length));
          from += batch.length;
        }
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#senders--;
  }

  /** The appends of one statement: never two of the same record, which one statement could not write. */
  #take(): Waiting[] {
    const ids = new Set<string>();
    let count = 0;
    let end = 0;
    for (const { batch } of this.#waiting) {
      const isFull = end > 0 && (count + batch.length > TOGETHER_MAX || batch.some(({ id }) => ids.has(id)));
      if (isFull) break;
      for (const { id } of batch) ids.add(id);
      count += batch.length;
      end++;
    }
    return this.#waiting.splice(0, end);
  }

  async #write(records: readonly RecordInput[]): Promise<boolean[]> {
    const rounds = roundsOf(records);
    if (rounds.length === 1) return this.#with((client) => this.#insert(client, records));
    return this.#with(async (client) => {
      await client.query('BEGIN');
      const written = new Set<RecordInput>();
      for (const round of rounds) {
        const there = await this.#insert(client, round);
        for (const [index, record] of round.entries()) if (there[index] === true) written.add(record);
      }
      await client.query('COMMIT');
      return records.map((record) => written.has(record));
    });
  }

  async #insert(client: PoolClient, records: readonly RecordInput[]): Promise<boolean[]> {
    // In one order, so that two who write the same records wait for each other in turn.
    const sorted = records.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const { rows }: QueryResult<{ id: string }> = await client.query({
      name: 'append',
      text: `INSERT INTO ${this.#schema}.records AS r (id, version, kind, tenant, state, body)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::integer[], $5::text[], $6::bytea[])
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, kind = excluded.kind, tenant = excluded.tenant,
          state = excluded.state, body = excluded.body
        WHERE r.version < excluded.version
        RETURNING id`,
      values: [
        sorted.map(({ id }) => id),
        sorted.map(({ version }) => version),
        sorted.map(({ kind }) => kind),
        sorted.map(({ tenant }) => tenant),
        sorted.map(({ state }) => state),
        sorted.map(({ body }) => Buffer.from(body)),
      ],
    });
    const written = new Set(rows.map(({ id }) => id));
    return records.map(({ id }) => written.has(id));
  }

  async get(ids: readonly string[]): Promise<(RecordInput | undefined)[]> {
    const rows = await this.#read('get', `SELECT * FROM ${this.#schema}.records WHERE id = ANY($1)`, [ids]);
    const found = new Map(rows.map((row) => [row.id, recordOf(row)]));
    return ids.map((id) => found.get(id));
  }

  async open({ tenant, kind, after = '', limit }: RecordFilter): Promise<RecordInput[]> {
    const text = `SELECT * FROM ${this.#schema}.records
      WHERE state = 'open' AND tenant = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4`;
    return (await this.#read('open', text, [tenant, kind, after, limit])).map(recordOf);
  }

  async #read(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    if (this.#over) throw new TallystickError('closed');
    const { rows } = await this.#with((client) => client.query({ name, text, values: [...values] }));
    return rows as Row[];
  }

  /** A connection that has failed is not used again: what it did is unknown. */
  async #with<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient | undefined;
    let isSent = false;
    try {
      client = await this.#pool.connect();
      await mustSync(client);
      isSent = true;
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client?.release(true);
      throw named(error, isSent);
    }
  }

  async close(): Promise<void> {
    this.#over = true;
    while (this.#waiting.length > 0 || this.#senders > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await this.#pool.end();
  }
}

const synced = new WeakSet<PoolClient>();

/** A role or a database may have been told not to wait for the disk; an answer of ours is durable. */
async function mustSync(client: PoolClient): Promise<void> {
  if (synced.has(client)) return;
  await client.query(`SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'`);
  synced.add(client);
}

/** One statement writes a record once: the first of each, then the second, and so on. */
function roundsOf(records: readonly RecordInput[]): RecordInput[][] {
  const rounds: RecordInput[][] = [];
  const seen = new Map<string, number>();
  for (const record of records) {
    const round = seen.get(record.id) ?? 0;
    seen.set(record.id, round + 1);
    if (round === rounds.length) rounds.push([]);
    rounds[round]!.push(record);
  }
  return rounds;
}

function recordOf({ id, version, kind, tenant, state, body }: Row): RecordInput {
  return { id, version: Number(version), kind, tenant, state, body: Uint8Array.from(body) };
}

function named(cause: unknown, isSent: boolean): unknown {
  if (cause instanceof TallystickError) return cause;
  const { code, severity, message } = cause as { code?: string; severity?: string; message: string };
  // The server says a severity; what has none comes from the connection.
  if (severity !== undefined && !PASSING.test(code ?? '')) {
    return new TallystickError('disk_failed', `PostgreSQL refuses records: ${message}`, { cause });
  }
  if (!isSent) return new TallystickError('unreachable', `PostgreSQL does not answer: ${message}`, { cause });
  const why = `PostgreSQL did not answer, and records may be written or not: ${message}`;
  return new TallystickError('connection_lost', why, { cause });
}
