/**
 * What the MessagePack, HTTP and native doors tell of their ledger: to whom they know, in each answer, and never to
 * strangers.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  accessOf,
  HttpServer,
  MessagePackServer,
  NativeServer,
  StaticTokenAuthenticator,
} from '../../../packages/server/src/server/index.ts';
import { FrameStatus, formatPin } from '../../../src/model/index.ts';
import { Control } from '../../../src/wire/index.ts';
import { FakePort, resultsOf } from '../../../testing/ports/fake-port.ts';
import { MessagePackClient } from '../../../testing/ports/msgpack.ts';
import { frameOf, helloFrame, NativePeer } from '../../support/native-peer.ts';

const TOKEN = 'sixteen-characters';
const authenticator = new StaticTokenAuthenticator(TOKEN);
const served = { ledgerId: 7n, op: 5 };
const pinned = (lastOp: bigint, ledgerId = 7n): string => formatPin({ ledgerId, lastOp });
const account = { id: 1, ledger: 1, code: 1 };
const endings: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

function creating(): FakePort {
  const port = new FakePort();
  port.answer = ({ count }) => resultsOf(count, 0xffff_ffff);
  return port;
}

async function messagePack(port: FakePort, guarded = false): Promise<MessagePackClient> {
  const server = new MessagePackServer(port, { served, ...(guarded ? { authenticator } : {}) });
  const { port: number } = await server.listen(0, '127.0.0.1');
  const client = new MessagePackClient(number);
  endings.push(
    () => server.drain(),
    () => client.close(),
  );
  return client;
}

test('msgpack: hello tells the pin, each reply its op, and a hello later on the newest', async () => {
  served.op = 5;
  const client = await messagePack(creating());
  assert.deepEqual(await client.call('hello', undefined), { id: 1, results: [], pin: pinned(5n) });
  served.op = 6;
  const reply = (await client.call('create_accounts', [account])) as { readonly op?: number };
  assert.equal(reply.op, 6);
  served.op = 70_000;
  assert.deepEqual(await client.call('hello', undefined, { pin: pinned(6n) }), {
    id: 3,
    results: [],
    pin: pinned(70_000n),
  });
  served.op = 5;
});

test('msgpack: a hello at the wrong ledger is the last that is taken', async () => {
  for (const [pin, code] of [
    [pinned(6n), 'ledger_behind'],
    [pinned(0n, 8n), 'ledger_changed'],
    [pinned(6n).slice(1), 'invalid_argument'],
    [6, 'invalid_argument'],
  ] as const) {
    for (const guarded of [false, true]) {
      const port = creating();
      const client = await messagePack(port, guarded);
      const greeted = client.call('hello', undefined, { pin, ...(guarded ? { token: TOKEN } : {}) });
      const behind = client.call('create_accounts', [account]);
      assert.equal((await greeted).error?.code, code);
      assert.equal((await behind).error?.code, 'connection_lost');
      assert.equal(port.sent.length, 0);
    }
  }
});

test('msgpack: who has shown a token may ask again where it is, and not show another', async () => {
  const client = await messagePack(creating(), true);
  assert.equal(((await client.call('hello', undefined, { token: TOKEN })) as { pin?: string }).pin, pinned(5n));
  assert.equal(((await client.call('hello', undefined)) as { pin?: string }).pin, pinned(5n));
  assert.equal((await client.call('hello', undefined, { token: TOKEN })).error?.code, 'invalid_argument');
});

test('strangers hear nothing of the ledger', async () => {
  const client = await messagePack(creating(), true);
  const turnedAway = await client.call('hello', undefined, { token: 'another-sixteen-characters' });
  assert.deepEqual(Object.keys(turnedAway), ['id', 'error']);

  const http = new HttpServer(creating(), { served, authenticator });
  const { port } = await http.listen(0, '127.0.0.1');
  endings.push(() => http.drain());
  const ask = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/v1/accounts/1`, { headers });
  const refused = await ask({ 'tallystick-pin': pinned(0n, 8n) });
  assert.deepEqual([refused.status, refused.headers.get('tallystick-pin')], [401, null]);
  const elsewhere = await ask({ authorization: `Bearer ${TOKEN}`, 'tallystick-pin': pinned(0n, 8n) });
  assert.deepEqual([elsewhere.status, elsewhere.headers.get('tallystick-pin')], [412, pinned(5n)]);

  const guard = async (token: string | undefined) => accessOf(creating(), await authenticator.authenticate(token));
  const native = await NativeServer.listen(guard, { served });
  endings.push(() => native.drain(0));
  const stranger = await NativePeer.open(native.address);
  stranger.send(helloFrame(0n, 'another-sixteen-characters'));
  const no = await stranger.next();
  assert.deepEqual([no!.status, no!.op], [FrameStatus.error, 0]);
  const known = await NativePeer.open(native.address);
  known.send(helloFrame(0n, TOKEN));
  assert.equal((await known.next())!.op, 5);
  known.send(frameOf({ operation: Control.ping }));
  assert.equal((await known.next())!.op, 5);
  known.socket.destroy();
});
