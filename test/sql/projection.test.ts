/** A ledger as tables, in DuckDB and in PostgreSQL: what they hold, who may write them, and twenty questions. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';
import {
  databaseAt,
  Projection,
  type SqlDatabase,
  type TableName,
  tables,
} from '../../packages/server/src/sql/index.ts';
import { type Ledger, open, PendingState, TransferFlags } from '../../src/index.ts';
import { accountsOf, transfersOf } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Postgres, postgresCannot } from '../support/postgres.ts';
import { plain, storyLedger } from '../support/sql-story.ts';

let postgres: Postgres | undefined;
// Before its folder goes.
after(() => postgres?.stop('immediate'));
const folder = temporaryFolder();
chmodSync(folder, 0o755);
if (postgresCannot === undefined) postgres = new Postgres(join(folder, 'postgres'));
const ID = 'a'.repeat(32);

type Answer = readonly Readonly<Record<string, string>>[];

interface Kind {
  readonly name: string;
  readonly skip: string | false;
  /** A database that nothing is in yet. */
  fresh(name: string): Promise<string>;
  ask(target: string, sql: string): Promise<Answer>;
}

const duck: Kind = {
  name: 'DuckDB',
  skip: false,
  fresh: async (name) => join(folder, `${name}.duckdb`),
  async ask(target, sql) {
    const instance = await DuckDBInstance.create(target);
    const connection = await instance.connect();
    try {
      if (target !== ':memory:') await connection.run("SET search_path = 'tallystick'");
      const reader = await connection.runAndReadAll(sql);
      return reader.getRowObjectsJson().map(plainRow);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  },
};

const elephant: Kind = {
  name: 'PostgreSQL',
  skip: postgresCannot ?? false,
  async fresh(name) {
    await query(postgres!.url, `CREATE DATABASE ${name}`);
    return postgres!.url.replace('/postgres?', `/${name}?`);
  },
  ask: (target, sql) => query(target, sql),
};

async function query(target: string, sql: string): Promise<Answer> {
  const client = new pg.Client({ connectionString: target, types: { getTypeParser: () => (text: string) => text } });
  await client.connect();
  try {
    await client.query("SET search_path = 'tallystick'");
    return (await client.query(sql)).rows.map(plainRow);
  } finally {
    await client.end();
  }
}

const plainRow = (row: object): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));

async function projectAll(ledger: Ledger, database: SqlDatabase, ledgerId = ID): Promise<Projection> {
  const projection = new Projection({ ledger, ledgerId, database });
  while (await projection.step()) {
    // There is more.
  }
  return projection;
}

for (const kind of [duck, elephant]) {
  const story = async (name: string): Promise<{ ledger: Ledger; target: string }> => {
    const ledger = await storyLedger();
    const target = await kind.fresh(name);
    const database = databaseAt(target);
    await projectAll(ledger, database);
    await database.close();
    return { ledger, target };
  };

  test(`${kind.name} holds what the ledger answers`, { skip: kind.skip }, async () => {
    const { ledger, target } = await story('whole');
    const accounts: Record<string, string>[] = [];
    for await (const page of accountsOf(ledger)) {
      for (const { id, debits_pending, debits_posted, credits_pending, credits_posted, code } of page) {
        accounts.push(plainRow({ id, code, debits_pending, debits_posted, credits_pending, credits_posted }));
      }
    }
    const sums = 'debits_pending, debits_posted, credits_pending, credits_posted';
    assert.deepEqual(await kind.ask(target, `SELECT id, code, ${sums} FROM accounts ORDER BY created`), accounts);
    const transfers: Record<string, string>[] = [];
    const holds: Record<string, string>[] = [];
    for await (const page of transfersOf(ledger)) {
      for (const { id, amount, timestamp, flags, pending_id } of page) {
        transfers.push(plainRow({ id, amount, created: timestamp, flags, pending_id: pending_id || null }));
        if ((flags & TransferFlags.pending) === 0) continue;
        const [pending] = await ledger.lookupPendings([id]);
        const { state, amount_posted, ended_by } = pending!;
        holds.push(plainRow({ id, state: PendingState[state], amount_posted, ended_by: ended_by || null }));
      }
    }
    const columns = 'id, amount, created, flags, pending_id';
    assert.deepEqual(await kind.ask(target, `SELECT ${columns} FROM transfers ORDER BY created`), transfers);
    const ended = await kind.ask(target, 'SELECT id, state, amount_posted, ended_by FROM holds ORDER BY created');
    assert.deepEqual(ended, holds);
    assert.deepEqual([...new Set(holds.map(({ state }) => state))].toSorted(), ['expired', 'open', 'posted', 'voided']);
    // The newest balance of each account is its balance.
    const newest = `SELECT b.account_id AS id FROM (
        SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY changed DESC) AS place FROM balances
      ) AS b JOIN accounts AS a ON a.id = b.account_id WHERE place = 1
        AND (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending)
          <> (b.debits_posted, b.credits_posted, b.debits_pending, b.credits_pending)`;
    assert.deepEqual(await kind.ask(target, newest), []);
  });

  test(`${kind.name} is gone on with where the tables end`, { skip: kind.skip }, async () => {
    const ledger = await open(':memory:');
    const target = await kind.fresh('further');
    let created = 0;
    for (const more of [0, 1, 2, 8000, 0, 3]) {
      const ids = Array.from({ length: more }, (_, index) => BigInt(created + index + 1));
      await ledger.createAccounts(ids.map((id) => ({ id, ledger: 1, code: 1 })));
      const transfers = ids.map((id) => ({ id, debit_account_id: 1n, credit_account_id: id === 1n ? 2n : id }));
      created += more;
      if (created > 1) {
        await ledger.createTransfers(
          transfers.slice(created === more ? 1 : 0).map((each) => ({ ...each, amount: 1n, ledger: 1, code: 1 })),
        );
      }
      const database = databaseAt(target);
      await projectAll(ledger, database);
      await database.close();
      const [row] = await kind.ask(target, 'SELECT count(*) AS accounts FROM accounts');
      assert.equal(row!.accounts, String(created));
    }
    const [row] = await kind.ask(target, 'SELECT count(*) AS changes, sum(amount) AS amount FROM transfers');
    const [account] = await ledger.lookupAccounts([1n]);
    assert.equal(row!.amount, String(account!.debits_posted));
    assert.ok(Number(row!.changes) > 7990);
  });

  test(`${kind.name} takes the largest numbers that there are`, { skip: kind.skip }, async () => {
    const ledger = await open(':memory:');
    const id = 2n ** 128n - 2n;
    await ledger.createAccounts([id, 1n].map((each) => ({ id: each, ledger: 2 ** 32 - 1, code: 65_535 })));
    const amount = 2n ** 126n;
    const user_data_64 = 2n ** 64n - 1n;
    const rest = { amount, ledger: 2 ** 32 - 1, code: 65_535, user_data_64 };
    await ledger.createTransfers([{ id, debit_account_id: id, credit_account_id: 1n, ...rest }]);
    const target = await kind.fresh('largest');
    const database = databaseAt(target);
    await projectAll(ledger, database);
    await database.close();
    const [row] = await kind.ask(target, 'SELECT id, amount, user_data_64, ledger FROM transfers');
    assert.deepEqual(row, plainRow({ id, amount, user_data_64, ledger: rest.ledger }));
  });

  test(`${kind.name}: another ledger, and an older state of this one, are refused`, { skip: kind.skip }, async () => {
    const { ledger, target } = await story('other');
    const rejects = async (other: Ledger, id: string, code: string): Promise<void> => {
      const database = databaseAt(target);
      await assert.rejects(projectAll(other, database, id), { code });
      await database.close();
    };
    await rejects(ledger, 'b'.repeat(32), 'ledger_changed');
    await rejects(await open(':memory:'), ID, 'ledger_behind');
    // The same time, and another transfer there.
    const other = await storyLedger();
    await other.createTransfers([
      { id: 5n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 978, code: 1 },
    ]);
    await kind.ask(target, 'UPDATE position SET transfer_id = 77');
    await rejects(other, ID, 'ledger_behind');
  });
}

test('of two projections into one PostgreSQL one is refused, or comes behind the other', {
  skip: elephant.skip,
}, async () => {
  const ledger = await storyLedger();
  const target = await elephant.fresh('rivals');
  const [one, two] = [databaseAt(target), databaseAt(target)];
  const [first, second] = [one, two].map((database) => new Projection({ ledger, ledgerId: ID, database }));
  const outcomes = await Promise.allSettled([first!.step(), second!.step()]);
  const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done'));
  assert.ok(codes.includes('done') && codes.every((code) => code === 'done' || code === 'locked'), codes.join());
  await Promise.all([one.close(), two.close()]);
  const [row] = await elephant.ask(target, 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM transfers');
  assert.equal(row!.n, row!.ids, 'each transfer is there once');
});

test('a folder has files of Parquet that belong together, and goes on', async () => {
  const ledger = await storyLedger();
  const target = join(folder, 'parquet');
  const count = async (): Promise<string> => {
    const files = join(target, 'current', 'transfers.parquet');
    return (await duck.ask(':memory:', `SELECT count(*) AS n FROM '${files}'`))[0]!.n!;
  };
  const project = async (): Promise<void> => {
    const database = databaseAt(target);
    await projectAll(ledger, database);
    await database.close();
  };
  await project();
  const before = Number(await count());
  const current = realpathSync(join(target, 'current'));
  assert.deepEqual(
    readdirSync(current).toSorted(),
    Object.keys(tables)
      .map((name) => `${name}.parquet`)
      .toSorted(),
  );
  await ledger.createTransfers([
    { id: 5n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 978, code: 1 },
  ]);
  await project();
  assert.equal(Number(await count()), before + 1);
  assert.ok(!existsSync(current), 'the files before are gone');
});

const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'guides', 'sql.md'), 'utf8');
const questions = [...page.matchAll(/^(\d+)\. (.*)\n +```sql\n([\s\S]*?) +```$/gm)].map(([, , question, sql]) => ({
  question: question!,
  sql: sql!,
}));
/** Answers that follow from the story. */
const known: Readonly<Record<number, (answer: Answer) => boolean>> = {
  1: ([row]) => row!.reserved === '90',
  8: ([row]) => row!.amount === '50000',
  14: (rows) => rows.length === 1 && rows[0]!.id === '4',
  18: (rows) => rows.length === 2 && rows[0]!.theirs === '20000' && rows[1]!.ours === '',
  19: (rows) => rows.every(({ difference, difference_pending: pending }) => difference === '0' && pending === '0'),
  20: (rows) => rows.length === 0,
};

test('twenty questions have the same answers in both databases', { skip: elephant.skip }, async () => {
  assert.equal(questions.length, 20);
  const ledger = await storyLedger();
  const targets = await Promise.all([duck, elephant].map((kind) => kind.fresh('questions')));
  for (const target of targets) {
    const database = databaseAt(target);
    await projectAll(ledger, database);
    await database.close();
  }
  for (const [index, { question, sql }] of questions.entries()) {
    const ours = await duck.ask(targets[0]!, sql);
    assert.deepEqual(ours, await elephant.ask(targets[1]!, sql), question);
    assert.ok(known[index + 1]?.(ours) ?? ours.length > 0, `${question} ${JSON.stringify(ours)}`);
  }
});

test('the page names every table and column', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.+?) \| (.+?) \| (.+) \|$/gm)].filter(([, name]) => name! in tables);
  assert.equal(rows.length, Object.keys(tables).length);
  for (const [, name, key, about, columns] of rows) {
    const table = tables[name as TableName];
    const quoted = (names: readonly string[]): string => names.map((each) => `\`${each}\``).join(', ');
    assert.deepEqual([key, about, columns], [quoted(table.key), table.about, quoted(Object.keys(table.columns))]);
  }
});
