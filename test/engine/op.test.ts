/** The last op that answers vouch for: what doors tell clients, and must never take back. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Engine, openFolder, openMemory } from '../../src/engine/index.ts';
import { type Cells, NO_CONTEXT, ObjectLedger, Operation, TransferFlags } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const root = temporaryFolder();
const account = (id: bigint) => ({ id, ledger: 1, code: 1 });

for (const mode of ['threads', 'inline'] as const) {
  test(`${mode}: it is there when an answer is read, and after the ledger was opened again`, async () => {
    const folder = join(root, mode);
    const first = await openFolder(folder, { mode });
    assert.equal(first.engine.op, 0);
    const ledger = new ObjectLedger(first.engine);
    await ledger.createAccounts([account(1n)]);
    assert.equal(first.engine.op, 1);
    // A lookup and a query that stand behind a create vouch for it, whichever is answered first.
    const seen: number[] = [];
    const look = (operation: Operation, size: number): Promise<void> =>
      first.engine.request({
        operation,
        count: 1,
        write: ({ bytes }: Cells, at) => void bytes.fill(0, at, at + size),
        read: () => void seen.push(first.engine.op),
        context: NO_CONTEXT,
      });
    await Promise.all([
      ledger.createAccounts([account(2n)]),
      look(Operation.lookup_accounts, 16),
      look(Operation.query_accounts, 64),
    ]);
    assert.deepEqual(seen, [2, 2]);
    await ledger.close();
    const again = await openFolder(folder, { mode });
    assert.equal(again.engine.op, 2);
    await again.engine.close();
  });
}

test('in memory it counts batches, too', async () => {
  const { engine } = openMemory() as { engine: Engine };
  const ledger = new ObjectLedger(engine);
  await ledger.createAccounts([account(1n)]);
  await ledger.lookupAccounts([1n]);
  assert.equal(engine.op, 1);
  await ledger.close();
});

test('one pulse ends what has expired', async () => {
  let now = 1_000_000_000n;
  const { engine } = openMemory({ clock: { wall: () => now, monotonic: () => now } }) as { engine: Engine };
  const ledger = new ObjectLedger(engine);
  await ledger.createAccounts([account(1n), account(2n)]);
  const hold = { id: 9n, debit_account_id: 1n, credit_account_id: 2n, amount: 5n, ledger: 1, code: 1 };
  await ledger.createTransfers([{ ...hold, flags: TransferFlags.pending, timeout: 1 }]);
  const before = engine.op;
  now += 2_000_000_000n;
  await engine.expire();
  assert.equal(engine.op, before + 1);
  assert.equal((await ledger.lookupAccounts([1n]))[0]?.debits_pending, 0n);
  await ledger.close();
});
