/** A stream does not grow for ever, and nodes that were away for longer get what they lack from others. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectServers } from '../src/jetstream/connection.ts';
import { copyAt, damageOf } from '../src/jetstream/monitors.ts';
import { OrderStream } from '../src/jetstream/stream.ts';
import type { NatsServer } from '../src/local/servers.ts';
import type { OpenNode } from '../src/open.ts';
import { skip, withServers } from './group.ts';
import { accounts, CLUSTER, close, eventually, leaderAmong, openHere, type Said, transfer } from './here.ts';
import { ledgerOf } from './ledger-of.ts';

/** Some ten records. */
const RETAIN = 2000;
const STALE = { consistency: 'stale' } as const;

test('what all nodes have leaves the stream; a node that was away, and one without a disk, get it from others', {
  skip,
}, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const said: Said = { errors: [] };
    const at = (node: number): Promise<OpenNode> => openHere(servers, folder, node, said, RETAIN);
    const nodes = await Promise.all([0, 1, 2].map(at));
    const stream = await streamOf(servers);
    await eventually('one node leads', () => leaderAmong(nodes) !== undefined);
    await ledgerOf(leaderAmong(nodes)!.port).createAccounts(accounts);
    let paid = 0n;
    const payUntil = async (first: number): Promise<void> => {
      await eventually(`the stream begins behind message ${first}`, async () => {
        await ledgerOf(leaderAmong(nodes)!.port).createTransfers([transfer(100n + paid++)]);
        return (await stream.first()) > first;
      });
    };
    await payUntil(1);
    await eventually('all copies begin there', async () => {
      const copies = await Promise.all(servers.map(({ monitor }) => copyAt(monitor, stream.name)));
      return copies.every((copy) => damageOf(copy) === undefined && copy.messages!.first > 1);
    });
    // While one is away nothing is removed that it might want, until that is too much.
    const [away] = nodes.filter((node) => node !== leaderAmong(nodes));
    const number = nodes.indexOf(away!);
    await close(away!);
    const before = await stream.last();
    await payUntil(before);
    nodes[number] = await at(number);
    await levelled(nodes, paid, 'the node that was away');
    const [wiped] = nodes.filter((node) => node !== leaderAmong(nodes));
    const lost = nodes.indexOf(wiped!);
    await close(wiped!);
    rmSync(join(folder, `node-${lost}`), { recursive: true });
    nodes[lost] = await at(lost);
    await levelled(nodes, paid, 'the node with an empty folder');
    assert.deepEqual(said.errors, []);
    await stream.connection.close();
    await close(...nodes);
  });
});

async function streamOf(servers: readonly NatsServer[]): Promise<OrderStream> {
  return OrderStream.open(
    await connectServers(
      servers.map(({ url }) => url),
      'test',
    ),
    CLUSTER,
  );
}

/** All nodes have all payments. */
async function levelled(nodes: readonly OpenNode[], paid: bigint, who: string): Promise<void> {
  await eventually(`${who} follows`, async () => {
    const payers = await Promise.all(nodes.map(({ port }) => ledgerOf(port).lookupAccounts([1n], STALE)));
    return payers.every(([payer]) => payer?.debits_posted === 3n * paid);
  });
}
