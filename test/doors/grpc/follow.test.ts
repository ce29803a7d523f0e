/** The change feed over gRPC, as grpc-js reads it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { type Authenticator, inRole, Ledgers } from '../../../packages/server/src/identity/index.ts';
import type { GrpcServerOptions } from '../../../packages/server/src/server/index.ts';
import { openMemory } from '../../../src/engine/index.ts';
import {
  ChangeEventOffset,
  ChangeEventsFilterOffset,
  Operation,
  type Port,
  TallystickError,
} from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { codec } from '../../support/grpc-messages.ts';
import { GrpcDoorFixture } from './fixture.ts';
import { GrpcJsClient, type Message, type Outcome, outcomeOf, u128 } from './grpc-js.ts';

/** One feed, its changes by their timestamps. */
class Feed {
  readonly call: grpc.ClientReadableStream<object>;
  readonly seen: bigint[] = [];
  readonly replies: Message[] = [];
  readonly outcome: Promise<Outcome>;

  constructor(client: GrpcJsClient, message: Message, options: grpc.CallOptions = {}, metadata = new grpc.Metadata()) {
    this.call = client.client.makeServerStreamRequest(
      '/tallystick.v1.Ledger/FollowChanges',
      codec('FollowChangesRequest').serialize,
      codec('FollowChangesReply').deserialize,
      message,
      metadata,
      options,
    );
    this.call.on('data', (reply: Message) => {
      this.replies.push(reply);
      for (const { timestamp } of (reply.events ?? []) as Message[]) this.seen.push(BigInt(String(timestamp)));
    });
    this.call.on('error', () => undefined);
    this.outcome = new Promise((resolve) => this.call.once('status', (status) => resolve(outcomeOf(status))));
  }

  async until(count: number): Promise<bigint[]> {
    while (this.seen.length < count) await once(this.call, 'data');
    return this.seen;
  }
}

async function withDoor(
  told: (client: GrpcJsClient, door: GrpcDoorFixture) => Promise<void>,
  options: Omit<GrpcServerOptions, 'port'> = {},
  port: Port = openMemory().engine,
): Promise<void> {
  const door = await GrpcDoorFixture.open({ pollMs: 5, ...options }, port);
  const client = new GrpcJsClient(door.authority);
  try {
    await told(client, door);
  } finally {
    client.close();
    await door.close();
  }
}

let next = 1;
/** Moves money between accounts 1 and 2, which are made when they are not there. */
async function move(client: GrpcJsClient, count: number): Promise<bigint[]> {
  await client.call('CreateAccounts', { accounts: [1n, 2n].map((id) => ({ id: u128(id), ledger: 1, code: 1 })) });
  const transfers = Array.from({ length: count }, () => ({
    id_text: String(next++),
    debit_account_id_text: '1',
    credit_account_id_text: '2',
    amount_text: '5',
    ledger: 1,
    code: 1,
  }));
  const { results } = await client.call('CreateTransfers', { transfers });
  return (results as Message[]).map(({ timestamp }) => BigInt(String(timestamp)));
}

test('what was, what comes, and from any change on: nothing is left out, nothing comes twice', async () => {
  await withDoor(async (client) => {
    const sent = await move(client, 300);
    const feed = new Feed(client, {});
    assert.deepEqual(await feed.until(300), sent);
    sent.push(...(await move(client, 3)));
    await sleep(20);
    sent.push(...(await move(client, 200)));
    assert.deepEqual(await feed.until(503), sent);
    // Each page says where to go on.
    const { next: behind, events } = feed.replies[0]!;
    assert.equal(behind, ((events as Message[]).at(-1) as Message).timestamp);
    feed.call.cancel();
    const resumed = new Feed(client, { since: behind });
    const rest = sent.slice((events as Message[]).length);
    assert.deepEqual(await resumed.until(rest.length), rest);
    resumed.call.cancel();
  });
});

test('until the newest: it ends well, in each form', async () => {
  await withDoor(async (client) => {
    const sent = await move(client, 130);
    const bytes = new Feed(client, { until_newest: true });
    assert.equal((await bytes.outcome).status, grpc.status.OK);
    assert.deepEqual(bytes.seen, sent);
    const text = new Feed(client, { until_newest: true, text: true });
    assert.equal((await text.outcome).status, grpc.status.OK);
    const [first] = text.replies[0]!.events as Message[];
    assert.deepEqual(
      [first!.debit_account_id_text, first!.transfer_amount_text, first!.debit_account_id],
      ['1', '5', undefined],
    );
    const packed = new Feed(client, { until_newest: true, packed: true, since: String(sent[1]) });
    assert.equal((await packed.outcome).status, grpc.status.OK);
    const all = Buffer.concat(packed.replies.map((reply) => Buffer.from(reply.packed as number[])));
    assert.deepEqual([all.length / 384, all.readBigUInt64LE(ChangeEventOffset.timestamp)], [128, sent[2]]);
    const nothing = new Feed(client, { until_newest: true, since: String(sent.at(-1)) });
    assert.equal((await nothing.outcome).status, grpc.status.OK);
    assert.deepEqual(nothing.replies, []);
    const wrong = new Feed(client, { packed: true, text: true });
    assert.equal((await wrong.outcome).code, 'invalid_argument');
    const never = new Feed(client, { since: '18446744073709551615' });
    assert.equal((await never.outcome).code, 'invalid_argument');
  });
});

/** A ledger with a change at every nanosecond, however many are asked for. */
function endless(): FakePort {
  const port = new FakePort();
  port.answer = ({ operation, cells }) => {
    assert.equal(operation, Operation.get_change_events);
    const from = cells.view.getBigUint64(ChangeEventsFilterOffset.timestamp_min, true);
    const count = cells.view.getUint32(ChangeEventsFilterOffset.limit, true);
    const page = new DataView(new ArrayBuffer(count * 384));
    for (let at = 0; at < count; at++) {
      page.setBigUint64(at * 384 + ChangeEventOffset.timestamp, from + BigInt(at), true);
    }
    return new Uint8Array(page.buffer);
  };
  return port;
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!holds()) {
    assert.ok(performance.now() < end, `not within half a minute: ${holds}`);
    await sleep(5);
  }
}

test('a client that does not read is waited for, holds a page, and then misses nothing', async () => {
  const port = endless();
  await withDoor(
    async (client, { server }) => {
      const feed = new Feed(client, { packed: true });
      feed.call.pause();
      await once(feed.call, 'metadata');
      let asked = -1;
      while (asked !== port.sent.length) {
        asked = port.sent.length;
        await sleep(300);
      }
      // What the windows of the client's HTTP/2 let through, and one page more.
      assert.ok(asked < 2000, `${asked} pages`);
      assert.ok(server.bytesHeld > 0 && server.bytesHeld < 200_000, `${server.bytesHeld}`);
      feed.call.resume();
      await until(() => feed.replies.length > asked + 50);
      feed.call.cancel();
      const all = Buffer.concat(feed.replies.map((reply) => Buffer.from(reply.packed as number[])));
      for (let at = 0; at < all.length / 384; at++) {
        assert.equal(all.readBigUInt64LE(at * 384 + ChangeEventOffset.timestamp), BigInt(at + 1));
      }
      await until(() => server.bytesHeld === 0);
    },
    {},
    port,
  );
});

test('a client that takes nothing for too long is cut off, and what it held is given back', async () => {
  await withDoor(
    async (client, { server }) => {
      const feed = new Feed(client, { packed: true });
      feed.call.pause();
      await once(feed.call, 'metadata');
      await until(() => server.bytesHeld > 0);
      await until(() => server.bytesHeld === 0);
      feed.call.resume();
      assert.notEqual((await feed.outcome).status, grpc.status.OK);
    },
    { limits: { writeMs: 300 } },
    endless(),
  );
});

test('a feed that is cancelled asks no more, whether it waits or sends', async () => {
  const port = new FakePort();
  await withDoor(
    async (client, { server }) => {
      const feeds = Array.from({ length: 20 }, () => new Feed(client, {}));
      await Promise.all(feeds.map(({ call }) => once(call, 'metadata')));
      assert.equal(server.bytesHeld, 0, 'a feed that waits holds nothing');
      for (const { call } of feeds) call.cancel();
      for (const { outcome } of feeds) assert.equal((await outcome).status, grpc.status.CANCELLED);
      await sleep(50);
      const asked = port.sent.length;
      await sleep(100);
      assert.equal(port.sent.length, asked);
    },
    {},
    port,
  );
});

test('a full lane is no end; a ledger that refuses is, with its reason', async () => {
  const port = endless();
  const { answer } = port;
  let asked = 0;
  port.answer = (sent) => {
    asked++;
    if (asked > 1 && asked < 6) throw new TallystickError('lane_full');
    if (asked > 8) throw new TallystickError('journal_corrupt');
    return answer(sent);
  };
  await withDoor(
    async (client) => {
      const feed = new Feed(client, {});
      const { code } = await feed.outcome;
      assert.equal(code, 'journal_corrupt');
      assert.deepEqual(
        feed.seen,
        feed.seen.map((_, index) => BigInt(index + 1)),
      );
      assert.ok(feed.seen.length >= 256);
    },
    {},
    port,
  );
});

test('it ends with its deadline, and with the server; behind the last change it goes on at the next', async () => {
  await withDoor(async (client, door) => {
    const sent = await move(client, 3);
    const short = new Feed(client, {}, { deadline: Date.now() + 300 });
    assert.equal((await short.outcome).status, grpc.status.DEADLINE_EXCEEDED);
    assert.deepEqual(short.seen, sent);
    const feed = new Feed(client, {});
    await feed.until(3);
    void door.server.drain(2000);
    const { status, code } = await feed.outcome;
    assert.deepEqual([status, code], [grpc.status.UNAVAILABLE, 'closed']);
  });
});

test('it takes the scope of the feed, and ends with its token', async () => {
  const authenticator: Authenticator = {
    async authenticate(token) {
      const end = Date.now() + 400;
      if (token === 'short') return { ...inRole('a', 'read', 'token'), expiry: { expires: end, until: end } };
      if (token === 'some') return { ...inRole('b', 'read', 'token'), ledgers: new Ledgers([[2, 2]]) };
      if (token === 'creates') return { ...inRole('c', 'write', 'token'), scopes: new Set(['accounts:read']) };
      throw new TallystickError('unauthenticated');
    },
  };
  await withDoor(
    async (client) => {
      const as = (token: string): Feed => {
        const metadata = new grpc.Metadata();
        metadata.set('authorization', `Bearer ${token}`);
        return new Feed(client, {}, {}, metadata);
      };
      assert.equal((await as('nobody').outcome).code, 'unauthenticated');
      assert.equal((await as('creates').outcome).code, 'forbidden');
      // It is limited to a ledger in which nothing changes.
      const some = as('some');
      await once(some.call, 'metadata');
      some.call.cancel();
      assert.equal((await some.outcome).status, grpc.status.CANCELLED);
      assert.deepEqual(some.seen, []);
      const short = as('short');
      await once(short.call, 'metadata');
      const { status, code } = await short.outcome;
      assert.deepEqual([status, code], [grpc.status.UNAUTHENTICATED, 'unauthenticated']);
    },
    { authenticator },
  );
});
