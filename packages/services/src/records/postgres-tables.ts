/**
 * The tables of records in PostgreSQL, and how they became what they are. A step is never changed once it was released:
 * a database that has it does not run it again.
 *
 *   meta      one row: how many steps were run, and whose records these are
 *   records   the newest version of each; those that are open are found in order by an index of their own
 */
import type { PoolClient } from 'pg';
import { TallystickError } from 'tallystick/internal/model';

const STEPS: readonly ((schema: string) => string)[] = [
  (schema) => `
    CREATE TABLE ${schema}.records (
      id text COLLATE "C" PRIMARY KEY,
      version bigint NOT NULL CHECK (version > 0),
      kind text COLLATE "C" NOT NULL,
      tenant integer NOT NULL,
      state text NOT NULL CHECK (state IN ('open', 'closed')),
      body bytea NOT NULL
    );
    CREATE INDEX records_open ON ${schema}.records (tenant, kind, id) WHERE state = 'open'`,
];

/**
 * Brings the tables up to date, in one transaction, one process at a time. Rejects with `format_newer` for tables of a
 * newer version, with `ledger_changed` for records of another ledger, and with `configuration_invalid` for a server
 * that forgets what it has answered.
 */
export async function migrate(client: PoolClient, schema: string, ledgerId: string): Promise<void> {
  await mustBeDurable(client);
  await client.query('BEGIN');
  try {
    // Of two that begin at once the second waits here, and finds everything done.
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [schema]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(`CREATE TABLE IF NOT EXISTS ${schema}.meta
      (one integer PRIMARY KEY CHECK (one = 1), version integer NOT NULL, ledger_id text NOT NULL)`);
    const { rows } = await client.query(`SELECT version, ledger_id FROM ${schema}.meta`);
    const [meta = { version: 0, ledger_id: ledgerId }] = rows as { version: number; ledger_id: string }[];
    if (meta.version > STEPS.length) throw newer(schema, meta.version);
    if (meta.ledger_id !== ledgerId) throw foreign(schema);
    for (const step of STEPS.slice(meta.version)) await client.query(step(schema));
    await client.query(
      `INSERT INTO ${schema}.meta (one, version, ledger_id) VALUES (1, $1, $2)
        ON CONFLICT (one) DO UPDATE SET version = excluded.version`,
      [STEPS.length, ledgerId],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function mustBeDurable(client: PoolClient): Promise<void> {
  const { rows } = await client.query("SELECT current_setting('fsync') AS fsync");
  if ((rows as { fsync: string }[])[0]!.fsync === 'on') return;
  throw new TallystickError(
    'configuration_invalid',
    'records: PostgreSQL runs with fsync = off, so a power cut takes what it has answered; turn fsync on',
  );
}

function newer(schema: string, version: number): TallystickError {
  return new TallystickError(
    'format_newer',
    `the records in the schema ${schema} are of version ${version}, and this program knows ${STEPS.length}`,
  );
}

function foreign(schema: string): TallystickError {
  return new TallystickError(
    'ledger_changed',
    `the records in the schema ${schema} belong to another ledger; give this one a schema of its own (?schema=…)`,
  );
}
