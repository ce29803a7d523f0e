/** A disk that fills up: creates are refused in time, reads go on, and creates are taken again when there is room. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFolder } from '../../src/engine/index.ts';
import { ObjectLedger, type TallystickError } from '../../src/model/index.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

for (const mode of ['threads', 'inline'] as const) {
  test(`below its reserve a ledger takes no creates and answers reads (${mode})`, { timeout: 30_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
    let space = { free: 300 * MIB, total: 100 * GIB };
    let looks = 0;
    const looked = async (): Promise<void> => {
      for (const until = looks + 2; looks < until; ) await sleep(5);
    };
    const spaceOf = async () => {
      looks++;
      return space;
    };
    const { engine } = await openFolder(folder, { mode, space: { reserve: 256 * MIB, spaceOf } });
    const ledger = new ObjectLedger(engine);
    const account = (id: bigint) => [{ id, ledger: 1, code: 1 }];
    await ledger.createAccounts(account(1n));
    space = { free: 256 * MIB - 1, total: 100 * GIB };
    await looked();
    await assert.rejects(ledger.createAccounts(account(2n)), (error: TallystickError) => {
      assert.deepEqual([error.code, error.retriable], ['disk_full', true]);
      assert.match(error.message, /256 MiB are kept free: nothing was done, and reads go on/);
      return true;
    });
    assert.equal((await ledger.lookupAccounts([1n, 2n])).length, 1);
    // A little room is no reason to change one's mind to and fro.
    space = { free: 300 * MIB, total: 100 * GIB };
    await looked();
    await assert.rejects(ledger.createAccounts(account(2n)), { code: 'disk_full' });
    space = { free: 400 * MIB, total: 100 * GIB };
    await looked();
    await ledger.createAccounts(account(2n));
    // A small disk keeps a twentieth.
    space = { free: 4 * MIB, total: 100 * MIB };
    await looked();
    await assert.rejects(ledger.createAccounts(account(3n)), { code: 'disk_full' });
    space = { free: 7 * MIB, total: 100 * MIB };
    await looked();
    await ledger.createAccounts(account(3n));
    await ledger.close();
    rmSync(folder, { recursive: true });
  });
}

test('a ledger that was closed, or has failed, looks no more, and no timer holds its memory', async () => {
  let looks = 0;
  const spaceOf = async () => {
    looks++;
    return { free: 50 * GIB, total: 100 * GIB };
  };
  for (const end of ['close', 'fail'] as const) {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
    const { engine } = await openFolder(folder, { mode: 'inline', space: { spaceOf } });
    if (end === 'fail') engine.fail(new Error('for the test'));
    await engine.close();
    await sleep(120);
    assert.equal(looks, 0, end);
    rmSync(folder, { recursive: true });
  }
});
