/** The witness is made durable by itself: a note that was settled stays in its slot when the next one comes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type FolderLedger, open } from '../../src/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const root = temporaryFolder();
let transfers = 0n;

/** The op in each slot, the older note first. */
function slots(folder: string): [number, number] {
  const bytes = readFileSync(join(folder, 'witness'));
  const [one, other] = [0, 4096].map((at) => ({
    sequence: bytes.readBigUInt64LE(at + 16),
    op: Number(bytes.readBigUInt64LE(at + 48)),
  })) as [{ sequence: bigint; op: number }, { sequence: bigint; op: number }];
  return one.sequence < other.sequence ? [one.op, other.op] : [other.op, one.op];
}

const transfer = (ledger: FolderLedger): Promise<unknown> =>
  ledger.createTransfers([
    { id: ++transfers, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 },
  ]);

for (const mode of ['threads', 'inline'] as const) {
  test(`within a moment of the last flush, and again and again under load (${mode})`, async () => {
    const folder = join(root, mode);
    const ledger = await open(folder, { mode });
    await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
    assert.deepEqual(slots(folder), [0, 1], 'noted before the answer');
    await setTimeout(200);
    await transfer(ledger);
    assert.deepEqual(slots(folder), [1, 2], 'the first note was durable: the second did not take its slot');
    let settled = 0;
    for (const end = performance.now() + 400; performance.now() < end; ) {
      await transfer(ledger);
      settled = Math.max(settled, slots(folder)[0]);
    }
    assert.ok(settled > 2, 'while one flush follows the other, notes are made durable as well');
    await ledger.close();
  });
}
