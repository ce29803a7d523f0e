import '../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { open } from 'tallystick';

const main = join(import.meta.dirname, 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-shards-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const IDS = Array.from({ length: 12 }, (_, i) => BigInt(i) + 1n);

function shards(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

test('a folder of shards gets one more, and an account moves there', async () => {
  {
    await using ledger = await open(join(folder, 'town'), { mode: 'inline', shards: 2 });
    await ledger.createAccounts(IDS.map((id) => ({ id, ledger: 840, code: 1 })));
    const pay = (id: bigint) => ({ id, debit_account_id: id, credit_account_id: (id % 12n) + 1n, amount: 9n });
    await ledger.createTransfers(IDS.map((id) => ({ ...pay(id), ledger: 840, code: 1 })));
  }
  assert.equal(shards('shards', 'list', 'town').out, '2 shards, epoch 1, 0 moved accounts\n');
  const { code, out, err } = shards('shards', 'add', 'town');
  assert.equal(code, 0, err);
  assert.equal(out, '3 shards, epoch 2, 2 at first, 0 moved accounts\n');
  const moved = shards('shards', 'move', 'town', '--account', '5', '--to', '2');
  assert.equal(moved.code, 0, moved.err);
  assert.equal(moved.out, 'account 5 moved to shard 2\n');
  const missing = shards('shards', 'move', 'town', '--account', '99', '--to', '2', '--json');
  assert.equal(missing.code, 1);
  assert.equal(JSON.parse(missing.out).outcome, 'not_found');
  assert.deepEqual(JSON.parse(shards('shards', 'list', 'town', '--json').out), {
    ...{ shards: 3, epoch: 2 },
    ...{ counts: [2, 3], moved: 1 },
  });
  assert.equal(shards('check', 'town').code, 0);
  await using again = await open(join(folder, 'town'), { mode: 'inline', shards: 3 });
  const [five] = await again.lookupAccounts([5n]);
  assert.deepEqual([five!.debits_posted, five!.credits_posted], [9n, 9n]);
  assert.equal((await again.getAccountTransfers({ account_id: 5n })).length, 2);
});

test('what is no folder of shards has no map', () => {
  for (const args of [
    ['list', 'nowhere'],
    ['add', 'nowhere'],
    ['move', 'nowhere', '--account', '1', '--to', '0'],
  ]) {
    const { code, err } = shards('shards', ...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, /not_found: nowhere is no folder of shards/);
  }
  assert.match(shards('shards', 'add', 'tcp://127.0.0.1:1').err, /--server is missing/);
});
