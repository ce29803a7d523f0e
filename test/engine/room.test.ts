/** A ledger that has no room for more of something says so, and goes on with everything that needs none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EngineSizes, openMemory, SMALL_SIZES } from '../../src/engine/index.ts';
import {
  CreateTransferStatus,
  type Ledger,
  ObjectLedger,
  type Transfer,
  TransferFlags,
  type TransferInput,
} from '../../src/model/index.ts';

/** The ring's cells are kept free, for all of them may be on their way. */
const RING = 2 ** 14;

function begin(sizes: Partial<EngineSizes>): Ledger {
  return new ObjectLedger(openMemory({ sizes: { ...SMALL_SIZES, ringCells: RING, ...sizes } }).engine);
}

const accounts = (first: number, count: number): { id: bigint; ledger: number; code: number }[] =>
  Array.from({ length: count }, (_, index) => ({ id: BigInt(first + index), ledger: 1, code: 1 }));

const transfer = (id: number, rest: Partial<Transfer> = {}): TransferInput => ({
  id: BigInt(id),
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: 1n,
  ledger: 1,
  code: 1,
  ...rest,
});

test('no more accounts than it was opened for', async () => {
  await using ledger = begin({ accountsMax: RING + 100 });
  await ledger.createAccounts(accounts(1, 101));
  await assert.rejects(ledger.createAccounts(accounts(200, 1)), { code: 'too_many_accounts', retriable: false });
  const [result] = await ledger.createTransfers([transfer(1)]);
  assert.equal(result?.status, CreateTransferStatus.created);
  assert.equal((await ledger.lookupAccounts([1n, 101n, 200n])).length, 2);
});

test('no more open pending transfers than it was opened for, until some are posted or voided', async () => {
  await using ledger = begin({ pendingsMax: RING + 100 });
  await ledger.createAccounts(accounts(1, 2));
  const pending = (id: number): TransferInput => transfer(id, { flags: TransferFlags.pending });
  await ledger.createTransfers(Array.from({ length: 101 }, (_, index) => pending(1 + index)));
  await assert.rejects(ledger.createTransfers([transfer(500), pending(501)]), {
    code: 'too_many_pendings',
    retriable: true,
  });
  assert.deepEqual(await ledger.lookupTransfers([500n]), [], 'nothing of the request is done');

  const [plain] = await ledger.createTransfers([transfer(502)]);
  assert.equal(plain?.status, CreateTransferStatus.created, 'transfers that reserve nothing go on');
  const post = transfer(503, { pending_id: 1n, flags: TransferFlags.post_pending_transfer });
  const doomed = transfer(504, { pending_id: 2n, amount: 0n, flags: TransferFlags.void_pending_transfer });
  const endings = await ledger.createTransfers([post, doomed]);
  assert.deepEqual(
    endings.map(({ status }) => status),
    [CreateTransferStatus.created, CreateTransferStatus.created],
    'and so do those that give back',
  );
  const [again] = await ledger.createTransfers([pending(505)]);
  assert.equal(again?.status, CreateTransferStatus.created);
});

test('a ledger that is full can still be read', async () => {
  await using ledger = begin({ entriesMax: RING + 100 });
  await ledger.createAccounts(accounts(1, 2));
  await ledger.createTransfers(Array.from({ length: 101 }, (_, index) => transfer(1 + index)));
  await assert.rejects(ledger.createTransfers([transfer(500)]), { code: 'memory_full' });
  assert.equal((await ledger.lookupTransfers([1n, 101n, 500n])).length, 2);
  assert.equal((await ledger.queryTransfers({ limit: 8189 })).length, 101);
  await ledger.createAccounts(accounts(3, 1));
});
