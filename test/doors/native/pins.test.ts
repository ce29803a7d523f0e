/** A client and servers that tell their ledgers: at several addresses, in each answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NativeServer, Served } from '../../../packages/server/src/server/index.ts';
import { type ConnectOptions, connect } from '../../../src/client/index.ts';
import { Session } from '../../../src/client/session.ts';
import { CreateAccountStatus, ObjectLedger, type Pin } from '../../../src/model/index.ts';
import { FakePort, resultsOf } from '../../../testing/ports/fake-port.ts';
import { grpcAddress, grpcServers } from '../../support/grpc-servers.ts';
import { nativeServers } from '../../support/native-servers.ts';
import { addressOf } from '../../support/tcp.ts';

const native = nativeServers();
const grpc = grpcServers();
const account = { id: 1n, ledger: 1, code: 1 };

function port(): FakePort {
  const creates = new FakePort();
  creates.answer = ({ count }) => resultsOf(count, CreateAccountStatus.created);
  return creates;
}

/** A ledger over all the addresses. */
async function over(servers: readonly NativeServer[], pin?: Pin): Promise<ObjectLedger & { session: Session }> {
  const session = new Session({
    addresses: servers.map(({ address }) => address),
    cluster: 0n,
    connectTimeoutMs: 5000,
    reconnectTimeoutMs: 20_000,
    retry: true,
    lane: 0,
    ...(pin && { pin }),
  });
  const ledger = Object.assign(new ObjectLedger(session), { session });
  native.endings.push(() => ledger.close());
  return ledger;
}

test('of several addresses, those with another ledger or an older one are passed over', async () => {
  const ports = [port(), port(), port()] as const;
  const other = await native.serve(ports[0], { served: { ledgerId: 8n, op: 99 } });
  const older = await native.serve(ports[1], { served: { ledgerId: 9n, op: 4 } });
  const right = await native.serve(ports[2], { served: { ledgerId: 9n, op: 5 } });
  const pin = { ledgerId: 9n, lastOp: 5n };
  const ledger = await over([other, older, right], pin);
  await ledger.createAccounts([account]);
  assert.deepEqual([ports[0].sent.length, ports[1].sent.length, ports[2].sent.length], [0, 0, 1]);

  right.destroy();
  await right.drain();
  for (let round = 0; round < 4; round++) {
    await assert.rejects(ledger.createAccounts([account]), (error: { code: string }) =>
      ['ledger_changed', 'ledger_behind'].includes(error.code),
    );
  }
  assert.deepEqual([ports[0].sent.length, ports[1].sent.length], [0, 0]);
  assert.deepEqual(ledger.session.pin, pin);
});

test('the first server that is met says which ledger it is', async () => {
  const [first, second] = [port(), port()];
  const servers = [
    await native.serve(first, { served: { ledgerId: 1n, op: 0 } }),
    await native.serve(second, { served: { ledgerId: 2n, op: 0 } }),
  ] as const;
  const ledger = await over(servers);
  assert.equal(ledger.session.pin, undefined);
  await ledger.createAccounts([account]);
  assert.deepEqual(ledger.session.pin, { ledgerId: 1n, lastOp: 0n });
  servers[0].destroy();
  await servers[0].drain();
  await assert.rejects(ledger.createAccounts([account]), { code: 'ledger_changed', retriable: false });
  assert.equal(second.sent.length, 0);
});

test('every answer moves the pin on, and none moves it back', async () => {
  const served = { ledgerId: 7n, op: 2 ** 32 + 5 };
  const told: Served = served;
  const doors: readonly ((options?: ConnectOptions) => Promise<{ pin: Pin } & ObjectLedger>)[] = [
    async (options) => connect(addressOf(await native.serve(port(), { served: told })), options),
    async (options) => connect(grpcAddress(await grpc.serve(port(), { served: told })), options),
  ];
  for (const enter of doors) {
    served.op = 2 ** 32 + 5;
    const ledger = await enter({ pin: { ledgerId: 7n, lastOp: 3n } });
    assert.deepEqual(ledger.pin, { ledgerId: 7n, lastOp: 2n ** 32n + 5n });
    served.op = 2 ** 33 + 1;
    await ledger.createAccounts([account]);
    assert.equal(ledger.pin.lastOp, 2n ** 33n + 1n);
    served.op = 6;
    await ledger.createAccounts([account]);
    assert.equal(ledger.pin.lastOp, 2n ** 33n + 1n);
    await ledger.close();
    served.op = 2;
    await assert.rejects(enter({ pin: { ledgerId: 7n, lastOp: 3n } }), { code: 'ledger_behind' });
    await assert.rejects(enter({ pin: { ledgerId: -1n, lastOp: 3n } }), { code: 'invalid_argument' });
    await assert.rejects(enter({ pin: { ledgerId: 7n, lastOp: 2n ** 53n } }), { code: 'invalid_argument' });
  }
});
