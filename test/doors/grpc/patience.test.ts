/** What the door does with clients that break its rules, and how it leaves. */
import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { createConnection } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { grpcPort } from '../../../src/client/index.ts';
import { NO_CONTEXT, Operation, type TallystickError } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { GrpcDoorFixture } from './fixture.ts';
import { create, HeldPort, over, send } from './held.ts';

interface Raw {
  readonly session: ClientHttp2Session;
  readonly stream: ClientHttp2Stream;
  readonly trailers: Promise<Record<string, unknown>>;
}

describe('patience', () => {
  const raw = (door: GrpcDoorFixture): Raw => {
    const session = connect(`http://${door.authority}`);
    session.on('error', () => undefined);
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/tallystick.v1.Ledger/Submit',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
    });
    stream.on('error', () => undefined);
    const trailers = new Promise<Record<string, unknown>>((resolve) => {
      stream.once('trailers', resolve);
      stream.once('response', (headers) => {
        if (headers['grpc-status'] !== undefined) resolve(headers);
      });
    });
    return { session, stream, trailers };
  };

  test('a message that never becomes whole ends its stream', async () => {
    await over(
      new FakePort(),
      async (door) => {
        const { session, stream, trailers } = raw(door);
        stream.write(Buffer.from([0, 0, 0, 1, 0, 10]));
        const { 'grpc-status': status, 'tallystick-code': code } = await trailers;
        assert.deepEqual([status, code], ['4', 'timed_out']);
        while (door.server.bytesHeld > 0) await sleep(1);
        session.destroy();
      },
      { messageMs: 50 },
    );
  });

  test('a stream without messages may stay', async () => {
    const port = new HeldPort();
    port.release();
    await over(
      port,
      async (_door, client) => {
        const stream = client.submit();
        await sleep(150);
        stream.send(create(1));
        await stream.until(1);
      },
      { messageMs: 30, writeMs: 30 },
    );
  });

  test('replies that nobody takes end their stream, and give back what they held', async () => {
    const port = new FakePort();
    // Replies of a megabyte, more than any window holds.
    port.answer = () => new Uint8Array(8189 * 128);
    await over(
      port,
      async (door) => {
        const { session, stream } = raw(door);
        const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
        const ids = Buffer.alloc(8189 * 16, 1);
        const inner = Buffer.concat([Buffer.from([0x12, 0xd0, 0xff, 0x07]), ids]);
        const size = inner.length;
        const body = Buffer.concat([
          Buffer.from([0xe2, 0x08, (size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14]),
          inner,
        ]);
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(body.length, 1);
        for (let i = 0; i < 5; i++) stream.write(Buffer.concat([prefix, body]));
        // Not reading: the stream is paused until somebody listens.
        while (port.sent.length === 0) await sleep(1);
        assert.equal(port.sent[0]!.count, 8189);
        await closed;
        while (door.server.bytesHeld > 0) await sleep(1);
        session.destroy();
      },
      { writeMs: 100 },
    );
  });

  test('what stands before a stream that is not read is counted, and ends it where it is too much', async () => {
    const port = new HeldPort();
    await over(
      port,
      async (door, client) => {
        const { call, outcome } = client.submit();
        for (let id = 1; id <= 40; id++) call.write(create(id, 100));
        // One request is taken, and the rest stands in the stream's window.
        let most = 0;
        for (let waited = 0; waited < 100; waited++) {
          most = Math.max(most, door.server.bytesHeld);
          await sleep(10);
        }
        assert.ok(most > 128 * 1024, `${most} bytes were counted`);
        port.release();
        assert.equal((await outcome).status, grpc.status.RESOURCE_EXHAUSTED);
        while (door.server.bytesHeld > 0) await sleep(1);
      },
      { streamBytesMax: 1, bytesMax: 256 * 1024, pingMs: 50 },
    );
  });

  test('who connects and says nothing is let go of', async () => {
    await over(
      new FakePort(),
      async (door) => {
        const socket = createConnection(door.server.address.port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.resume();
        await new Promise<void>((resolve) => socket.once('close', () => resolve()));
        assert.equal(door.server.counters.connections, 0);
        assert.equal(door.server.counters.connectionsAccepted, 1);
      },
      { helloMs: 50 },
    );
  });

  test('who does not answer pings is let go of, who does stays', async () => {
    await over(
      new FakePort(),
      async (door) => {
        const { session } = raw(door);
        await new Promise<void>((resolve) => session.once('remoteSettings', () => resolve()));
        await sleep(200);
        assert.equal(session.destroyed, false);
        // A connection whose other end sleeps.
        const mute = createConnection(door.server.address.port, '127.0.0.1');
        mute.on('error', () => undefined);
        mute.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
        mute.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
        mute.resume();
        await new Promise<void>((resolve) => mute.once('close', () => resolve()));
        session.destroy();
      },
      { pingMs: 20, pongMs: 100 },
    );
  });

  test('the deadline of a stream is that of all its requests', async () => {
    const port = new HeldPort();
    await over(port, async (_door, client) => {
      const metadata = new grpc.Metadata();
      metadata.set('grpc-timeout', '60m');
      const stream = client.submit({}, metadata);
      stream.send(create(1));
      const outcome = await stream.outcome;
      assert.deepEqual([outcome.status, outcome.code], [grpc.status.DEADLINE_EXCEEDED, 'timed_out']);
      assert.match(outcome.details, /unknown/);
    });
  });
});

describe('leaving', () => {
  test('what was taken is answered, then the stream ends as unavailable', async () => {
    const port = new HeldPort();
    await over(port, async (door, client) => {
      const stream = client.submit();
      for (let id = 1; id <= 10; id++) stream.send(create(id));
      while (port.sent.length < 10) await sleep(1);
      const drained = door.server.drain(5000);
      await sleep(20);
      stream.send(create(11));
      await sleep(20);
      port.release();
      const outcome = await stream.outcome;
      assert.deepEqual([outcome.status, outcome.code], [grpc.status.UNAVAILABLE, 'closed']);
      assert.equal(stream.replies.length, 10);
      assert.equal(port.sent.length, 10);
      await drained;
    });
  });

  test('clients of ours hear it too, and connect again to the next server', async () => {
    const first = await GrpcDoorFixture.open();
    const client = await grpcPort(first.address);
    const ids = (id: number): Promise<number> =>
      client.request({
        operation: Operation.lookup_accounts,
        count: 1,
        write: ({ bytes }, at) => bytes.fill(id, at, at + 16),
        read: (_cells, _at, size) => size,
        context: NO_CONTEXT,
      });
    assert.equal(await ids(1), 0);
    const { port } = first.server.address;
    await first.close();
    await assert.rejects(ids(1), { code: 'unreachable' });
    const second = await GrpcDoorFixture.open({}, undefined, {}, port);
    assert.equal(await ids(1), 0);
    await client.close();
    await assert.rejects(ids(1), { code: 'closed' });
    await second.close();
  });

  test('a server that dies leaves the outcome unknown', async () => {
    const port = new HeldPort();
    await over(port, async (door) => {
      const client = await grpcPort(door.address);
      const sent = send(client);
      while (port.sent.length < 1) await sleep(1);
      void door.server.drain(1);
      await assert.rejects(sent, (error: TallystickError) => /^(connection_lost|closed)$/.test(error.code));
      await client.close();
    });
  });
});
