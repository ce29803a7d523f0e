/** Nodes in this process, on real nats-servers: what they agree on, what is void, and damage that is named. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { Operation } from 'tallystick/internal';
import { connectServers } from '../src/jetstream/connection.ts';
import { copyAt, damageOf } from '../src/jetstream/monitors.ts';
import { namesOf } from '../src/jetstream/names.ts';
import { OrderStream } from '../src/jetstream/stream.ts';
import type { NatsServer } from '../src/local/servers.ts';
import type { OpenNode } from '../src/open.ts';
import { eventsOf } from '../src/proposals.ts';
import { Reader } from '../src/reader.ts';
import { type Entry, entryBehind, Kind, readEntry } from '../src/record.ts';
import { skip, withServers } from './group.ts';
import {
  accounts,
  CLUSTER,
  close,
  DIGEST_EVERY,
  eventually,
  leaderAmong,
  openHere,
  type Said,
  transfer,
} from './here.ts';
import { ledgerOf } from './ledger-of.ts';

/** Messages of 1 MB: more than one file of them. */
const COUNT = 24;

test('nodes agree op by op, a node that comes late or comes back as well, and one that differs stops', {
  skip,
}, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const said: Said = { errors: [] };
    const first = await openHere(servers, folder, 0, said);
    await eventually('one node leads', () => first.port.role === 'leading');
    const ledger = ledgerOf(first.port);
    await ledger.createAccounts(accounts);
    const pay = async (from: bigint, count: bigint): Promise<void> => {
      for (let id = from; id < from + count; id++) await ledger.createTransfers([transfer(id)]);
    };
    await pay(100n, 20n);
    const late = await openHere(servers, folder, 1, said);
    await eventually('the late node has read everything', () => late.port.op === first.port.op);
    await pay(200n, 20n);
    await eventually(
      'the digests are there',
      () => late.port.digestAt(40) !== undefined && first.port.digestAt(40) !== undefined,
    );
    for (let op = DIGEST_EVERY; op <= 40; op += DIGEST_EVERY) {
      assert.deepEqual(late.port.digestAt(op), first.port.digestAt(op), `op ${op}`);
    }
    await close(late);
    await pay(300n, 20n);
    const back = await openHere(servers, folder, 1, said);
    await eventually('the node that was away has read everything', () => back.port.op === first.port.op);
    await eventually('and made it', () => back.engine.inFlight === 0);
    assert.deepEqual(said.errors, []);
    await differ(servers, first);
    await eventually(
      'the nodes that differ have stopped',
      () => back.port.role === 'ended' && first.port.role === 'ended',
    );
    assert.match(said.errors.join('\n'), /node 1 has made something else of the batches up to op 56 than node 9/);
    assert.equal((back.engine.failure as { code?: string }).code, 'cluster_damaged');
    await assert.rejects(ledgerOf(back.port).lookupAccounts([1n]), { code: 'cluster_damaged' });
    await close(back, first);
  });
});

/** Takes the lead from `leader`, and says that the batches up to op 56 have come to something else. */
async function differ(servers: readonly NatsServer[], leader: OpenNode): Promise<void> {
  const connection = await connectServers([servers[0]!.url], 'test');
  const stream = await OrderStream.open(connection, CLUSTER);
  const author = { ledgerId: leader.ledgerId, node: 9 };
  const begin = async (): Promise<Entry> => {
    const last = readEntry((await stream.read(await stream.last()))!);
    const claim = entryBehind(last, author, { kind: Kind.epoch, body: new Uint8Array(16) });
    // The leader may have said something meanwhile.
    return (await stream.append(claim.bytes, last.sequence)) === 'stored' ? claim : begin();
  };
  const claim = await begin();
  const body = new Uint8Array(40);
  body[0] = 56;
  const digest = entryBehind(claim, author, { kind: Kind.digest, body });
  assert.equal(await stream.append(digest.bytes, claim.sequence), 'stored');
  // So that the leader hears of the epoch.
  connection.publish(
    stream.names.beats,
    JSON.stringify({
      epoch: claim.epoch,
      node: 9,
      process: '',
      sequence: digest.sequence,
      address: '',
      leaving: false,
    }),
  );
  await connection.flush();
  await connection.close();
}

test('what a leader had on its way when its epoch ended is void for every node', { skip }, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const said: Said = { errors: [] };
    const nodes = [await openHere(servers, folder, 0, said), await openHere(servers, folder, 1, said)];
    await eventually('one node leads', () => leaderAmong(nodes) !== undefined);
    await ledgerOf(leaderAmong(nodes)!.port).createAccounts(accounts);
    await strayBehindEpoch(servers, nodes[0]!.ledgerId);
    await eventually('a node leads a later epoch', () => (leaderAmong(nodes)?.port.epoch ?? 0) > 2);
    const ledger = ledgerOf(leaderAmong(nodes)!.port);
    assert.deepEqual(await ledger.lookupTransfers([666n]), [], 'nobody has done what it says');
    await ledger.createTransfers([transfer(100n)]);
    const { op } = leaderAmong(nodes)!.port;
    await eventually('both have the same', () => nodes.every(({ port, engine }) => port.op === op && engine.op === op));
    await close(...nodes);
    const again = [await openHere(servers, folder, 0, said), await openHere(servers, folder, 1, said)];
    await eventually('one node leads', () => leaderAmong(again) !== undefined);
    assert.equal((await ledgerOf(leaderAmong(again)!.port).lookupTransfers([100n])).length, 1);
    assert.deepEqual(said.errors, []);
    await close(...again);
  });
});

/**
 * Begins an epoch behind everything, and behind that puts a batch of the epoch before, as a leader does that hears
 * late.
 */
async function strayBehindEpoch(servers: readonly NatsServer[], ledgerId: bigint): Promise<void> {
  const connection = await connectServers([servers[0]!.url], 'test');
  const stream = await OrderStream.open(connection, CLUSTER);
  for (;;) {
    const last = readEntry((await stream.read(await stream.last()))!);
    const claim = entryBehind(last, { ledgerId, node: 9 }, { kind: Kind.epoch, body: new Uint8Array(16) });
    const events = eventsOf(Operation.create_transfers, 1, ({ bytes }, at) => {
      for (const [offset, id] of [
        [0, 666],
        [16, 1],
        [32, 2],
      ] as const) {
        new DataView(bytes.buffer, bytes.byteOffset + at).setUint32(offset, id, true);
      }
    });
    const batch = {
      operation: Operation.create_transfers,
      count: 1,
      timestamp: last.timestamp + 2n,
      events,
      parts: [],
    };
    const first = entryBehind(last, { ledgerId, node: 0 }, { kind: Kind.proof });
    const stray = entryBehind(first, { ledgerId, node: 0 }, { kind: Kind.batches, batches: [batch] });
    if ((await stream.append(claim.bytes, last.sequence)) !== 'stored') continue;
    assert.equal(await stream.append(stray.bytes, claim.sequence), 'stored');
    break;
  }
  await connection.close();
}

test('a copy of the stream that has lost messages is named, and a reader that meets it gets all', {
  skip,
}, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const { stream: name } = namesOf(CLUSTER);
    const connection = await connectServers(
      servers.map(({ url }) => url),
      'test',
    );
    const stream = await OrderStream.open(connection, CLUSTER);
    // More than one file of messages: what a server loses from the last one, it gets back by itself.
    const message = (number: number): Uint8Array => new Uint8Array(1_000_000).fill(number);
    for (let number = 1; number <= COUNT; number++) {
      assert.equal(await stream.append(message(number), number - 1), 'stored');
    }
    for (const { monitor } of servers) assert.equal(damageOf(await copyAt(monitor, name)), undefined);
    const victim = await followerAmong(servers, stream);
    await victim.stop();
    damage(join(folder, victim.name), name);
    victim.start();
    let damaged: string | undefined;
    await eventually('the copy is named', async () => {
      damaged = await copyAt(victim.monitor, name).then(damageOf, () => undefined);
      return damaged !== undefined;
    });
    assert.match(damaged!, new RegExp(`${victim.monitor} lacks \\d+ of messages 1 to \\d+`));
    assert.equal(await stream.last(), COUNT);
    await connection.close();
    const near = await connectServers([victim.url], 'test');
    const read = await readAll(await OrderStream.open(near, CLUSTER), COUNT);
    assert.deepEqual(
      read,
      Array.from({ length: COUNT }, (_, index) => index + 1),
    );
    await near.close();
  });
});

/** A server that does not lead the stream. */
async function followerAmong(servers: readonly NatsServer[], stream: OrderStream): Promise<NatsServer> {
  const manager = await jetstreamManager(stream.connection);
  const { cluster } = await manager.streams.info(stream.names.stream);
  return servers.find(({ name }) => name !== cluster?.leader)!;
}

/** What a reader gets: of each message its first byte. */
function readAll(stream: OrderStream, count: number): Promise<number[]> {
  const read: number[] = [];
  return new Promise((resolve, reject) => {
    const reader = new Reader(stream, 1, {
      message: (bytes) => {
        read.push(bytes[0]!);
        if (read.length < count) return;
        reader.end();
        resolve(read);
      },
      cut: () => reject(new Error('nothing was cut')),
      failed: reject,
    });
  });
}

/** Flips bits in the middle of the first block of messages. */
function damage(folder: string, stream: string): void {
  const blocks = join(folder, 'jetstream', '$G', 'streams', stream, 'msgs');
  const name = '1.blk';
  assert.ok(readdirSync(blocks).length > 2, 'there is more than one file of messages');
  const bytes = readFileSync(join(blocks, name));
  bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
  writeFileSync(join(blocks, name), bytes);
}

test('a node ends although its servers are gone', { skip }, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const nodes = [await openHere(servers, folder, 0), await openHere(servers, folder, 1)];
    await eventually('one node leads', () => leaderAmong(nodes) !== undefined);
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    const began = performance.now();
    await close(...nodes);
    assert.ok(performance.now() - began < 30_000);
  });
});
