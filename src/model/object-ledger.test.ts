import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakePort, resultsOf } from '../../testing/ports/fake-port.ts';
import {
  AccountBatch,
  type AccountInput,
  Cells,
  CreateTransferStatus,
  decodeAccountFilter,
  decodeTransfer,
  type ErrorCode,
  encodeTransfer,
  type Ledger,
  Operation,
  TallystickError,
  TransferBatch,
  type TransferInput,
} from './index.ts';
import { ObjectLedger } from './object-ledger.ts';

const transfer = { id: 1n, debit_account_id: 2n, credit_account_id: 3n, amount: 4n, ledger: 5, code: 6 };

function open(): { port: FakePort; ledger: ObjectLedger } {
  const port = new FakePort();
  return { port, ledger: new ObjectLedger(port) };
}

const code = (expected: ErrorCode) => (error: unknown) => error instanceof TallystickError && error.code === expected;

test('objects become cells, results become objects', async () => {
  const { port, ledger } = open();
  port.answer = ({ count }) => resultsOf(count, CreateTransferStatus.created);
  const results = await ledger.createTransfers([transfer, { ...transfer, id: 7n }]);
  assert.deepEqual(results, [
    { timestamp: 1n, status: CreateTransferStatus.created, reserved: 0 },
    { timestamp: 2n, status: CreateTransferStatus.created, reserved: 0 },
  ]);
  assert.equal(port.sent.length, 1);
  assert.equal(port.sent[0]!.operation, Operation.create_transfers);
  assert.equal(decodeTransfer(port.sent[0]!.cells, 128).id, 7n);
});

test('a batch becomes the same cells, and is free as soon as the call returns', async () => {
  const { port, ledger } = open();
  port.answer = ({ count }) => resultsOf(count, CreateTransferStatus.exists);
  const batch = new TransferBatch(4);
  batch.add(transfer);
  batch.add({ ...transfer, id: 7n });
  const answer = ledger.createTransfers(batch);
  batch.clear();
  batch.add({ id: 9n, amount: 0n });
  const results = await answer;
  assert.equal(results.count, 2);
  assert.equal(results.firstFailure(), 0);
  const fromObjects = open();
  await fromObjects.ledger.createTransfers([transfer, { ...transfer, id: 7n }]);
  assert.deepEqual(port.sent[0]!.cells.bytes, fromObjects.port.sent[0]!.cells.bytes);
});

test('an empty batch and an empty array are answered without a request', async () => {
  const { port, ledger } = open();
  assert.equal((await ledger.createAccounts(new AccountBatch(1))).count, 0);
  assert.deepEqual(await ledger.createAccounts([]), []);
  assert.equal(port.sent.length, 0);
});

test('each verb sends its own operation', async () => {
  const { port, ledger } = open();
  await ledger.createAccounts([{ id: 1n, ledger: 1, code: 1 }]);
  await ledger.createTransfers([transfer]);
  await ledger.lookupAccounts([1n]);
  await ledger.lookupTransfers(['00000000-0000-0000-0000-000000000001']);
  await ledger.getAccountTransfers({ account_id: 1n });
  await ledger.getAccountBalances({ account_id: 1n });
  await ledger.queryAccounts({});
  await ledger.queryTransfers({});
  await ledger.getChangeEvents({});
  assert.deepEqual(
    port.sent.map((sent) => Operation[sent.operation]),
    [
      'create_accounts',
      'create_transfers',
      'lookup_accounts',
      'lookup_transfers',
      'get_account_transfers',
      'get_account_balances',
      'query_accounts',
      'query_transfers',
      'get_change_events',
    ],
  );
  assert.equal(decodeAccountFilter(port.sent[4]!.cells, 0).limit, 8189);
});

test('replies are read into records', async () => {
  const { port, ledger } = open();
  const reply = Cells.of(256);
  encodeTransfer(reply, 0, transfer);
  encodeTransfer(reply, 128, { ...transfer, id: 2n ** 127n, timestamp: 8n });
  port.answer = () => reply.bytes;
  const found = await ledger.lookupTransfers([1n, 2n]);
  assert.deepEqual(found[1], {
    ...transfer,
    id: 2n ** 127n,
    pending_id: 0n,
    user_data_128: 0n,
    user_data_64: 0n,
    user_data_32: 0,
    timeout: 0,
    flags: 0,
    timestamp: 8n,
  });
});

test('what is refused is refused in order: closed, no array, too many, then the first bad field', async () => {
  const { port, ledger } = open();
  const bad = undefined as unknown as TransferInput;
  const sparse: TransferInput[] = [];
  sparse.length = 0xffff_ffff;
  await assert.rejects(ledger.createTransfers(sparse), code('too_much_data'));
  await assert.rejects(ledger.createTransfers(Array(8190).fill(bad)), code('too_much_data'));
  await assert.rejects(ledger.lookupAccounts(Array(8190).fill(1n)), code('too_much_data'));
  await assert.rejects(ledger.createTransfers(Array(8189).fill(bad)), { message: 'events[0].id must be defined' });
  for (const none of [undefined, {}, new Uint8Array(3), 'x']) {
    await assert.rejects(ledger.createAccounts(none as unknown as AccountInput[]), {
      message: 'Array argument must be an [object Array].',
    });
  }
  await ledger.close();
  await assert.rejects(ledger.createTransfers(sparse), code('closed'));
  await assert.rejects(ledger.createTransfers(new TransferBatch(1)), code('closed'));
  await assert.rejects(ledger.createAccounts([]), code('closed'));
  await assert.rejects(ledger.queryAccounts({ limit: 9_000 }), code('closed'));
  assert.equal(port.sent.length, 0);
});

test('a query that asks for more than fits is refused, after its fields were checked', async () => {
  const { port, ledger } = open();
  const tooMuch = code('too_much_data');
  await assert.rejects(ledger.getAccountTransfers({ account_id: 1n, limit: 8190 }), tooMuch);
  await assert.rejects(ledger.getAccountBalances({ account_id: 1n, limit: -1 }), { message: 'limit must be a u32.' });
  await assert.rejects(ledger.queryAccounts({ limit: 8190 }), tooMuch);
  await assert.rejects(ledger.queryTransfers({ limit: 8190 }), tooMuch);
  await assert.rejects(ledger.getChangeEvents({ limit: 2731 }), tooMuch);
  await assert.rejects(ledger.queryTransfers({ limit: 8190, code: -1 }), { message: 'code must be a u16.' });
  await assert.rejects(ledger.getAccountTransfers(undefined as never), { message: 'account_id must be defined' });
  await assert.rejects(ledger.queryTransfers(undefined as never), { message: 'user_data_128 must be defined' });
  assert.equal(port.sent.length, 0);
});

test('closing twice closes once, and `await using` closes', async () => {
  const { port, ledger } = open();
  await Promise.all([ledger.close(), ledger.close()]);
  assert.equal(port.closed, 1);
  const second = open();
  {
    await using held: Ledger = second.ledger;
    await held.lookupAccounts([1n]);
  }
  assert.equal(second.port.closed, 1);
});

test('a query is answered with no more than its limit, a create with one result for each event', async () => {
  const port = new FakePort();
  const ledger = new ObjectLedger(port);
  const wrong = { code: 'frame_invalid' };
  port.answer = () => new Uint8Array(3 * 128);
  assert.equal((await ledger.queryTransfers({ limit: 3 })).length, 3);
  await assert.rejects(ledger.queryTransfers({ limit: 2 }), wrong);
  await assert.rejects(ledger.queryAccounts({ limit: 2 }), wrong);
  await assert.rejects(ledger.getAccountTransfers({ account_id: 1n, limit: 1 }), wrong);
  await assert.rejects(ledger.getAccountBalances({ account_id: 1n, limit: 1 }), wrong);
  await assert.rejects(ledger.getChangeEvents({ limit: 0 }), wrong);
  for (const results of [0, 1, 3]) {
    port.answer = () => resultsOf(results, CreateTransferStatus.created);
    await assert.rejects(ledger.createTransfers([transfer, { ...transfer, id: 7n }]), wrong);
  }
});

test('options and fields that there are not are refused by name, with the event that has them', async () => {
  const { port, ledger } = open();
  const misspelt = { ...transfer, ammount: 5n };
  await assert.rejects(ledger.createTransfers([transfer, misspelt]), { index: 1, field: 'ammount' });
  await assert.rejects(ledger.queryTransfers({ limt: 5 } as object), { code: 'invalid_argument', field: 'limt' });
  await assert.rejects(async () => ledger.lookupAccounts([1n], { timeout: 5 } as object), { field: 'timeout' });
  assert.equal(port.sent.length, 0);
});

test('as tigerbeetle-node takes events: names are ignored, numbers wrap, an amount must be there', async () => {
  const port = new FakePort();
  const ledger = new ObjectLedger(port, false);
  await ledger.createTransfers([{ ...transfer, ammount: 5n, flags: 1.5, ledger: -1 } as TransferInput]);
  const { amount, flags, ledger: wrapped } = decodeTransfer(port.sent[0]!.cells, 0);
  assert.deepEqual([amount, flags, wrapped], [4n, 1, 0xffff_ffff]);
  await ledger.queryTransfers({ limt: 5 } as object);
  const { amount: _, ...without } = transfer;
  await assert.rejects(ledger.createTransfers([without as TransferInput]), { message: 'amount must be a BigInt' });
});

test('what another process answers is whole records, and no more than were asked for', async () => {
  const port = new FakePort();
  const ledger = new ObjectLedger(port);
  for (const [size, records] of [
    [128, 1],
    [256, undefined],
    [100, undefined],
    [0, 0],
  ] as const) {
    port.answer = () => new Uint8Array(size);
    const asked = ledger.lookupAccounts([1n]);
    if (records === undefined) await assert.rejects(asked, { code: 'frame_invalid', message: /records of 128/ });
    else assert.equal((await asked).length, records);
  }
});
