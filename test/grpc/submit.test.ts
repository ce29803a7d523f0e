/** The stream of all operations: what it promises, and what it does with clients that break its rules. */
import assert from 'node:assert/strict';
import { connect, constants } from 'node:http2';
import { createConnection } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { grpcPort } from '../../src/client/index.ts';
import { Operation, type RequestPort, TallystickError } from '../../src/model/index.ts';
import type { GrpcLimits } from '../../src/server/index.ts';
import { FakePort, resultsOf, type Sent } from '../support/fake-port.ts';
import { GrpcDoorFixture } from './fixture.ts';
import { GrpcJsClient, type Message, u128 } from './grpc-js.ts';

/** Answers when it is told to. */
class HeldPort extends FakePort {
  readonly held: (() => void)[] = [];
  override answer = async ({ count }: Sent): Promise<Uint8Array> => {
    await new Promise<void>((resolve) => this.held.push(resolve));
    return resultsOf(count, 0xffff_ffff);
  };

  /** Answers everything, now and from now on. */
  release(): void {
    this.answer = async ({ count }) => resultsOf(count, 0xffff_ffff);
    for (const answer of this.held.splice(0)) answer();
  }
}

async function over(
  port: FakePort,
  act: (door: GrpcDoorFixture, client: GrpcJsClient) => Promise<void>,
  limits: Partial<GrpcLimits> = {},
): Promise<void> {
  const door = await GrpcDoorFixture.openBare({ limits }, port);
  const client = new GrpcJsClient(door.authority);
  try {
    await act(door, client);
  } finally {
    if (port instanceof HeldPort) port.release();
    client.close();
    await door.close();
  }
}

const create = (id: number, count = 1): Message => ({
  id: String(id),
  create_transfers: { packed: Buffer.alloc(128 * count, 1) },
});
const send = (port: RequestPort, count = 1): Promise<number> =>
  port.request(
    Operation.create_transfers,
    count,
    ({ bytes }, at) => bytes.fill(1, at, at + 128 * count),
    (_cells, _at, size) => size / 16,
  );

describe('requests and replies', () => {
  test('replies bear the ids of their requests, and overtake each other', async () => {
    const port = new HeldPort();
    await over(port, async (_door, client) => {
      const stream = client.submit();
      for (const id of [7, 8, 9]) stream.send(create(id));
      while (port.held.length < 3) await sleep(1);
      for (const index of [2, 0, 1]) {
        port.held[index]!();
        await stream.until([2, 0, 1].indexOf(index) + 1);
      }
      assert.deepEqual(
        stream.replies.map(({ id }) => id),
        ['9', '7', '8'],
      );
      const outcome = await stream.end();
      assert.equal(outcome.status, grpc.status.OK);
    });
  });

  test('all operations go over one stream, as messages and packed', async () => {
    const door = await GrpcDoorFixture.open();
    const client = new GrpcJsClient(door.authority);
    const stream = client.submit();
    const account = { id: u128(5n), ledger: 1, code: 1 };
    stream.send({ id: '1', create_accounts: { accounts: [account] } });
    stream.send({ id: '2', lookup_accounts: { ids: [u128(5n)] } });
    stream.send({ id: '3', lookup_accounts: { packed: u128(5n) } });
    stream.send({ id: '4', query_accounts: {} });
    stream.send({ id: '5', get_change_events: { filter: {} } });
    stream.send({ id: '6', create_accounts: {} });
    await stream.until(6);
    const byId = new Map(stream.replies.map((reply) => [reply.id, reply]));
    const found = (byId.get('2')!.lookup_accounts as Message).accounts as Message[];
    assert.deepEqual(found[0]!.id, [...u128(5n)]);
    assert.equal(((byId.get('3')!.lookup_accounts as Message).packed as number[]).length, 128);
    assert.equal(((byId.get('4')!.query_accounts as Message).accounts as Message[]).length, 1);
    assert.deepEqual([byId.get('5')!.get_change_events, byId.get('6')!.create_accounts], [{}, {}]);
    assert.equal((await stream.end()).status, grpc.status.OK);
    client.close();
    await door.close();
  });

  test('a request that is refused is answered like any other, and the stream goes on', async () => {
    const port = new HeldPort();
    port.release();
    await over(port, async (_door, client) => {
      const stream = client.submit();
      stream.send({ id: '1', create_transfers: { packed: Buffer.alloc(5) } });
      stream.send({ id: '2' });
      stream.send({ id: '3', create_transfers: { transfers: [{ code: 70_000 }] } });
      stream.send(create(4));
      await stream.until(4);
      const codes = new Map(stream.replies.map(({ id, error }) => [id, (error as Message | undefined)?.code]));
      assert.deepEqual([...codes].sort(), [
        ['1', 'invalid_argument'],
        ['2', 'frame_invalid'],
        ['3', 'invalid_argument'],
        ['4', undefined],
      ]);
      assert.equal(port.sent.length, 1);
    });
  });

  test('what the ledger refuses as a whole says what to do, and when', async () => {
    const port = new FakePort();
    port.answer = () => Promise.reject(new TallystickError('lane_full', 'no room'));
    await over(port, async (_door, client) => {
      const stream = client.submit();
      stream.send(create(1));
      const [reply] = await stream.until(1);
      const error = reply!.error as Message;
      assert.deepEqual([error.code, error.message, error.retriable], ['lane_full', 'no room', true]);
      assert.deepEqual([error.retry_after_ms, error.status, error.outcome_unknown], [20, 8, undefined]);
    });
  });
});

describe('flow control', () => {
  test('a stream has 256 requests unanswered, whatever its client sends; then the rest', async () => {
    const port = new HeldPort();
    await over(port, async (door) => {
      const client = await grpcPort(door.address);
      const sent = Array.from({ length: 1000 }, () => send(client));
      while (port.sent.length < 256) await sleep(1);
      await sleep(50);
      assert.equal(port.sent.length, 256);
      port.held.shift()!();
      await sent[0];
      while (port.sent.length < 257) await sleep(1);
      port.release();
      assert.deepEqual(new Set(await Promise.all(sent)), new Set([1]));
      assert.equal(port.sent.length, 1000);
      await client.close();
      while (door.server.bytesHeld > 0) await sleep(1);
    });
  });

  test('a stream holds so many bytes, its replies counted in', async () => {
    const port = new HeldPort();
    const limits = { streamBytesMax: 1_000_000 };
    await over(
      port,
      async (door) => {
        const client = await grpcPort(door.address);
        // 128,000 bytes each, and 16,000 for the reply.
        const sent = Array.from({ length: 50 }, () => send(client, 1000));
        while (port.sent.length < 6) await sleep(1);
        await sleep(50);
        assert.ok(port.sent.length <= 7, `${port.sent.length} were let in`);
        assert.ok(door.server.bytesHeld <= 1_200_000);
        port.release();
        assert.equal((await Promise.all(sent)).length, 50);
        await client.close();
      },
      limits,
    );
  });

  test('streams share what the server may hold, and each gets its turn', async () => {
    const port = new HeldPort();
    await over(
      port,
      async (door) => {
        const clients = await Promise.all(Array.from({ length: 4 }, () => grpcPort(door.address)));
        const sent = clients.flatMap((client) => Array.from({ length: 5 }, () => send(client, 1000)));
        while (port.sent.length < 2) await sleep(1);
        await sleep(50);
        assert.ok(port.sent.length <= 4, `${port.sent.length} were let in`);
        const answering = setInterval(() => port.held.shift()?.(), 1);
        assert.equal((await Promise.all(sent)).length, 20);
        clearInterval(answering);
        await Promise.all(clients.map((client) => client.close()));
        while (door.server.bytesHeld > 0) await sleep(1);
      },
      { bytesMax: 300_000 },
    );
  });

  test('a client that goes away gives back what it held, and the ledger finishes what it had', async () => {
    const port = new HeldPort();
    await over(port, async (door, client) => {
      const stream = client.submit();
      for (let id = 1; id <= 100; id++) stream.send(create(id));
      while (port.sent.length < 100) await sleep(1);
      assert.ok(door.server.bytesHeld > 12_800);
      stream.call.cancel();
      assert.equal((await stream.outcome).status, grpc.status.CANCELLED);
      port.release();
      while (door.server.bytesHeld > 0) await sleep(1);
      assert.equal(port.sent.length, 100);
    });
  });
});

describe('patience', () => {
  const raw = (door: GrpcDoorFixture) => {
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
      client.request(
        Operation.lookup_accounts,
        1,
        ({ bytes }, at) => bytes.fill(id, at, at + 16),
        (_cells, _at, size) => size,
      );
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
