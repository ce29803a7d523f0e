/** The stream of all operations: what it promises its clients. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { grpcPort } from '../../../src/client/index.ts';
import { TallystickError } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { GrpcDoorFixture } from './fixture.ts';
import { GrpcJsClient, type Message, u128 } from './grpc-js.ts';
import { create, HeldPort, over, send } from './held.ts';

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
      stream.send({ id: '3', create_transfers: { transfers: [{ amount: Buffer.of(1), code: 70_000 }] } });
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
