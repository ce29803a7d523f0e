import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFolder } from '../../src/engine/index.ts';
import { ObjectLedger } from '../../src/model/index.ts';
import { tightForgetful } from '../../testing/ports/sizes.ts';
import { temporaryFolder } from '../support/folders.ts';

const ROUNDS = Number(process.env.TEST_KILLS ?? 4);
/** Kills that one ledger survives; it grows from each to the next. */
const ROUNDS_EACH = 4;
const home = temporaryFolder();

/**
 * Runs a child that writes transfers from id `first` on into `folder`, and kills it `ms` after its first answer.
 * Returns the last id that it had an answer for.
 */
async function killedUnderLoad(folder: string, first: number, ms: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load-child.js'), folder, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await once(child.stdout, 'data');
  await sleep(ms);
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.equal(errors, '');
  // The last line may be cut short; the one before was whole.
  const whole = output.slice(0, output.lastIndexOf('\n')).split('\n');
  return Number(whole.at(-1));
}

test('a ledger on threads that is killed again and again under load keeps all that was answered, and nothing twice', {
  timeout: 900_000,
}, async () => {
  let first = 1;
  let runs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (round % ROUNDS_EACH === 0) first = 1;
    const folder = join(home, String(Math.floor(round / ROUNDS_EACH)));
    const answered = await killedUnderLoad(folder, first, 20 + Math.random() * 400);
    const { engine, recovery } = await openFolder(folder, {
      ...tightForgetful,
      mode: round % 2 === 0 ? 'inline' : 'threads',
    });
    const ledger = new ObjectLedger(engine);
    let found = first - 1;
    for (let more = true; more; ) {
      const ids = Array.from({ length: 8000 }, (_, index) => BigInt(found + 1 + index));
      const transfers = await ledger.lookupTransfers(ids);
      assert.deepEqual(
        transfers.map(({ id }) => id),
        ids.slice(0, transfers.length),
        'without a gap',
      );
      found += transfers.length;
      more = transfers.length === ids.length;
    }
    assert.ok(found >= answered, `round ${round}: ${answered} was answered, ${found} is the last one found`);
    // What was reserved is given back within a second, whoever lives then.
    const pendings = Math.floor(found / 7);
    const until = Date.now() + 10_000;
    for (;;) {
      const [debtor, creditor] = await ledger.lookupAccounts([1n, 2n]);
      assert.equal(debtor?.debits_posted, BigInt(found - pendings));
      assert.equal(creditor?.credits_posted, BigInt(found - pendings));
      assert.equal(debtor?.debits_pending, creditor?.credits_pending);
      if (debtor?.debits_pending === 0n) break;
      assert.ok(Date.now() < until, `${debtor?.debits_pending} are still reserved`);
      await sleep(50);
    }
    await ledger.close();
    first = found + 1;
    runs += recovery.replayed;
  }
  assert.ok(runs > 0 && first > 1, 'there was something to be killed');
});
