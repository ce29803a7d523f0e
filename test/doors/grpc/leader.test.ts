/** Several addresses of gRPC are the nodes of a cluster: the client finds the one that leads. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type ConnectOptions, connect, type RemoteLedger } from '../../../src/index.ts';
import { TallystickError } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { GrpcDoorFixture } from './fixture.ts';

const transfer = { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
const follows = (): never => {
  throw new TallystickError('not_leader');
};

async function connectedTo(ports: readonly FakePort[], options: ConnectOptions = {}): Promise<RemoteLedger> {
  const doors = await Promise.all(ports.map((port) => GrpcDoorFixture.openBare({}, port)));
  const ledger = await connect(
    doors.map(({ address }) => address),
    options,
  );
  after(async () => {
    await ledger.close();
    await Promise.all(doors.map((door) => door.close()));
  });
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

test('where nobody leads, a client hears so when its patience is over', async () => {
  const ports = [new FakePort(), new FakePort()];
  for (const port of ports) port.answer = follows;
  const ledger = await connectedTo(ports, { reconnectTimeoutMs: 300 });
  await assert.rejects(ledger.createTransfers([transfer]), { code: 'not_leader', retriable: true });
});

test('a stale read is marked as one, for a call or for all of a connection', async () => {
  const port = new FakePort();
  const ledger = await connectedTo([port], { consistency: 'stale' });
  await ledger.lookupAccounts([1n]);
  await ledger.lookupAccounts([1n], { consistency: 'linearizable' });
  await ledger.createTransfers([transfer]);
  assert.deepEqual(
    port.sent.map(({ context }) => context.consistency),
    ['stale', undefined, undefined],
  );
});

test('addresses are of one kind', async () => {
  await assert.rejects(connect(['grpc://127.0.0.1:1', 'grpcs://127.0.0.1:2']), { code: 'invalid_argument' });
  await assert.rejects(connect(['grpc://127.0.0.1:1', 'tcp://127.0.0.1:2']), { code: 'invalid_argument' });
});
