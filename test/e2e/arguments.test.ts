/**
 * What programs hand over by mistake is refused by name, nothing of it is done, and the ledger goes on. On threads,
 * inline and in memory.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type AccountInput,
  type ConnectOptions,
  connect,
  type Ledger,
  type OpenOptions,
  open,
  TransferBatch,
  type TransferInput,
} from '../../src/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
let opened = 0;
const account = (id: unknown, rest: object = {}): AccountInput => ({ id, ledger: 1, code: 1, ...rest }) as AccountInput;
const transfer = (id: unknown, rest: object = {}): TransferInput =>
  ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1, ...rest }) as TransferInput;
const wrong = { code: 'invalid_argument', retriable: false };

const ledgers: readonly { readonly name: string; readonly open: () => Promise<Ledger> }[] = [
  { name: 'threads', open: () => open(join(folder, `threads ${opened++}`)) },
  { name: 'inline', open: () => open(join(folder, `inline ${opened++}`), { mode: 'inline' }) },
  { name: 'memory', open: () => open(':memory:') },
];

for (const { name, open: openLedger } of ledgers) {
  test(`fields of the wrong type or size are refused by name, and nothing is done (${name})`, async () => {
    await using ledger = await openLedger();
    await ledger.createAccounts([account(1n), account(2n)]);
    for (const [bad, message] of [
      [account(-1n), /^events\[2\]\.id must be positive/],
      [account(2n ** 128n), /^events\[2\]\.id must fit in 128 bits/],
      [account('3'), /^events\[2\]\.id must be a BigInt/],
      [account(3), /^events\[2\]\.id must be a BigInt/],
      [account(undefined), /^events\[2\]\.id must be a BigInt/],
      [account(3n, { user_data_64: 2n ** 64n }), /^events\[2\]\.user_data_64 /],
      [account(3n, { code: 65_536 }), /^events\[2\]\.code must/],
      [account(3n, { ledger: '1' }), /^events\[2\]\.ledger must/],
      [account(3n, { code: 1.5 }), /^events\[2\]\.code must/],
      [account(3n, { ledger: -1 }), /^events\[2\]\.ledger must/],
      [account(3n, { usr_data_64: 1n }), /^events\[2\]\.usr_data_64 is no field/],
      [null, /must be defined/],
      [undefined, /must be defined/],
    ] as [AccountInput, RegExp][]) {
      // Behind good ones: the request is refused as a whole.
      await assert.rejects(ledger.createAccounts([account(7n), account(8n), bad]), { ...wrong, message });
    }
    await assert.rejects(ledger.createTransfers([transfer(7n), transfer(8n, { amount: -1n })]), wrong);
    await assert.rejects(ledger.createTransfers([transfer(7n), transfer(8n, { timeout: 1n })]), wrong);
    for (const bad of [{ amount: undefined }, { amount: null }, { ammount: 1n }, { flags: 4, amount: undefined }]) {
      await assert.rejects(ledger.createTransfers([transfer(7n), transfer(8n, bad)]), { ...wrong, index: 1 });
    }
    await assert.rejects(ledger.createTransfers('transfers' as unknown as TransferInput[]), wrong);
    await assert.rejects(ledger.lookupAccounts(['1'] as unknown as bigint[]), wrong);
    await assert.rejects(ledger.getAccountTransfers({ account_id: -1n, limit: 1, flags: 3 }), wrong);
    await assert.rejects(ledger.queryTransfers(undefined as never), wrong);
    assert.deepEqual(await ledger.lookupAccounts([7n, 8n]), []);
    assert.deepEqual(await ledger.lookupTransfers([7n]), []);
    const [result] = await ledger.createTransfers([transfer(7n)]);
    assert.equal((await ledger.lookupTransfers([7n]))[0]?.timestamp, result?.timestamp, 'and the ledger goes on');
  });

  test(`a request of 8,189 events is taken, one of 8,190 refused (${name})`, async () => {
    await using ledger = await openLedger();
    await ledger.createAccounts([account(1n), account(2n)]);
    const many = Array.from({ length: 8189 }, (_, index) => transfer(BigInt(100 + index)));
    assert.equal((await ledger.createTransfers(many)).length, 8189);
    await assert.rejects(ledger.createTransfers([...many, transfer(1n)]), { code: 'too_much_data' });
    await assert.rejects(ledger.lookupTransfers(Array.from({ length: 8190 }, () => 1n)), { code: 'too_much_data' });
    await assert.rejects(ledger.queryTransfers({ limit: 8190 }), { code: 'too_much_data' });
    assert.throws(() => new TransferBatch(8190), wrong);
    assert.equal((await ledger.lookupTransfers(many.map(({ id }) => id))).length, 8189);
  });

  test(`a ledger that was closed says so to every call, and may be closed again (${name})`, async () => {
    await using ledger = await openLedger();
    const last = ledger.createAccounts([account(50n)]);
    const closed = ledger.close();
    assert.equal((await last).length, 1, 'what was in flight is answered');
    await closed;
    await ledger.close();
    const gone = { code: 'closed' };
    await assert.rejects(ledger.createAccounts([account(51n)]), gone);
    await assert.rejects(ledger.createTransfers([]), gone);
    await assert.rejects(ledger.createTransfers(new TransferBatch(1)), gone);
    await assert.rejects(ledger.lookupAccounts([1n]), gone);
    await assert.rejects(ledger.lookupTransfers([1n]), gone);
    await assert.rejects(ledger.getAccountTransfers({ account_id: 1n, limit: 1, flags: 3 }), gone);
    await assert.rejects(ledger.getAccountBalances({ account_id: 1n, limit: 1, flags: 3 }), gone);
    await assert.rejects(ledger.queryAccounts({ limit: 1 }), gone);
    await assert.rejects(ledger.queryTransfers({ limit: 1 }), gone);
    await assert.rejects(ledger.getChangeEvents({ limit: 1 }), gone);
  });
}

test('connect refuses options that make no sense before it connects', async () => {
  for (const options of [{ retries: true }, { lane: 'fast' }, { cluster: 1 }, { timeoutMs: '5' }, { retry: 1 }, null]) {
    await assert.rejects(connect('tcp://127.0.0.1:1', options as ConnectOptions), wrong);
  }
  for (const timeout of [-1, Number.NaN, '5']) {
    for (const name of ['connectTimeoutMs', 'reconnectTimeoutMs', 'timeoutMs']) {
      await assert.rejects(connect('tcp://127.0.0.1:1', { [name]: timeout } as ConnectOptions), wrong);
    }
  }
});

test('a ledger in memory is turned by a BigInt, and neither turned nor copied when it is closed', async () => {
  const ledger = await open(':memory:', { now: 1n });
  await assert.rejects(ledger.advance(5 as unknown as bigint), wrong);
  await ledger.close();
  await assert.rejects(ledger.advance(5n), { code: 'closed' });
  assert.throws(() => ledger.fork(), { code: 'closed' });
});

test('open refuses what is no path and options that are none', async () => {
  for (const path of ['', 5, undefined, null, 'a\0b']) await assert.rejects(open(path as string), wrong);
  for (const options of [
    { mode: 'threadz' },
    { wait: 'never' },
    { mode: 'inline', wait: 1 },
    { creat: false },
    { now: 1n },
    null,
  ]) {
    await assert.rejects(open(join(folder, 'never'), options as OpenOptions), wrong);
  }
  for (const options of [{ creat: false }, { reserve: 5 }, { create: false }, { mode: 'threads', now: 1n }]) {
    await assert.rejects(open(':memory:', options as object), { ...wrong, field: Object.keys(options).at(-1) });
  }
  for (const now of [5, -1n, 2n ** 63n]) await assert.rejects(open(':memory:', { now: now as bigint }), wrong);
});
