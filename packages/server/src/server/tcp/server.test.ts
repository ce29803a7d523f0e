import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Operation, TallystickError } from 'tallystick/internal/model';
import { Control, decodeWelcome } from 'tallystick/internal/wire';
import { frameOf, helloFrame, NativePeer } from '../../../../../test/support/native-peer.ts';
import { nativeServers, until } from '../../../../../test/support/native-servers.ts';
import { FakePort, resultsOf } from '../../../../../testing/ports/fake-port.ts';
import { NativeServer, type NativeServerOptions } from './server.ts';

const { serve, endings } = nativeServers();
const ids = (count: number): Uint8Array => new Uint8Array(count * 16).fill(1);
const transfers = (count: number): Uint8Array => new Uint8Array(count * 128).fill(2);
const create = (request: number, count: number): Uint8Array =>
  frameOf({ operation: Operation.create_transfers, request, count }, transfers(count));

/** A server over a port that creates everything. */
async function begin(options: Partial<NativeServerOptions> = {}): Promise<{ server: NativeServer; port: FakePort }> {
  const port = new FakePort();
  port.answer = ({ count }) => resultsOf(count, 0xffff_ffff);
  return { server: await serve(port, options), port };
}

test('hello hears the ledger and the credit, requests their own number, however bytes are cut', async () => {
  const { server, port } = await begin({ cluster: 7n, served: { ledgerId: 9n, op: 7 } });
  port.answer = ({ operation, count }) =>
    operation === Operation.lookup_accounts ? new Uint8Array(count * 128) : resultsOf(count, 1);
  const peer = await NativePeer.open(server.address);
  const bytes = Buffer.concat([
    helloFrame(7n),
    create(5, 3),
    frameOf({ request: 6 }),
    frameOf({ operation: Operation.lookup_accounts, request: 7, count: 2, lane: 1 }, ids(2)),
  ]);
  for (let at = 0; at < bytes.length; at += 100) {
    peer.socket.write(bytes.subarray(at, at + 100));
    await sleep(1);
  }
  const hello = (await peer.next())!;
  const welcome = decodeWelcome(hello.body);
  assert.deepEqual(
    [hello.operation, welcome.cluster, welcome.ledgerId, welcome.eventsMax, welcome.replay],
    [Control.hello, 7n, 9n, 8189, false],
  );
  const answers = [(await peer.next())!, (await peer.next())!, (await peer.next())!];
  assert.deepEqual(
    answers
      .map(({ operation, request, count, size, status }) => [operation, request, count, size, status])
      .sort((a, b) => a[1]! - b[1]!),
    [
      [Operation.create_transfers, 5, 3, 48, 0],
      [Control.ping, 6, 0, 0, 0],
      [Operation.lookup_accounts, 7, 2, 256, 0],
    ],
  );
  assert.deepEqual(
    port.sent.map((sent) => sent.count),
    [3, 2],
  );
  assert.equal(port.sent[0]!.cells.bytes[3 * 128 - 1], 2);
});

test('what cannot be asked is refused by its number, and the connection lives on', async () => {
  const { server, port } = await begin();
  const peer = await NativePeer.greeted(server.address);
  const refused: [Uint8Array, string][] = [
    [frameOf({ operation: Operation.pulse }), 'invalid_argument'],
    [frameOf({ operation: 0xffff, count: 1 }, ids(1)), 'invalid_argument'],
    [frameOf({ operation: Operation.create_transfers, count: 2 }, transfers(1)), 'invalid_argument'],
    [frameOf({ operation: Operation.create_transfers, count: 8190 }, transfers(1)), 'too_much_data'],
    [frameOf({ operation: Operation.query_transfers, count: 0 }), 'invalid_argument'],
    [frameOf({ operation: Operation.create_transfers, count: 1, timestamp: 5n }, transfers(1)), 'invalid_argument'],
    [frameOf({ operation: Control.advance, timestamp: 5n }), 'invalid_argument'],
  ];
  for (const [frame, code] of refused) {
    peer.send(frame);
    assert.equal(await peer.nextError(), code);
  }
  port.answer = () => Promise.reject(new TallystickError('lane_full'));
  peer.send(create(3, 1));
  assert.equal(await peer.nextError(), 'lane_full');
  peer.send(frameOf({ request: 9 }));
  assert.equal((await peer.next())!.request, 9);
  assert.equal(port.sent.length, 1);
});

test('another cluster, another version, another session, no hello at all: said, then ended', async () => {
  const { server } = await begin({ cluster: 7n });
  const cases: [send: (peer: NativePeer) => void, code: string][] = [
    [(peer) => peer.send(helloFrame(8n)), 'wrong_cluster'],
    [(peer) => peer.send(create(1, 1)), 'frame_invalid'],
    [(peer) => peer.socket.write('GET / HTTP/1.1\r\n'.padEnd(200, 'x')), 'frame_invalid'],
    [(peer) => peer.send(frameOf({ operation: Control.hello }, new Uint8Array(3))), 'frame_invalid'],
    [(peer) => peer.send(frameOf({ operation: Control.hello }, new Uint8Array(100_000))), 'frame_invalid'],
  ];
  for (const [send, code] of cases) {
    const peer = await NativePeer.open(server.address);
    send(peer);
    assert.equal(await peer.nextError(), code);
    assert.ok(await peer.endsWithin(500));
  }
  const peer = await NativePeer.greeted(server.address);
  peer.send(frameOf({}, new Uint8Array(0), new Uint8Array(16).fill(9)));
  assert.equal(await peer.nextError(), 'frame_invalid');
  assert.ok(await peer.endsWithin(500));
  await until(() => server.connections === 0);
});

test('whoever opens the port decides who may come, from the token', async () => {
  const server = await NativeServer.listen(
    async (token) => {
      if (token !== 'secret') throw new TallystickError('unauthenticated');
      return { port: new FakePort() };
    },
    { port: 0 },
  );
  endings.push(() => server.drain(0));
  const stranger = await NativePeer.open(server.address);
  stranger.send(helloFrame(0n, 'guess'), create(1, 1));
  assert.equal(await stranger.nextError(), 'unauthenticated');
  assert.equal(await stranger.next(), undefined);
  const friend = await NativePeer.open(server.address);
  friend.send(helloFrame(0n, 'secret'), frameOf({ request: 2 }));
  assert.equal((await friend.next())!.operation, Control.hello);
  assert.equal((await friend.next())!.request, 2);
});

test('nothing listens beyond this machine without TLS and tokens', async () => {
  const listening = NativeServer.listen(() => ({ port: new FakePort() }), { port: 0, host: '0.0.0.0' });
  await assert.rejects(listening, { code: 'invalid_argument' });
});

test('who says nothing, and who never ends a frame, is told and sent away', async () => {
  const { server } = await begin({ limits: { helloMs: 60, frameMs: 60 } });
  const silent = await NativePeer.open(server.address);
  const slow = await NativePeer.greeted(server.address);
  const half = create(1, 10);
  for (let at = 0; at < 300 && !slow.closed; at += 20) {
    slow.socket.write(half.subarray(at, at + 20));
    await sleep(10);
  }
  const idle = await NativePeer.greeted(server.address);
  assert.equal(await silent.nextError(), 'timed_out');
  assert.equal(await slow.nextError(), 'timed_out');
  assert.ok(await silent.endsWithin(500));
  await sleep(150);
  assert.equal(idle.closed, false, 'between frames there is no hurry');
});

test('who does not take its replies is not read, and is cut off in the end; others do not notice', async () => {
  const { server, port } = await begin({ limits: { writeMs: 300, requestsMax: 10_000 } });
  port.answer = ({ count }) => new Uint8Array(count * 128);
  const greedy = await NativePeer.greeted(server.address);
  greedy.socket.pause();
  const ask = frameOf({ operation: Operation.lookup_accounts, count: 8000 }, ids(8000));
  for (let sent = 0; sent < 100; sent++) greedy.send(ask);
  await sleep(100);
  const taken = port.sent.length;
  assert.ok(taken < 40, `${taken} replies of 1 MB were made for a client that reads none`);
  const other = await NativePeer.greeted(server.address);
  other.send(frameOf({ request: 3 }));
  assert.equal((await other.next())!.request, 3);
  await until(() => server.connections === 1);
});

test('who uses more than its credit waits, and everything is answered in the end', async () => {
  const { server, port } = await begin({ limits: { requestsMax: 2, cellsMax: 20 } });
  const answers: (() => void)[] = [];
  port.answer = ({ count }) => new Promise((resolve) => answers.push(() => resolve(resultsOf(count, 1))));
  const peer = await NativePeer.greeted(server.address);
  peer.send(...Array.from({ length: 10 }, (_, request) => create(request, request === 5 ? 100 : 1)));
  for (let request = 0; request < 10; request++) {
    await until(() => answers.length > request);
    assert.ok(answers.length <= request + 2, 'no more than two are in flight');
    answers[request]!();
    assert.equal((await peer.next())!.request, request);
  }
});

test('connections that want more than there is room for take turns, and what is urgent passes by', async () => {
  const { server, port } = await begin({ limits: { pooledCellsMax: 10 } });
  const answers: (() => void)[] = [];
  port.answer = ({ count }) => new Promise((resolve) => answers.push(() => resolve(resultsOf(count, 1))));
  const greedy = await NativePeer.greeted(server.address);
  const modest = await NativePeer.greeted(server.address);
  const gone = await NativePeer.greeted(server.address);
  for (let request = 0; request < 10; request++) greedy.send(create(request, 9));
  await until(() => answers.length === 1);
  modest.send(create(100, 9));
  gone.send(create(200, 9));
  await sleep(30);
  assert.equal(answers.length, 1, 'there is room for one');
  modest.send(frameOf({ request: 101 }));
  const urgent = await NativePeer.greeted(server.address);
  urgent.send(frameOf({ operation: Operation.create_transfers, request: 1, count: 1, lane: 2 }, transfers(1)));
  await until(() => answers.length === 2);
  gone.socket.destroy();
  await sleep(20);
  answers[0]!();
  answers[1]!();
  await until(() => answers.length === 3);
  assert.equal((await urgent.next())!.request, 1);
  // Requests of a client that has gone are executed like the rest; only then does the server see that it has gone.
  for (let next = 2; next < 13; next++) {
    await until(() => answers.length > next);
    answers[next]!();
  }
  assert.equal((await modest.next())!.request, 101, 'a ping stands behind a request until that is taken, no longer');
  assert.equal((await modest.next())!.request, 100);
  for (let request = 0; request < 10; request++) assert.equal((await greedy.next())!.request, request);
  assert.equal(port.sent.length, 13);
  await until(() => server.connections === 3);
});

test('one connection too many hears why, and there is room when another one ends', async () => {
  const { server } = await begin({ limits: { connectionsMax: 2 } });
  const [first] = [await NativePeer.greeted(server.address), await NativePeer.greeted(server.address)];
  const third = await NativePeer.open(server.address);
  third.send(helloFrame());
  assert.equal(await third.nextError(), 'too_many_connections');
  first.socket.end();
  await until(() => server.connections === 1);
  const fourth = await NativePeer.greeted(server.address);
  fourth.send(frameOf({ request: 4 }));
  assert.equal((await fourth.next())!.request, 4);
});

test('a client that has said all it wants still hears all answers', async () => {
  const { server, port } = await begin();
  port.answer = async ({ count }) => {
    await sleep(20);
    return resultsOf(count, 1);
  };
  const peer = await NativePeer.greeted(server.address);
  peer.send(create(1, 1), create(2, 1));
  peer.socket.end();
  assert.equal((await peer.next())!.request, 1);
  assert.equal((await peer.next())!.request, 2);
  assert.ok(await peer.endsWithin(500));
});

test('drain: no new connections, what was sent is answered, and who does not leave is cut off', async () => {
  const { server, port } = await begin();
  const answers: (() => void)[] = [];
  port.answer = ({ count }) => new Promise((resolve) => answers.push(() => resolve(resultsOf(count, 1))));
  const [polite, deaf] = [await NativePeer.greeted(server.address), await NativePeer.greeted(server.address)];
  polite.send(create(1, 1));
  await until(() => answers.length === 1);
  const drained = server.drain(300);
  assert.equal((await polite.next())!.operation, Control.goodbye);
  polite.send(create(2, 1));
  polite.socket.end();
  await until(() => answers.length === 2);
  for (const answer of answers) answer();
  assert.equal((await polite.next())!.request, 1);
  assert.equal((await polite.next())!.request, 2);
  assert.ok(await polite.endsWithin(200));
  await assert.rejects(NativePeer.open({ host: '127.0.0.1', port: 1 }));
  await drained;
  assert.ok(await deaf.endsWithin(200));
});
