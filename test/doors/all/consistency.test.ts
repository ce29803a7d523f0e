/** A read that may be a moment old, over HTTP, gRPC and MessagePack: how it is asked for, and what its answer says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { MessagePackServer } from '../../../packages/server/src/server/index.ts';
import { formatPin } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { frame, MessagePackClient } from '../../../testing/ports/msgpack.ts';
import { startHttp } from '../../support/http.ts';
import { GrpcDoorFixture } from '../grpc/fixture.ts';
import { GrpcJsClient, u128 } from '../grpc/grpc-js.ts';

const served = { ledgerId: 7n, op: 5, ageMs: 230 };
const pin = formatPin({ ledgerId: 7n, lastOp: 5n });

test('HTTP: a header asks for it, and the answer has its op and its age', async () => {
  const port = new FakePort();
  const [, base, close] = await startHttp({ served }, port);
  const ask = (consistency: string): Promise<Response> =>
    fetch(`${base}/v1/accounts`, { headers: { 'tallystick-consistency': consistency } });
  const stale = await ask('stale');
  assert.equal(stale.status, 200);
  assert.equal(port.sent.at(-1)!.context.consistency, 'stale');
  assert.equal(stale.headers.get('tallystick-age-ms'), '230');
  assert.equal(stale.headers.get('tallystick-pin'), pin);
  const newest = await ask('linearizable');
  assert.equal(port.sent.at(-1)!.context.consistency, undefined);
  assert.equal(newest.headers.get('tallystick-age-ms'), null);
  const wrong = await ask('eventual');
  assert.equal(wrong.status, 400);
  assert.match(((await wrong.json()) as { detail: string }).detail, /linearizable or stale, not "?eventual/);
  assert.equal(port.sent.length, 2);
  await close();
});

test("gRPC: a unary call's metadata asks for it, and the answer's has its op and its age", async () => {
  const port = new FakePort();
  const door = await GrpcDoorFixture.openBare({ served }, port);
  const client = new GrpcJsClient(door.authority);
  const asking = (consistency: string): grpc.Metadata => {
    const metadata = new grpc.Metadata();
    metadata.set('tallystick-consistency', consistency);
    return metadata;
  };
  const ids = [u128(1n)];
  let heard: grpc.Metadata | undefined;
  await client.call('LookupAccounts', { ids }, {}, asking('stale'), (metadata) => {
    heard = metadata;
  });
  assert.deepEqual(heard?.get('tallystick-age-ms'), ['230']);
  assert.deepEqual(heard?.get('tallystick-pin'), [pin]);
  assert.equal(port.sent.at(-1)!.context.consistency, 'stale');
  await client.call('LookupAccounts', { ids }, {}, asking('linearizable'));
  assert.equal(port.sent.at(-1)!.context.consistency, undefined);
  const refused = { code: 'invalid_argument', status: grpc.status.INVALID_ARGUMENT };
  await assert.rejects(client.call('LookupAccounts', { ids }, {}, asking('eventual')), refused);
  assert.equal(port.sent.length, 2);
  client.close();
  await door.close();
});

test('MessagePack: a field asks for it, and the reply has op and age, in maps and in arrays', async () => {
  const port = new FakePort();
  const server = await MessagePackServer.listen(port, { served: { ledgerId: 7n, op: 12, ageMs: 230 } });
  const client = new MessagePackClient(server.address.port);
  try {
    const asked = { consistency: 'stale' };
    const stale = (await client.call('lookup_accounts', ['1'], asked)) as unknown as Record<string, unknown>;
    assert.deepEqual([stale.op, stale.age_ms, port.sent.at(-1)!.context.consistency], [12, 230, 'stale']);
    const fresh = (await client.call('lookup_accounts', ['1'])) as unknown as Record<string, unknown>;
    assert.deepEqual([fresh.op, fresh.age_ms, port.sent.at(-1)!.context.consistency], [12, undefined, undefined]);
    const wrong = await client.call('lookup_accounts', ['1'], { consistency: 'eventual' });
    assert.match(wrong.error!.message, /consistency must be linearizable or stale/);
    client.socket.write(frame([9, 'lookup_accounts', ['1'], null, null, null, null, null, 'stale']));
    while (client.others.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(client.others[0], [9, null, [], 12, 230]);
  } finally {
    await client.close();
    await server.drain();
  }
});
