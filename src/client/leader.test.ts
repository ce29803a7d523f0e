import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { setTimeout as sleep } from 'node:timers/promises';
import { follows, testLeaders, transfer } from '../../test/support/leader-scenarios.ts';
import { nativeServers } from '../../test/support/native-servers.ts';
import { addressOf } from '../../test/support/tcp.ts';
import { FakePort } from '../../testing/ports/fake-port.ts';
import { type ConnectOptions, connect, type RemoteLedger } from './index.ts';

const { serve } = nativeServers();
async function connectedTo(ports: readonly FakePort[], options: ConnectOptions = {}): Promise<RemoteLedger> {
  const servers = await Promise.all(ports.map((port) => serve(port)));
  const ledger = await connect(servers.map(addressOf), options);
  after(() => ledger.close());
  return ledger;
}

testLeaders(connectedTo);

test('a node that has yet to execute what was told is waited for', async () => {
  const ports = [new FakePort(), new FakePort()];
  const nodes = [
    { ledgerId: 7n, op: 5 },
    { ledgerId: 7n, op: 3 },
  ];
  const servers = await Promise.all(ports.map((port, index) => serve(port, { served: nodes[index]! })));
  const ledger = await connect(servers.map(addressOf), { retry: true });
  after(() => ledger.close());
  servers[0]!.destroy();
  await servers[0]!.drain();
  const created = ledger.createTransfers([transfer]);
  await sleep(100);
  assert.equal(ports[1]!.sent.length, 0, 'it is sent nothing while it is behind');
  nodes[1]!.op = 5;
  assert.equal((await created).length, 1);
});

test('a client of one node hears at once that it follows', async () => {
  const port = new FakePort();
  port.answer = follows;
  const ledger = await connectedTo([port]);
  await assert.rejects(ledger.createTransfers([transfer]), { code: 'not_leader' });
  assert.equal(port.sent.length, 1);
});

test('a stale read says so to the server, and the answer how old it may be; creates never say so', async () => {
  const port = new FakePort();
  const served = { ledgerId: 7n, op: 5, ageMs: 40 };
  const server = await serve(port, { served });
  const reader = await connect(addressOf(server), { consistency: 'stale' });
  after(() => reader.close());
  await reader.lookupAccounts([1n]);
  assert.equal(port.sent.at(-1)!.context.consistency, 'stale');
  assert.equal(reader.ageMs, 40);
  assert.equal(reader.pin.lastOp, 5n);
  await reader.lookupAccounts([1n], { consistency: 'linearizable' });
  assert.equal(port.sent.at(-1)!.context.consistency, undefined);
  await reader.createTransfers([transfer]);
  assert.equal(port.sent.at(-1)!.context.consistency, undefined);
  const writer = await connect(addressOf(server));
  after(() => writer.close());
  await writer.lookupAccounts([1n]);
  assert.equal(port.sent.at(-1)!.context.consistency, undefined);
  served.ageMs = 2 ** 32 - 1;
  await writer.lookupAccounts([1n], { consistency: 'stale', timeoutMs: 1000 });
  assert.equal(port.sent.at(-1)!.context.consistency, 'stale');
  assert.equal(writer.ageMs, 2 ** 32 - 1);
});

test('a consistency that does not exist is refused', async () => {
  const wrong = { consistency: 'eventual' } as unknown as ConnectOptions;
  await assert.rejects(connect('tcp://127.0.0.1:1', wrong), { code: 'invalid_argument', message: /linearizable or/ });
  await assert.rejects(connect('grpc://127.0.0.1:1', wrong), { code: 'invalid_argument', message: /linearizable or/ });
  const ledger = await connectedTo([new FakePort()]);
  await assert.rejects(async () => ledger.lookupAccounts([1n], wrong as object), { code: 'invalid_argument' });
});

test('addresses are of one kind', async () => {
  await assert.rejects(connect([]), { code: 'invalid_argument' });
  await assert.rejects(connect(['tcp://127.0.0.1:1', 'tcps://127.0.0.1:2']), { code: 'invalid_argument' });
  await assert.rejects(connect(['tcp://127.0.0.1:1', 'grpc://127.0.0.1:2']), { code: 'invalid_argument' });
});
