/** A request that is sent again gets its first reply, also from a node that leads since. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Cells,
  CreateTransferStatus,
  encodeTransfers,
  NO_CONTEXT,
  type Once,
  Operation,
  once,
  type Port,
  type TransferInput,
} from 'tallystick/internal';
import { TransferFlags } from '../../../src/index.ts';
import type { OpenNode } from '../src/open.ts';
import { skip, withServers } from './group.ts';
import { accounts, close, eventually, leaderAmong, openHere, transfer } from './here.ts';
import { ledgerOf } from './ledger-of.ts';

const { linked } = TransferFlags;
const RESULT_SIZE = 16;
/** A node's port behind what a server puts in front of it. */
function doorOf({ engine, port, lead }: OpenNode): Port {
  return once(engine.window, lead)(port);
}

function chain(id: bigint): TransferInput[] {
  return [
    { ...transfer(id), flags: linked },
    { ...transfer(id + 1n), flags: linked },
    { ...transfer(id + 2n), amount: 1n },
  ];
}

/** Names of the statuses that the request is answered. */
function ask(port: Port, transfers: readonly TransferInput[], identity?: Once): Promise<string[]> {
  return port.request({
    operation: Operation.create_transfers,
    count: transfers.length,
    write: (cells, at) => encodeTransfers(cells, at, transfers),
    read: (cells: Cells, at, size) =>
      Array.from({ length: size / RESULT_SIZE }, (_, index) => {
        return CreateTransferStatus[cells.view.getUint32(at + index * RESULT_SIZE + 8, true)]!;
      }),
    context: identity === undefined ? NO_CONTEXT : { once: identity },
  });
}

function named(request: number, again: Once['again']): Once {
  return { session: 'sixteen letters.', request, checksum: 5, answered: 0, again };
}

test('the node that leads next answers as the one before, whether a request had a batch of its own or not', {
  skip,
}, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const nodes = [await openHere(servers, folder, 0), await openHere(servers, folder, 1)];
    await eventually('one node leads', () => leaderAmong(nodes) !== undefined);
    const first = leaderAmong(nodes)!;
    const next = nodes.find((node) => node !== first)!;
    await ledgerOf(first.port).createAccounts(accounts);
    const door = doorOf(first);
    // Those of one turn share a batch: two that have a session, and one between them that has none.
    const asked = [chain(100n), [transfer(200n)], [transfer(300n), transfer(300n)]] as const;
    const told = await Promise.all([
      ask(door, asked[0], named(1, false)),
      ask(door, asked[1]),
      ask(door, asked[2], named(2, false)),
    ]);
    assert.deepEqual(told, [['created', 'created', 'created'], ['created'], ['created', 'exists']]);
    const alone = await ask(door, chain(400n), named(3, false));
    await assert.rejects(ask(doorOf(next), chain(500n), named(4, { since: 0 })), { code: 'not_leader' });
    await first.resign();
    await eventually('the other node leads', () => next.lead() !== undefined);
    const { op } = next.port;
    const again = { since: 0 };
    assert.deepEqual(await ask(doorOf(next), asked[0], named(1, again)), told[0]);
    assert.deepEqual(await ask(doorOf(next), asked[2], named(2, again)), told[2]);
    assert.deepEqual(await ask(doorOf(next), chain(400n), named(3, again)), alone);
    assert.equal(next.port.op, op, 'nothing was done for them');
    // The node does a request now that was never done, and none whose reply is asked for under another number.
    assert.deepEqual(await ask(doorOf(next), chain(500n), named(4, again)), ['created', 'created', 'created']);
    const other = { ...named(1, again), checksum: 6 };
    await assert.rejects(ask(doorOf(next), chain(600n), other), { code: 'request_reused' });
    await close(...nodes);
  });
});

test('a request that an earlier lead found to be new is not done in a later one', { skip }, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const nodes = [await openHere(servers, folder, 0)];
    await eventually('one node leads', () => nodes[0]!.lead() !== undefined);
    const { port, lead } = nodes[0]!;
    await ledgerOf(port).createAccounts(accounts);
    const found = { ...named(1, { since: 0 }), lead: lead()! - 1 };
    await assert.rejects(ask(port, chain(100n), found), { code: 'not_leader' });
    assert.deepEqual(await ledgerOf(port).lookupTransfers([100n]), []);
    assert.deepEqual(await ask(port, chain(100n), { ...found, lead: lead()! }), ['created', 'created', 'created']);
    await close(...nodes);
  });
});
