/** Records in PostgreSQL: the promises of every store, and what a database does besides. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import pg from 'pg';
import { type Payments, PostgresRecords } from '../../packages/services/src/index.ts';
import { readPostgresUrl } from '../../packages/services/src/records/postgres-url.ts';
import { embedded, town } from '../../packages/services/test/ledgers.ts';
import { ids, keepsPromises, record } from '../../packages/services/test/records-suite.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Postgres, postgresCannot } from '../support/postgres.ts';

const skip = postgresCannot ?? false;
let postgres: Postgres | undefined;
// Before its folder goes.
after(() => postgres?.stop('immediate'));
const folder = temporaryFolder();
// PostgreSQL runs as a user of its own.
chmodSync(folder, 0o755);
if (!skip) postgres = new Postgres(join(folder, 'postgres'));
const ledgerId = 'a'.repeat(32);
const urlOf = (schema: string): string => `${postgres!.url}&schema=${schema}`;
const openAt = (schema: string): Promise<PostgresRecords> => PostgresRecords.open(urlOf(schema), { ledgerId });

async function ask(sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgres!.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

test('records in PostgreSQL, which are there again when it is opened again', { skip }, async () => {
  const records = await openAt('promises');
  await keepsPromises(records);
  await records.close();
  await assert.rejects(records.append([record('z')]), { code: 'closed' });
  const again = await openAt('promises');
  assert.deepEqual(await again.get(['a', 'b']), [record('a', 2, 'closed'), record('b')]);
  assert.deepEqual(ids(await again.open({ tenant: 0, kind: 'letter', limit: 2 })), ['b', 'c']);
  await again.close();
});

test('of many that open it at once each finds the tables, and one has made them', { skip }, async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => openAt('crowd')));
  assert.deepEqual(await ask('SELECT version FROM crowd.meta'), [{ version: 1 }]);
  for (const records of all) await records.close();
});

test('records of another ledger, and of a newer version, are refused', { skip }, async () => {
  await (await openAt('others')).close();
  const other = PostgresRecords.open(urlOf('others'), { ledgerId: 'b'.repeat(32) });
  await assert.rejects(other, { code: 'ledger_changed' });
  await ask('UPDATE others.meta SET version = 99');
  await assert.rejects(openAt('others'), { code: 'format_newer' });
});

test('a server that stops: the outcome is unknown, nothing is sent twice, and afterwards it goes on', {
  skip,
}, async () => {
  const records = await openAt('stops');
  await records.append([record('before')]);
  // Holds the table, so that the append is under way when the server dies.
  const client = new pg.Client({ connectionString: postgres!.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE stops.records');
  const lost = records.append([record('lost')]);
  await until(async () => {
    const [row] = await ask("SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    return row!.n === 1;
  });
  postgres!.stop('immediate');
  await assert.rejects(lost, { code: 'connection_lost' });
  await assert.rejects(records.append([record('later')]), { code: 'unreachable' }, 'nothing was sent');
  postgres!.start();
  assert.deepEqual(await records.get(['before', 'lost', 'later']), [record('before'), undefined, undefined]);
  assert.deepEqual(await records.append([record('lost')]), [true]);
  await records.close();
});

test('a role that does not wait for the disk is made to', { skip }, async () => {
  await ask("ALTER ROLE postgres SET synchronous_commit = 'off'");
  try {
    const records = await openAt('durable');
    // What the connection of the records sees, it writes down itself.
    await ask(`CREATE FUNCTION durable.seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      NEW.kind := current_setting('synchronous_commit'); RETURN NEW; END $$`);
    await ask('CREATE TRIGGER seen BEFORE INSERT ON durable.records FOR EACH ROW EXECUTE FUNCTION durable.seen()');
    await records.append([record('a')]);
    assert.equal((await records.get(['a']))[0]!.kind, 'on');
    await records.close();
  } finally {
    await ask('ALTER ROLE postgres RESET synchronous_commit');
  }
});

test('a server that answers nothing is waited for no longer than was said', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as { port: number };
  const begun = performance.now();
  const opening = PostgresRecords.open(`postgres://a@127.0.0.1:${port}/b`, { ledgerId, connectMs: 200 });
  await assert.rejects(opening, { code: 'unreachable' });
  assert.ok(performance.now() - begun < 5000);
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('beyond this machine the server must prove who it is', () => {
  const read = (url: string): unknown => readPostgresUrl(url, 'secret');
  assert.deepEqual(read('postgres://me@db.example/name'), {
    host: 'db.example',
    port: 5432,
    user: 'me',
    database: 'name',
    password: 'secret',
    ssl: { servername: 'db.example' },
    schema: 'tallystick_records',
  });
  assert.equal(readPostgresUrl('postgres://me:said%40@localhost/name').password, 'said@');
  assert.equal(readPostgresUrl('postgres://me@[::1]/name').ssl, false);
  for (const [url, why] of [
    ['postgres://me@db.example/name?sslmode=disable', /another machine/],
    ['postgres://me@db.example/name?sslmode=require', /trusts whoever answers/],
    ['postgres://me@db.example/name?sslmode=no-verify', /trusts whoever answers/],
    ['postgres://me@db.example/name?schema=a;DROP', /no lower-case name/],
    ['postgres://me@db.example/name?ssl=true', /has a parameter ssl/],
    ['postgres://db.example/name', /must name a user/],
    ['mysql://me@db.example/name', /must begin with/],
    ['db.example', /no address/],
    ['postgres://me@db.example/name?sslrootcert=/nowhere', /cannot be read/],
  ] as const) {
    assert.throws(() => read(url), { code: 'configuration_invalid', message: why }, url);
  }
});

test('payments with words in PostgreSQL: what was begun is finished by the next one', { skip }, async () => {
  const records = await openAt('payments');
  const ledger = await embedded.open();
  const payments: Payments = await town(ledger, { records });
  const request = { from: 'alice', to: 'shop', asset: 'EUR', amount: '12.50', description: 'a chair' };
  const done = await payments.pay('chair', request);
  await payments.idle();
  assert.equal(
    ((await payments.payment((done as { payment: string }).payment)) as { description: string }).description,
    'a chair',
  );
  assert.equal(await payments.resolve(), 0);
  await ledger.close();
  await records.close();
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 200, 'it never was so');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
