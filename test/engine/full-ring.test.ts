/** More at once than the ring holds: callers who wait for room do not notice. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFolder, openMemory, SMALL_SIZES } from '../../src/engine/index.ts';
import { ObjectLedger, TransferBatch, type TransferInput } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
const sizes = SMALL_SIZES;
const engines = {
  'in memory': async () => openMemory({ sizes }).engine,
  'in a folder, on threads': async () => (await openFolder(join(folder, 'threads'), { sizes })).engine,
};

for (const [name, open] of Object.entries(engines)) {
  test(`events are read before the call returns: batches and objects may be used again at once: ${name}`, async () => {
    const ledger = new ObjectLedger(await open());
    await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
    const both = { debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
    const batch = new TransferBatch(8189);
    const object: TransferInput & { id: bigint } = { ...both, id: 0n };
    const answers: Promise<number>[] = [];
    let id = 1n;
    for (let round = 0; round < 12; round++) {
      batch.clear();
      // Shorter and longer ones: what was given must not be what is there when there is room.
      for (let index = round % 2 === 0 ? 8000 : 10; index > 0; index--) batch.add({ ...both, id: id++ });
      answers.push(ledger.createTransfers(batch).then((results) => results.firstFailure()));
      object.id = id++;
      answers.push(ledger.createTransfers([object]).then(([result]) => (result!.status === 0xffff_ffff ? -1 : 0)));
    }
    for (const failure of await Promise.all(answers)) assert.equal(failure, -1);
    const [debit] = await ledger.lookupAccounts([1n]);
    assert.equal(debit!.debits_posted, id - 1n);
    await ledger.close();
  });
}

test('what cannot be written rejects its own call, however full the ring is', async () => {
  const ledger = new ObjectLedger(openMemory({ sizes }).engine);
  const batch = new TransferBatch(8189);
  for (let index = 0; index < 8189; index++) batch.add();
  const before = Array.from({ length: 8 }, () => ledger.createTransfers(batch));
  const wrong = ledger.createTransfers([{ id: -1n, amount: 0n }]);
  const after = ledger.createTransfers(batch);
  await assert.rejects(wrong, { code: 'invalid_argument' });
  assert.equal((await Promise.all([...before, after])).length, 9);
  await ledger.close();
});
