import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultsOf } from '../../testing/ports/fake-port.ts';
import { AccountBatch, Cells, CreateTransferStatus, ResultBatch, TransferBatch } from './index.ts';

test('a batch reads back what was added, as objects or field by field', () => {
  const batch = new TransferBatch(2);
  assert.equal(batch.add({ id: 1n, debit_account_id: 2n, credit_account_id: 3n, amount: 4n, ledger: 5, code: 6 }), 0);
  const index = batch.add();
  batch.setId(index, '00000000-0000-0000-0000-000000000001');
  batch.setDebitAccountId(index, 2n);
  batch.setCreditAccountId(index, 3n);
  batch.setAmount(index, 4n);
  batch.setLedger(index, 5);
  batch.setCode(index, 6);
  assert.equal(batch.count, 2);
  assert.equal(batch.bytes.length, 256);
  assert.deepEqual(batch.get(0), batch.get(1));
  assert.throws(() => batch.add(), { code: 'too_much_data', message: 'The batch is full: it holds 2.' });
});

test('a batch that was cleared is empty, and what it held before does not shine through', () => {
  const batch = new AccountBatch(1);
  batch.add({ id: 1n, ledger: 2, code: 3, flags: 4 });
  batch.clear();
  assert.equal(batch.count, 0);
  assert.throws(() => batch.get(0), { code: 'invalid_argument' });
  assert.throws(() => batch.setId(0, 1n), { code: 'invalid_argument' });
  batch.add();
  assert.ok(batch.bytes.every((byte) => byte === 0));
});

test('half an index is none: it would write across two fields', () => {
  const batch = new TransferBatch(2);
  batch.add({ id: 1n, amount: 4n });
  const before = batch.bytes.slice();
  for (const index of [0.5, -1, 1, Number.NaN, '0' as unknown as number]) {
    assert.throws(() => batch.setAmount(index, 5n), { code: 'invalid_argument' });
    assert.throws(() => batch.get(index), { code: 'invalid_argument' });
  }
  assert.throws(() => batch.setFlags(0, 1.5), { code: 'invalid_argument', field: 'flags' });
  assert.deepEqual(batch.bytes, before);
});

test('an event that cannot be written is not added', () => {
  const batch = new TransferBatch(8);
  assert.throws(() => batch.add({ id: -1n, amount: 0n }), { message: 'id must be positive' });
  assert.equal(batch.count, 0);
});

test('a batch holds from 1 to 8189 events', () => {
  assert.equal(new TransferBatch().capacity, 8189);
  for (const capacity of [0, 8190, -1, 1.5, Number.NaN]) {
    assert.throws(() => new AccountBatch(capacity), { code: 'invalid_argument' });
  }
});

test('results outlive the memory they were read from', () => {
  const cells = Cells.of(64);
  cells.bytes.set(resultsOf(3, CreateTransferStatus.created), 16);
  const results = new ResultBatch<CreateTransferStatus>(cells, 16, 48);
  cells.bytes.fill(0);
  assert.equal(results.count, 3);
  assert.equal(results.firstFailure(), -1);
  assert.equal(results.timestamp(2), 3n);
  assert.equal(results.status(0), CreateTransferStatus.created);
  assert.throws(() => results.status(3), { code: 'invalid_argument' });
  assert.deepEqual(results.toArray()[1], { timestamp: 2n, status: CreateTransferStatus.created });
});

test('the first failure is the first event that was not created now', () => {
  const cells = Cells.of(48);
  cells.bytes.set(resultsOf(3, CreateTransferStatus.created));
  cells.view.setUint32(24, CreateTransferStatus.exists, true);
  assert.equal(new ResultBatch(cells, 0, 48).firstFailure(), 1);
});
