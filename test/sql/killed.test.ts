/** A projection is killed again and again under load, and so is its database: each row is there once. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';
import { freePorts } from '../../packages/cluster/src/local/servers.ts';
import { connect, type Ledger } from '../../src/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Postgres, postgresCannot } from '../support/postgres.ts';
import { Served } from '../support/served.ts';
import { plain } from '../support/sql-story.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
let postgres: Postgres | undefined;
let served: Served | undefined;
const children = new Set<ChildProcess>();
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await served?.end('SIGKILL');
  postgres?.stop('immediate');
});
const folder = temporaryFolder();
chmodSync(folder, 0o755);

const KILLS = 5;
/** What each process finds, and more while it works. */
const FIRST = 3000;
const BATCH = 50;
const PAUSE_MS = 60;
/** How long a process may take until it has projected something. */
const START_MS = 60_000;
/** How much longer each process lives than the one before. */
const LIFE_MS = 37;

/** Transfers: at once, and a batch now and then until it is told to stop. */
class Load {
  readonly #ledger: Ledger;
  #isOver = false;
  #done: Promise<void> | undefined;
  created = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  async create(count: number): Promise<void> {
    const events = Array.from({ length: count }, (_, index) => ({
      id: BigInt(this.created + index + 1),
      debit_account_id: BigInt(1 + ((this.created + index) % 9)),
      credit_account_id: 10n,
      amount: BigInt(index),
      ledger: 1,
      code: 1,
    }));
    await this.#ledger.createTransfers(events);
    this.created += count;
  }

  begin(): void {
    this.#isOver = false;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.create(BATCH);
      await pause(PAUSE_MS);
    }
  }
}

function start(target: string, ...more: string[]): ChildProcess {
  const words = [main, 'project', served!.address, '--to', target, '--interval', '5ms', ...more];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Resolves when the process says that it has projected something. */
async function begun(port: number): Promise<void> {
  const until = performance.now() + START_MS;
  for (;;) {
    const text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      (response) => response.text(),
      () => '',
    );
    if (/^tallystick_projection_changes_total [1-9]/m.test(text)) return;
    assert.ok(performance.now() < until, `nothing is projected: ${text}`);
    await pause(5);
  }
}

interface Held {
  readonly transfers: string;
  readonly ids: string;
  readonly amount: string;
  readonly balances: string;
}

const HELD = `SELECT count(*) AS transfers, count(DISTINCT id) AS ids, coalesce(sum(amount), 0) AS amount,
  (SELECT count(*) FROM tallystick.balances) AS balances FROM tallystick.transfers`;

/** What is in the tables when all is projected, after kills: `between` makes trouble of its own. */
async function tortured(target: string, ask: () => Promise<object>, between: (round: number) => void): Promise<void> {
  served = await Served.start(join(folder, `ledger-${children.size}-${target.length}`));
  const ledger = await connect(served.address);
  await ledger.createAccounts(
    Array.from({ length: 10 }, (_, index) => ({ id: BigInt(index + 1), ledger: 1, code: 1 })),
  );
  const load = new Load(ledger);
  let farthest = 0;
  for (let round = 0; round < KILLS; round++) {
    await load.create(FIRST);
    const [port] = await freePorts(1);
    const child = start(target, '--metrics-port', String(port));
    await begun(port!);
    load.begin();
    await pause(LIFE_MS * round);
    between(round);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    await load.stop();
    const held = plainHeld(await ask());
    assert.equal(held.ids, held.transfers);
    assert.equal(Number(held.balances), 2 * Number(held.transfers));
    assert.ok(Number(held.transfers) > farthest, 'what a process has projected stays');
    farthest = Number(held.transfers);
  }
  await load.create(FIRST);
  const last = start(target, '--once');
  let said = '';
  last.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(last, 'exit');
  assert.equal(code, 0, said);
  const accounts = await ledger.lookupAccounts([10n]);
  const held = plainHeld(await ask());
  assert.deepEqual(
    held,
    plainHeld({
      ...{ transfers: load.created, ids: load.created, amount: accounts[0]!.credits_posted },
      balances: 2 * load.created,
    }),
  );
  await ledger.close();
  await served.end();
}

const plainHeld = (row: object): Held =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])) as unknown as Held;

test('a projection into DuckDB that is killed again and again has each change once', async () => {
  const target = join(folder, 'killed.duckdb');
  const ask = async (): Promise<object> => {
    const instance = await DuckDBInstance.create(target);
    const connection = await instance.connect();
    const [row] = (await connection.runAndReadAll(HELD)).getRowObjectsJson();
    connection.closeSync();
    instance.closeSync();
    return row!;
  };
  await tortured(target, ask, () => undefined);
});

test('so has one into PostgreSQL, which is killed, too', { skip: postgresCannot ?? false }, async () => {
  const server = new Postgres(join(folder, 'postgres'));
  postgres = server;
  const client = async (sql: string): Promise<object> => {
    const one = new pg.Client({ connectionString: server.url });
    await one.connect();
    try {
      return (await one.query(sql)).rows[0];
    } finally {
      await one.end();
    }
  };
  await tortured(
    server.url,
    () => client(HELD),
    (round) => {
      if (round % 2 === 0) return;
      server.stop('immediate');
      server.start();
    },
  );
});
