import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { setTimeout as sleep } from 'node:timers/promises';

import { nativeServers } from '../../test/support/native-servers.ts';
import { addressOf } from '../../test/support/tcp.ts';
import { FakePort } from '../../testing/ports/fake-port.ts';
import { TallystickError } from '../model/index.ts';
import { type ConnectOptions, connect, type RemoteLedger } from './index.ts';

const { serve } = nativeServers();
const transfer = { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
const follows = (): never => {
  throw new TallystickError('not_leader');
};

async function connectedTo(ports: readonly FakePort[], options: ConnectOptions = {}): Promise<RemoteLedger> {
  const servers = await Promise.all(ports.map((port) => serve(port)));
  const ledger = await connect(servers.map(addressOf), options);
  after(() => ledger.close());
  return ledger;
}

test('a client that knows several nodes asks until one leads, and does everything there once', async () => {
  const [first, second, third] = [new FakePort(), new FakePort(), new FakePort()];
  first.answer = follows;
  second.answer = follows;
  const ledger = await connectedTo([first, second, third]);
  const results = await Promise.all([1n, 2n, 3n].map((id) => ledger.createTransfers([{ ...transfer, id }])));
  assert.equal(results.length, 3);
  assert.equal(third.sent.length, 3);
  third.answer = follows;
  second.answer = () => new Uint8Array(0);
  assert.deepEqual(await ledger.lookupAccounts([1n]), []);
});

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

test('where nobody leads, a client hears so when its patience is over', async () => {
  const ports = [new FakePort(), new FakePort()];
  for (const port of ports) port.answer = follows;
  const ledger = await connectedTo(ports, { reconnectTimeoutMs: 300 });
  await assert.rejects(ledger.createTransfers([transfer]), { code: 'not_leader', retriable: true });
});

test('a client of one node hears at once that it follows', async () => {
  const port = new FakePort();
  port.answer = follows;
  const ledger = await connectedTo([port]);
  await assert.rejects(ledger.createTransfers([transfer]), { code: 'not_leader' });
  assert.equal(port.sent.length, 1);
});

test('addresses are of one kind', async () => {
  await assert.rejects(connect([]), { code: 'invalid_argument' });
  await assert.rejects(connect(['tcp://127.0.0.1:1', 'tcps://127.0.0.1:2']), { code: 'invalid_argument' });
  await assert.rejects(connect(['tcp://127.0.0.1:1', 'grpc://127.0.0.1:2']), { code: 'invalid_argument' });
});
