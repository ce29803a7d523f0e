import '../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ledger, open } from 'tallystick';

const main = join(import.meta.dirname, 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-check-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const IDS = Array.from({ length: 12 }, (_, i) => BigInt(i) + 1n);
const pay = (id: bigint) => ({
  id,
  debit_account_id: IDS[Number(id % 12n)]!,
  credit_account_id: IDS[Number((id + 1n) % 12n)]!,
  amount: id,
  ledger: 840,
  code: 1,
});

async function town(count: number, act: (ledger: Ledger) => Promise<unknown>): Promise<void> {
  await using ledger = await open(join(folder, 'town'), { mode: 'inline', shards: count });
  await act(ledger);
}

before(async () => {
  await town(2, (ledger) => ledger.createAccounts(IDS.map((id) => ({ id, ledger: 840, code: 1 }))));
  cpSync(join(folder, 'town', 'shard-1'), join(folder, 'older'), { recursive: true });
  await town(2, (ledger) => ledger.createTransfers(Array.from({ length: 60 }, (_, i) => pay(BigInt(i) + 1n))));
});

function check(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'check', ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

test('a folder of shards is right, shard by shard, for eyes and for programs', () => {
  const { code, out, err } = check('town');
  assert.equal(code, 0, err);
  assert.match(out, /^right: debits and credits of 2 ledgers were added up, \d+ transfers between them, 0 open/);
  const report = JSON.parse(check('town', '--json').out);
  assert.deepEqual([report.problems, report.open], [[], []]);
  assert.ok(report.crossed > 10, `${report.crossed} crossed`);
});

test('a shard from an older backup is found out', () => {
  const { code, out } = check('town/shard-0', 'older');
  assert.equal(code, 1);
  assert.match(out, /^wrong transfer \d+ from shard 0 to 1 has no leg$/m);
  assert.match(out, /\d+ problems: debits and credits of 2 ledgers/);
});

test('what is no ledger is not made into one', () => {
  const { code, err } = check('nowhere');
  assert.equal(code, 2);
  assert.match(err, /not_found: nowhere is no ledger/);
});
