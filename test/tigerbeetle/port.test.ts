/** The port to TigerBeetle: addresses, order, evictions, callers who leave; by a fake of its client. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectTigerBeetle, parseTigerBeetle } from '../../src/client/index.ts';
import { connect } from '../../src/index.ts';
import { ObjectLedger, type TransferInput } from '../../src/model/index.ts';
import { FakeTigerBeetleClient } from '../../testing/ports/tigerbeetle-client.ts';
import { connectFake } from './fake.ts';

const accounts = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));

function transfers(first: bigint, count: number): TransferInput[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ id: first + BigInt(index), debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 },
  }));
}

test('an address names replicas and a cluster, and nothing else', () => {
  const three = { replicas: ['10.0.0.1:3000', 'b:3001', '[::1]:3002'], cluster: 7n };
  assert.deepEqual(parseTigerBeetle('tigerbeetle://10.0.0.1:3000,b,[::1]:3002?cluster=7'), three);
  assert.deepEqual(parseTigerBeetle(['tigerbeetle://10.0.0.1:3000', 'b', '[::1]:3002?cluster=0x7']), three);
  assert.deepEqual(parseTigerBeetle('tigerbeetle://a', 3n), { replicas: ['a:3001'], cluster: 3n });
  for (const wrong of ['tigerbeetle://', 'tigerbeetle://a,,b', 'tigerbeetle://a/b', 'tigerbeetle://u@a']) {
    assert.throws(() => parseTigerBeetle(wrong), { code: 'invalid_argument' }, wrong);
  }
  for (const wrong of ['cluster=-1', `cluster=${2n ** 128n}`, 'cluster=x', 'token=y', 'cluster=1&cluster=2']) {
    assert.throws(() => parseTigerBeetle(`tigerbeetle://a?${wrong}`), { code: 'invalid_argument' }, wrong);
  }
});

test('requests stay in their order, though the client of TigerBeetle lets small ones pass large ones', async () => {
  const { port } = await connectFake();
  const ledger = new ObjectLedger(port);
  await ledger.createAccounts(accounts);
  // Of these, the client alone would put the fourth into the message of the second.
  const [, , , last, seen] = await Promise.all([
    ledger.createTransfers(transfers(1n, 10)),
    ledger.createTransfers(transfers(100n, 5000)),
    ledger.createTransfers(transfers(10_000n, 5000)),
    ledger.createTransfers(transfers(14_999n, 1)),
    ledger.lookupAccounts([1n]),
    ledger.createTransfers(transfers(20_000n, 10)),
  ]);
  assert.equal(last[0]!.status, 46, 'the fourth finds what the third has done: exists');
  assert.equal(seen[0]!.debits_posted, 10_010n, 'the lookup sees what came before it and no more');
  await ledger.close();
});

test('without our order the fake reorders: the test above can fail', async () => {
  const client = new FakeTigerBeetleClient();
  const rest = {
    ...{ pending_id: 0n, user_data_128: 0n, user_data_64: 0n, user_data_32: 0, timeout: 0 },
    timestamp: 0n,
  };
  const full = (first: bigint, count: number) => transfers(first, count).map((one) => ({ ...rest, flags: 0, ...one }));
  const heard: number[] = [];
  const ask = (name: number, answer: Promise<unknown>) => answer.then(() => heard.push(name));
  await Promise.all([
    ask(1, client.createTransfers(full(1n, 10) as never)),
    ask(2, client.createTransfers(full(100n, 5000) as never)),
    ask(3, client.createTransfers(full(10_000n, 5000) as never)),
    ask(4, client.createTransfers(full(14_999n, 1) as never)),
  ]);
  assert.deepEqual(heard, [1, 2, 4, 3]);
});

test('a client that the cluster evicts is replaced; what it had under way is unknown', async () => {
  const { port, clients } = await connectFake();
  const ledger = new ObjectLedger(port);
  await ledger.createAccounts(accounts);
  clients[0]!.silent = true;
  const lost = ledger.createTransfers(transfers(1n, 1));
  clients[0]!.evict();
  await assert.rejects(lost, { code: 'connection_lost', retriable: true });
  assert.equal((await ledger.createTransfers(transfers(1n, 1))).length, 1);
  assert.equal(clients.length, 2);
  await ledger.close();
});

test('a caller whose time is over hears whether anything can have been done', async () => {
  const { port, clients } = await connectFake();
  const ledger = new ObjectLedger(port);
  await ledger.createAccounts(accounts);
  clients[0]!.silent = true;
  const context = { timeoutMs: 30 };
  const create = (first: bigint): Promise<number> =>
    port.request({
      ...{ operation: 147, count: 1, context },
      write: ({ view }, at) => view.setBigUint64(at, first, true),
      read: (_cells, _at, size) => size,
    });
  const [sent, waits, third, read] = await Promise.allSettled([
    create(1n),
    create(2n),
    ledger.queryTransfers({}, context),
    ledger.lookupAccounts([1n], context),
  ]);
  const codeOf = (settled: PromiseSettledResult<unknown>): unknown =>
    settled.status === 'rejected' ? settled.reason.code : settled.value;
  assert.deepEqual([codeOf(sent), codeOf(waits)], ['timed_out', 'timed_out']);
  assert.deepEqual([codeOf(third), codeOf(read)], ['deadline_exceeded', 'deadline_exceeded']);
  await port.close(0);
});

test('what TigerBeetle lacks is `unsupported`, and a cluster that does not answer is `unreachable`', async () => {
  const { port } = await connectFake();
  const ledger = new ObjectLedger(port);
  for (const call of [
    () => ledger.getChangeEvents({}),
    () => ledger.lookupPendings([1n]),
    () => ledger.getSnapshot(),
    () => ledger.searchTransfers({ limit: 1 }),
    () => ledger.sumTransfers({}),
    () => ledger.lookupAccountsAt([1n], 1n),
  ]) {
    await assert.rejects(call(), { code: 'unsupported', retriable: false });
  }
  await ledger.close();
  const silent = (): FakeTigerBeetleClient => Object.assign(new FakeTigerBeetleClient(), { silent: true });
  const load = async (): Promise<{ createClient: typeof silent }> => ({ createClient: silent });
  const soon = { connectTimeoutMs: 50 };
  await assert.rejects(connectTigerBeetle('tigerbeetle://127.0.0.1', soon, load), { code: 'unreachable' });
  await assert.rejects(connectTigerBeetle('tigerbeetle://127.0.0.1', { lane: 'high' } as never, load), {
    code: 'invalid_argument',
  });
});

test('the package itself is loaded, takes our addresses, and lets go of a cluster that is not there', async () => {
  const options = { connectTimeoutMs: 300 };
  await assert.rejects(connect('tigerbeetle://127.0.0.1:1,localhost:2?cluster=5', options), { code: 'unreachable' });
  await assert.rejects(connect('tigerbeetle://127.0.0.1:1', { token: 'x' }), { code: 'invalid_argument' });
});
