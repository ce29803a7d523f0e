import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ChangeEvent, type ChangeEventsFilterInput, type Ledger, open, TransferFlags } from '../../index.ts';
import { CHANGE_EVENTS_MAX } from '../../model/index.ts';
import { accountPages, eventPages, transferPages } from './pages.ts';
import { type Kind, recordLines } from './records.ts';

const COUNT = 9000;
const main = join(import.meta.dirname, '..', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-export-'));
after(() => rmSync(folder, { recursive: true, force: true }));

before(async () => {
  await using ledger = await open(join(folder, 'shop'), { mode: 'inline' });
  await fill(ledger);
});

async function fill(ledger: Ledger): Promise<void> {
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1, flags: 8 })));
  for (let from = 0; from < COUNT; from += 3000) {
    await ledger.createTransfers(
      Array.from({ length: 3000 }, (_, index) => ({
        id: BigInt(from + index + 1),
        debit_account_id: 1n,
        credit_account_id: 2n,
        amount: 1n,
        ledger: 1,
        code: 1,
        flags: index % 2 === 0 ? TransferFlags.pending : 0,
      })),
    );
  }
}

async function all<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

async function text(ledger: Ledger, kind: Kind, format: 'jsonl' | 'csv'): Promise<string> {
  return (await all(asArrays(recordLines(ledger, kind, format)))).join('');
}

async function* asArrays<T>(one: AsyncIterable<T>): AsyncGenerator<T[]> {
  for await (const value of one) yield [value];
}

function tallystick(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 << 20,
  });
  return { code: status, out: stdout, err: stderr };
}

test('pages hold every record once, in order of time', async () => {
  const ledger = await open(':memory:');
  await fill(ledger);
  const expected = Array.from({ length: COUNT }, (_, index) => BigInt(index + 1));
  assert.deepEqual(
    (await all(transferPages(ledger, 0n))).map(({ id }) => id),
    expected,
  );
  assert.deepEqual(
    (await all(eventPages(ledger, 0n))).map((event) => event.transfer_id),
    expected,
  );
  assert.deepEqual(
    (await all(accountPages(ledger, 0n))).map(({ id }) => id),
    [1n, 2n],
  );
  const until = (await ledger.lookupTransfers([4000n]))[0]!.timestamp;
  assert.equal((await all(transferPages(ledger, until))).length, 4000);
  await ledger.close();
});

test('two events with one timestamp are not lost between two pages', async () => {
  // An imported transfer may bear the timestamp of an expiry.
  const events = Array.from({ length: 3 * CHANGE_EVENTS_MAX }, (_, index) => {
    const twin = index === CHANGE_EVENTS_MAX || index === 2 * CHANGE_EVENTS_MAX - 1;
    return {
      timestamp: BigInt(twin ? index : index + 1),
      transfer_id: BigInt(index),
      type: twin ? 4 : 0,
    } as ChangeEvent;
  });
  const ledger = {
    getChangeEvents: async ({ timestamp_min = 0n }: ChangeEventsFilterInput) =>
      events.filter(({ timestamp }) => timestamp >= timestamp_min).slice(0, CHANGE_EVENTS_MAX),
  } as unknown as Ledger;
  assert.deepEqual(await all(eventPages(ledger, 0n)), events);
});

test('CSV has a row of names, JSON the same fields, and both the same records', async () => {
  const ledger = await open(':memory:');
  await fill(ledger);
  for (const kind of ['accounts', 'transfers', 'events'] as const) {
    const csv = (await text(ledger, kind, 'csv'))
      .trimEnd()
      .split('\r\n')
      .map((row) => row.split(','));
    const json = (await text(ledger, kind, 'jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [names, ...rows] = csv;
    assert.equal(rows.length, json.length);
    assert.deepEqual(names, Object.keys(json[0]));
    for (const index of [0, 1, rows.length - 1]) {
      const values = Object.values(json[index]).map((value) =>
        Array.isArray(value) ? value.join('|') : String(value),
      );
      assert.deepEqual(rows[index], values);
    }
  }
  const [account] = JSON.parse(`[${(await text(ledger, 'accounts', 'jsonl')).split('\n')[0]}]`);
  assert.deepEqual([account.id, account.debits_pending, account.ledger, account.flags], ['1', '4500', 1, ['history']]);
  await ledger.close();
});

test('export, import, export: the same bytes', () => {
  const first = tallystick('export', 'shop');
  assert.deepEqual([first.code, first.err], [0, '']);
  writeFileSync(join(folder, 'shop.jsonl'), first.out);
  const imported = tallystick('import', 'shop.jsonl', '--into', 'copy');
  assert.deepEqual([imported.code, imported.err], [0, '']);
  assert.equal(imported.out, 'shop.jsonl: 2 accounts, 9,000 transfers into copy\n');
  assert.equal(tallystick('export', 'copy').out, first.out);
  assert.match(
    tallystick('import', 'shop.jsonl', '--into', 'copy', '--format', 'jsonl').out,
    /\(9,002 already there\)/,
  );
});

test('a file that is no archive makes no ledger, and a refusal ends with 1', () => {
  writeFileSync(join(folder, 'bad.jsonl'), '{"archive":1}\n');
  const bad = tallystick('import', 'bad.jsonl', '--into', 'bad');
  assert.equal(bad.code, 2);
  assert.match(bad.err, /^error book_invalid: bad\.jsonl ends within the archive/);
  assert.ok(!existsSync(join(folder, 'bad')));
  const account = '{"account":{"id":"1","ledger":0,"code":1,"flags":[],"timestamp":"5"}}';
  writeFileSync(
    join(folder, 'no.jsonl'),
    `{"archive":1}\n${account}\n{"end":{"accounts":1,"transfers":0,"expiries":0}}\n`,
  );
  const refused = tallystick('import', 'no.jsonl', '--into', 'no');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^refused no\.jsonl:2: account 1: ledger_must_not_be_zero\. Zero is not a ledger\.\n/);
});

test('kinds come alone, and CSV needs one', () => {
  const csv = tallystick('export', 'shop', '--format', 'csv', '--accounts');
  assert.match(csv.out, /^id,debits_pending,.*,flags,timestamp\r\n1,4500,4500,0,0,0,0,0,1,1,history,\d+\r\n2,/);
  assert.equal(tallystick('export', 'shop', '--events').out.split('\n').length, COUNT + 1);
  for (const args of [
    ['--format', 'csv'],
    ['--accounts', '--events'],
    ['--format', 'xml'],
  ]) {
    assert.equal(tallystick('export', 'shop', ...args).code, 2);
  }
  assert.equal(tallystick('export', 'nowhere').code, 2);
  assert.ok(!existsSync(join(folder, 'nowhere')));
});

test('a reader that has seen enough ends it quietly', () => {
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', `"${process.execPath}" "${main}" export shop | head -n 1`],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  assert.deepEqual([status, stdout, stderr], [0, '{"archive":1}\n', '']);
});
