/** What the gRPC door tells of its ledger, and how a call that means another one is refused; made by grpc-js. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { formatPin } from '../../../src/model/index.ts';
import { FakePort, resultsOf } from '../../../testing/ports/fake-port.ts';
import { GrpcDoorFixture } from './fixture.ts';
import { GrpcJsClient, u128 } from './grpc-js.ts';
import { create } from './held.ts';

const PIN = 'tallystick-pin';
const served = { ledgerId: 7n, op: 5 };
const told = formatPin({ ledgerId: 7n, lastOp: 5n });
const port = new FakePort();
port.answer = ({ count }) => resultsOf(count, 0xffff_ffff);
let door: GrpcDoorFixture;
let client: GrpcJsClient;
before(async () => {
  door = await GrpcDoorFixture.openBare({ served }, port);
  client = new GrpcJsClient(door.authority);
});
after(async () => {
  client.close();
  await door.close();
});

function bringing(pin: string): grpc.Metadata {
  const metadata = new grpc.Metadata();
  metadata.set(PIN, pin);
  return metadata;
}

test('a stream is greeted with the pin at once, and each reply tells its op', async () => {
  const { call, replies } = client.submit({}, bringing(told));
  const [metadata] = await new Promise<[grpc.Metadata]>((resolve) => call.once('metadata', (...all) => resolve(all)));
  assert.deepEqual(metadata.get(PIN), [told]);
  call.write(create(1));
  await new Promise((resolve) => call.once('data', resolve));
  assert.equal(replies[0]!.op, '5');
  call.end();
});

test('a unary call that means another ledger, or more of this one, is refused, and nothing is done', async () => {
  const accounts = [{ id: u128(1n), ledger: 1, code: 1 }];
  await client.call('CreateAccounts', { accounts }, {}, bringing(told));
  const done = port.sent.length;
  for (const [pin, code, status] of [
    [formatPin({ ledgerId: 8n, lastOp: 0n }), 'ledger_changed', grpc.status.FAILED_PRECONDITION],
    [formatPin({ ledgerId: 7n, lastOp: 6n }), 'ledger_behind', grpc.status.FAILED_PRECONDITION],
    ['nonsense', 'invalid_argument', grpc.status.INVALID_ARGUMENT],
  ] as const) {
    await assert.rejects(client.call('CreateAccounts', { accounts }, {}, bringing(pin)), { code, status });
    const outcome = await client.submit({}, bringing(pin)).outcome;
    assert.deepEqual([outcome.code, outcome.status], [code, status]);
  }
  assert.equal(port.sent.length, done);
});
