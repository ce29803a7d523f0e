/** A disk that is full in what is derived from the journal: runs and snapshots. Nobody is kept from reading. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EngineSizes, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { ObjectLedger, type TallystickError } from '../../src/model/index.ts';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import type { IoFault } from '../../testing/disk/io-fault.ts';

/** Four generations of a thousand entries. */
const sizes: EngineSizes = { ...SMALL_SIZES, ringCells: 2 ** 13, sealEntries: 1000, generations: 4, log2Ids: 18 };
const BATCH = 400;
const NO_ROOM: IoFault = { kind: 'error', code: 'disk_full', errno: 'ENOSPC', part: 0.5 };

const batch = (first: number) =>
  Array.from({ length: BATCH }, (_, index) => ({
    id: BigInt(first + index),
    debit_account_id: 1n,
    credit_account_id: 2n,
    amount: 1n,
    ledger: 1,
    code: 1,
  }));

async function opened(storage: FaultyStorage): Promise<ObjectLedger> {
  return new ObjectLedger((await openFolder('/l', { mode: 'inline', storage, sizes })).engine);
}

test('inline: without room for runs a ledger writes as long as memory has room, and reads for ever', async () => {
  const storage = new FaultyStorage();
  const ledger = await opened(storage);
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  storage.faults = ({ kind, path }) => (kind === 'write' && /runs|snapshots/.test(path) ? NO_ROOM : undefined);
  let done = 0;
  const refused = await (async (): Promise<TallystickError> => {
    for (;;) {
      try {
        await ledger.createTransfers(batch(1 + done));
      } catch (error) {
        return error as TallystickError;
      }
      done += BATCH;
      assert.ok(done < 5000, 'memory comes to an end');
    }
  })();
  assert.deepEqual([refused.code, refused.retriable], ['disk_full', true]);
  assert.match(refused.message, /nothing was done, and reads go on/);
  assert.ok(done >= 2000, `${done} entries found room in memory`);
  const complete = async (reader: ObjectLedger): Promise<void> => {
    const ids = Array.from({ length: done }, (_, index) => BigInt(index + 1));
    assert.equal((await reader.lookupTransfers(ids)).length, done);
    assert.equal((await reader.queryTransfers({ limit: 8189 })).length, done);
    assert.equal((await reader.lookupAccounts([1n]))[0]?.debits_posted, BigInt(done));
  };
  await complete(ledger);
  storage.repair();
  for (let tries = 0; ; tries++) {
    const outcome = await ledger.createTransfers(batch(1 + done)).catch((error: TallystickError) => error);
    if (Array.isArray(outcome)) break;
    assert.equal((outcome as TallystickError).code, 'disk_full');
    assert.ok(tries < 300, 'it finds out that there is room');
    await new Promise(setImmediate);
  }
  done += BATCH;
  await complete(ledger);
  await ledger.close();
  const again = await opened(storage);
  await complete(again);
  await again.close();
});

test('inline: a full disk does not keep a ledger from being opened, whatever was not built', async () => {
  const storage = new FaultyStorage();
  const ledger = await opened(storage);
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  for (let first = 1; first < 2400; first += BATCH) await ledger.createTransfers(batch(first));
  await ledger.close();
  for (const name of storage.list('/l/runs')) storage.remove(`/l/runs/${name}`);
  storage.faults = ({ kind, path }) => (kind === 'write' && /runs|snapshots/.test(path) ? NO_ROOM : undefined);
  const again = await opened(storage);
  assert.equal((await again.queryTransfers({ limit: 8189 })).length, 2400);
  storage.repair();
  await again.close();
});
