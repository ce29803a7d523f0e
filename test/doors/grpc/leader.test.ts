/** Several addresses of gRPC are the nodes of a cluster: the client finds the one that leads. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type ConnectOptions, connect, type RemoteLedger } from '../../../src/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { testLeaders, transfer } from '../../support/leader-scenarios.ts';
import { GrpcDoorFixture } from './fixture.ts';

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

testLeaders(connectedTo);

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
