/** The part of a caller's span that goes over the native protocol. */

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { NativeServer } from '../../../packages/server/src/server/index.ts';
import { connect } from '../../../src/client/connect.ts';
import { Session } from '../../../src/client/session.ts';
import { before, type Context, FrameOffset, FrameStatus, NO_CONTEXT, Operation } from '../../../src/model/index.ts';
import { Control, encodeWelcome, FrameReader, putTrace, resealHeader } from '../../../src/wire/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { frameOf, NativePeer } from '../../support/native-peer.ts';
import { nativeServers, until } from '../../support/native-servers.ts';
import { addressOf } from '../../support/tcp.ts';

const { endings } = nativeServers();
const traceparent = `00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-01`;
const nothing = (): void => {};
const lookup = (session: Session, context: Context = NO_CONTEXT): Promise<number> =>
  session.request({
    operation: Operation.lookup_accounts,
    count: 1,
    write: nothing,
    read: (_cells, _at, size) => size,
    context,
  });

interface Peer {
  readonly port: number;
  /** Bytes 100 to 127 of the headers of all requests, in hex. */
  readonly seen: string[];
  readonly sockets: Socket[];
  /** The server's word on traces; undefined: it is older than traces. */
  traces: boolean | undefined;
}

/** A server that answers everything with nothing. */
async function peer(traces: boolean | undefined): Promise<Peer> {
  const server = createServer((socket) => {
    const reader = new FrameReader();
    peer.sockets.push(socket);
    socket.on('error', nothing);
    socket.on('data', (chunk) => {
      // One frame a chunk, or several that lie in a row: their headers are looked at where they lie.
      for (let at = 0; at < chunk.length; ) {
        const cells = chunk.readUInt32LE(at + FrameOffset.cells);
        const operation = chunk.readUInt16LE(at + FrameOffset.operation);
        if (operation < Control.hello) peer.seen.push(chunk.toString('hex', at + FrameOffset.traceId, at + 128));
        at += 128 * (1 + cells);
      }
      reader.push(chunk);
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        const { operation, request, session } = frame;
        const welcome = { cluster: 0n, ledgerId: 1n, eventsMax: 8189, requestsMax: 8, cellsMax: 9000, replay: false };
        const all = encodeWelcome({ ...welcome, traces: peer.traces === true });
        const body = operation === Control.hello ? all.subarray(0, peer.traces === undefined ? 48 : 52) : undefined;
        socket.write(frameOf({ operation, request, status: FrameStatus.ok }, body, session));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer: Peer = { port: (server.address() as { port: number }).port, seen: [], sockets: [], traces };
  after(() => {
    for (const socket of peer.sockets) socket.destroy();
    server.close();
  });
  return peer;
}

async function session({ port }: Peer): Promise<Session> {
  const opened = new Session({
    addresses: [{ host: '127.0.0.1', port }],
    cluster: 0n,
    connectTimeoutMs: 5000,
    reconnectTimeoutMs: 20_000,
    retry: false,
    lane: 0,
  });
  await opened.connect();
  endings.push(() => opened.close());
  return opened;
}

const NONE = '00'.repeat(28);
const SPAN = `${'a1'.repeat(16)}${'b2'.repeat(8)}01010000`;

test('a server that asks for spans hears of them, and only of those that there are', async () => {
  const server = await peer(true);
  const client = await session(server);
  await Promise.all([lookup(client), lookup(client, { traceparent }), lookup(client, { traceparent: 'nonsense' })]);
  assert.deepEqual(server.seen, [NONE, SPAN, NONE]);
});

test('a server that does not ask, or is too old to, gets bytes as they always were', async () => {
  for (const traces of [false, undefined]) {
    const server = await peer(traces);
    const client = await session(server);
    await Promise.all([lookup(client, { traceparent }), lookup(client)]);
    assert.deepEqual(server.seen, [NONE, NONE]);
  }
});

test('what was asked before it was known which server answers is told to one that asks, and to no other', async () => {
  for (const [traces, seen] of [
    [true, SPAN],
    [undefined, NONE],
  ] as const) {
    const server = await peer(true);
    const client = await session(server);
    server.traces = traces;
    server.sockets[0]!.destroy();
    await until(() => client.welcome === undefined);
    assert.equal(await lookup(client, { traceparent }), 0);
    assert.deepEqual(server.seen, [seen]);
  }
});

test('a context that is none is no error: the request is answered, and belongs to nobody', async () => {
  const heard: (string | undefined)[] = [];
  const listening = before((port, request) => {
    heard.push(request.context.traceparent);
    return port.request(request);
  });
  const access = { port: listening(new FakePort()) };
  const server = await NativeServer.listen(() => access, { port: 0, traces: true });
  endings.push(() => server.drain(0));
  const client = await NativePeer.greeted(server.address);
  const traced = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = frameOf({ operation: Operation.lookup_accounts, count: 1 }, new Uint8Array(16));
    const frame = { bytes, view: new DataView(bytes.buffer) };
    putTrace(frame, 0, traceparent);
    change(bytes);
    resealHeader(frame, 0);
    return bytes;
  };
  const changes: readonly ((bytes: Uint8Array) => void)[] = [
    nothing,
    (bytes) => bytes.fill(0, 100, 116),
    (bytes) => bytes.fill(0, 116, 124),
    (bytes) => bytes.fill(255, 125, 126),
    (bytes) => bytes.fill(255, 100, 128),
    (bytes) => bytes.fill(255, 126, 128),
  ];
  for (const change of changes) {
    client.send(traced(change));
    assert.equal((await client.next())!.status, FrameStatus.ok);
  }
  client.socket.destroy();
  assert.deepEqual(heard, [traceparent, undefined, undefined, undefined, undefined, traceparent]);
});

test('without an SDK traces are nothing', async () => {
  const native = await NativeServer.listen(() => ({ port: new FakePort() }), { port: 0, traces: true });
  endings.push(() => native.drain(0));
  const ledger = await connect(addressOf(native), { traces: true });
  assert.ok((await ledger.ping()) > 0);
  assert.deepEqual(await ledger.lookupAccounts([1n]), []);
  assert.equal(ledger.server?.cluster, 0n);
  await ledger.close();
});
