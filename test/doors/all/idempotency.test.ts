/** At the doors whose clients name their requests, one that is sent again gets its first reply. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { GrpcServer, HttpServer, Ingress, MessagePackServer } from '../../../packages/server/src/server/index.ts';
import { once, openMemory } from '../../../src/engine/index.ts';
import { frame, MessagePackClient } from '../../../testing/ports/msgpack.ts';
import { call } from '../../support/http.ts';
import { GrpcJsClient, u128 } from '../grpc/grpc-js.ts';

const { engine } = openMemory();
const ingress = new Ingress(engine);
const port = once(engine.window)(ingress);
let http: HttpServer;
let messagePack: MessagePackServer;
let base: string;
let packed: MessagePackClient;
let rpc: GrpcServer;
let rpcClient: GrpcJsClient;

before(async () => {
  http = await HttpServer.listen(port, { port: 0 });
  base = `http://127.0.0.1:${http.address.port}`;
  messagePack = await MessagePackServer.listen(port, { port: 0 });
  packed = new MessagePackClient(messagePack.address.port);
  rpc = await GrpcServer.listen(port, { port: 0 });
  rpcClient = new GrpcJsClient(`127.0.0.1:${rpc.address.port}`);
  await call(
    base,
    'POST',
    '/v1/accounts',
    [1, 2].map((id) => ({ id: String(id), ledger: 1, code: 1 })),
  );
});
after(async () => {
  packed.socket.destroy();
  rpcClient.close();
  await Promise.all([http.drain(), messagePack.drain(), rpc.drain()]);
  await ingress.close();
  await engine.close();
});

let next = 1;
function chain(): object[] {
  const leg = { debit_account_id: '1', credit_account_id: '2', amount: '1', ledger: 1, code: 1 };
  return [
    { ...leg, id: String(next++), flags: 'linked' },
    { ...leg, id: String(next++) },
  ];
}

test('HTTP: an Idempotency-Key gives a chain its first reply, and belongs to its events alone', async () => {
  const pair = chain();
  const send = (events: object[], headers?: Record<string, string>): ReturnType<typeof call> =>
    call(base, 'POST', '/v1/transfers', events, headers);
  const key = { 'idempotency-key': '8e03978e-40d5-43e8-bc93-6894a57f9324' };
  const first = await send(pair, key);
  assert.deepEqual(
    first.json.map(({ status }) => status),
    ['created', 'created'],
  );
  const { op } = engine;
  assert.equal((await send(pair, key)).text, first.text);
  assert.equal(engine.op, op);
  const reused = await send(chain(), key);
  assert.deepEqual([reused.status, reused.json.code], [422, 'request_reused']);
  assert.deepEqual(
    (await send(pair)).json.map(({ status }) => status),
    ['exists', 'linked_event_failed'],
  );
  for (const wrong of [' \t', 'ü', 'x'.repeat(256)]) {
    assert.equal((await send(chain(), { 'idempotency-key': wrong })).status, 400, wrong);
  }
  const looked = await call(base, 'POST', '/v1/lookup_accounts', ['1'], key);
  assert.equal(looked.status, 200, 'a read has no use for a key');
});

test('MessagePack: session and request give a chain its first reply; one without the other is an error', async () => {
  const pair = chain();
  let id = 1000;
  const send = async (events: object[], more: object): Promise<unknown> => {
    const number = id++;
    packed.socket.write(frame({ id: number, op: 'create_transfers', events, ...more }));
    for (;;) {
      const at = packed.others.findIndex((reply) => (reply as { id: number }).id === number);
      if (at !== -1) return packed.others.splice(at, 1)[0];
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const statuses = (reply: unknown): unknown =>
    (reply as { results?: { status: string }[] }).results?.map(({ status }) => status);
  const codeOf = (reply: unknown): unknown => (reply as { error?: { code: string } }).error?.code;
  const named = { session: 'till 7', request: 1 };
  assert.deepEqual(statuses(await send(pair, named)), ['created', 'created']);
  assert.deepEqual(statuses(await send(pair, named)), ['created', 'created']);
  assert.deepEqual(statuses(await send(pair, { ...named, request: 2 })), ['exists', 'linked_event_failed']);
  assert.equal(codeOf(await send(chain(), named)), 'request_reused');
  assert.equal(codeOf(await send(chain(), { session: 'till 7' })), 'invalid_argument');
  assert.equal(codeOf(await send(chain(), { request: 1 })), 'invalid_argument');
  assert.equal(codeOf(await send(chain(), { session: 'till 7', request: 2 ** 32 })), 'invalid_argument');
});

test('gRPC: the metadata of a unary call names it', async () => {
  const leg = { debit_account_id: u128(1n), credit_account_id: u128(2n), amount: u128(1n), ledger: 1, code: 1 };
  const pair = [
    { ...leg, id: u128(9001n), flags: 1 },
    { ...leg, id: u128(9002n) },
  ];
  const metadata = new grpc.Metadata();
  metadata.set('idempotency-key', 'a payment');
  const first = await rpcClient.call('CreateTransfers', { transfers: pair }, {}, metadata);
  const { op } = engine;
  assert.deepEqual(await rpcClient.call('CreateTransfers', { transfers: pair }, {}, metadata), first);
  assert.equal(engine.op, op);
  assert.notDeepEqual(await rpcClient.call('CreateTransfers', { transfers: pair }), first);
});

test('gRPC: a session and a request name one of a stream, which gets its first reply on any other', async () => {
  const leg = { debit_account_id: u128(1n), credit_account_id: u128(2n), amount: u128(1n), ledger: 1, code: 1 };
  const pair = (id: bigint): object => ({
    transfers: [
      { ...leg, id: u128(id), flags: 1 },
      { ...leg, id: u128(id + 1n) },
    ],
  });
  let id = 0;
  const send = async (transfers: object, more: object): Promise<object> => {
    const stream = rpcClient.submit();
    stream.send({ id: String(++id), create_transfers: transfers, ...more });
    const [reply] = await stream.until(1);
    await stream.end();
    const { error, create_transfers } = reply as { error?: { code: string }; create_transfers?: object };
    return error === undefined ? create_transfers! : { code: error.code };
  };
  const named = { session: 'till 7', request: 5 };
  const first = await send(pair(9101n), named);
  const { op } = engine;
  assert.deepEqual(await send(pair(9101n), named), first);
  assert.deepEqual(await send(pair(9101n), { ...named, again: true, since: String(op - 1) }), first);
  assert.equal(engine.op, op);
  assert.notDeepEqual(await send(pair(9101n), { ...named, request: 6 }), first);
  assert.deepEqual(await send(pair(9103n), named), { code: 'request_reused' });
  assert.deepEqual(await send(pair(9105n), { request: 7 }), { code: 'invalid_argument' });
  assert.deepEqual(await send(pair(9105n), { session: 'x'.repeat(256) }), { code: 'invalid_argument' });
  // A session whose request has no number names request 0.
  const zero = await send(pair(9107n), { session: 'till 8' });
  assert.deepEqual(await send(pair(9107n), { session: 'till 8' }), zero);
});
