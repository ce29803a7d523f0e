import '../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open } from 'tallystick';
import { PARTS } from './inspect.ts';

const main = join(import.meta.dirname, 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-inspect-'));
after(() => rmSync(folder, { recursive: true, force: true }));

before(async () => {
  const ledger = await open(join(folder, 'shop'), { mode: 'inline' });
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 700, code: 10 })));
  await ledger.createTransfers([
    { id: 7n, debit_account_id: 1n, credit_account_id: 2n, amount: 2n ** 128n - 1n, ledger: 700, code: 3, flags: 2 },
  ]);
  await ledger.close();
});

function inspect(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'inspect', ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

test('a ledger is shown as a whole, for eyes and for programs', () => {
  const { code, out, err } = inspect('shop');
  assert.equal(code, 0, err);
  assert.match(out, /^ledger +[0-9a-f]{8}-/);
  assert.match(out, /closed in order behind op 2, /);
  assert.match(out, /writer +none/);
  assert.match(out, /journal +1 segment, [\d.]+ kB, last op 2, /);
  const report = JSON.parse(inspect('shop', '--json').out);
  assert.equal(report.journal.op, 2);
  assert.equal(report.superblock.clean.op, 2);
  assert.equal(report.superblock.writer, null);
  for (const part of PARTS.filter((name) => name !== 'journal')) {
    assert.deepEqual(JSON.parse(inspect('shop', part, '--json').out), report[part]);
  }
});

test('the journal is a header a line, and a batch is its events', () => {
  const headers = inspect('shop', 'journal', '--json')
    .out.trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    headers.map(({ op, operation, count, cell, offset }) => ({ op, operation, count, cell, offset })),
    [
      { op: 1, operation: 'create_accounts', count: 2, cell: 1, offset: 128 },
      { op: 2, operation: 'create_transfers', count: 1, cell: 4, offset: 512 },
    ],
  );
  assert.equal(headers[1].parent, headers[0].checksum);
  assert.equal(JSON.parse(inspect('shop', 'journal', '--limit', '1', '--json').out).op, 2);
  assert.equal(JSON.parse(inspect('shop', 'journal', '--limit', '1', '--from', '1', '--json').out).op, 1);
  assert.match(inspect('shop', 'journal').out, /^ *op +timestamp +operation /);
  const batch = JSON.parse(inspect('shop', '--op', '2', '--json').out);
  assert.equal(batch.whole, true);
  assert.deepEqual(batch.events, [
    {
      id: '7',
      debit_account_id: '1',
      credit_account_id: '2',
      amount: String(2n ** 128n - 1n),
      pending_id: '0',
      user_data_128: '0',
      user_data_64: '0',
      user_data_32: 0,
      timeout: 0,
      ledger: 700,
      code: 3,
      flags: ['pending'],
      timestamp: '0',
    },
  ]);
  assert.match(inspect('shop', '--op', '1').out, /create_accounts[\s\S]*\nid +ledger +code\n 1 +700 +10\n/);
  assert.equal(inspect('shop', '--op', '3').code, 2);
});

test('damage ends with 1, a file and an offset', () => {
  const whole = inspect('shop', '--verify');
  assert.equal(whole.code, 0);
  assert.match(whole.out, /^2 batches with 3 events up to op 2, .*\n.* every checksum fits\n$/);
  assert.equal(whole.err, '');
  const path = join(folder, 'shop', 'journal', '00000000.seg');
  const bytes = readFileSync(path);
  bytes[700]! ^= 1;
  writeFileSync(path, bytes);
  const damaged = inspect('shop', '--verify');
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, /^damaged shop\/journal\/00000000\.seg offset 512: op 2 is damaged or missing/m);
  assert.match(damaged.out, /1 place damaged/);
  const report = JSON.parse(inspect('shop', '--verify', '--json').out);
  assert.equal(report.ok, false);
  assert.deepEqual([report.damage[0].file, report.damage[0].offset], ['shop/journal/00000000.seg', 512]);
  assert.equal(inspect('shop', '--op', '2').code, 1);
  bytes[700]! ^= 1;
  writeFileSync(path, bytes);
});

test('a ledger that is open is shown, verified and left alone', async () => {
  const ledger = await open(join(folder, 'shop'), { mode: 'inline' });
  assert.match(inspect('shop').out, new RegExp(`writer +process ${process.pid} on `));
  assert.equal(inspect('shop', '--verify').code, 0);
  assert.deepEqual((await ledger.lookupAccounts([1n])).length, 1);
  await ledger.close();
});

test('what is no ledger ends with 2', () => {
  const { code, err } = inspect('nowhere');
  assert.equal(code, 2);
  assert.match(err, /^error not_found: There is no ledger in nowhere\./);
  assert.equal(inspect('shop', 'wal').code, 2);
});
