/** Reads of nodes that follow: what they show, how old they are, and who refuses them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../../src/index.ts';
import type { OpenNode } from '../src/open.ts';
import { skip, withGroup, withServers } from './group.ts';
import { accounts, close, eventually, leaderAmong, openHere, transfer } from './here.ts';
import { ledgerOf } from './ledger-of.ts';

/** A beat comes every 200 ms, on a machine that does four things at once. */
const AGE_MS_MAX = 10_000;
const STALE = { consistency: 'stale' } as const;

test('a node that follows answers stale reads and its change feed, and nothing else', { skip }, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const nodes = [await openHere(servers, folder, 0), await openHere(servers, folder, 1)];
    await eventually('one node leads', () => leaderAmong(nodes) !== undefined);
    const leader = leaderAmong(nodes)!;
    const follower = nodes.find((node) => node !== leader)!;
    await ledgerOf(leader.port).createAccounts(accounts);
    for (let id = 100n; id < 105n; id++) await ledgerOf(leader.port).createTransfers([transfer(id)]);
    const far = ledgerOf(follower.port);
    await eventually('the follower has read everything', () => follower.port.op === leader.port.op);
    // It has gathered the last ones for its engine, and shows them nevertheless.
    const [payer] = await far.lookupAccounts([1n], STALE);
    assert.equal(payer!.debits_posted, 15n);
    const changes = await far.getChangeEvents({ limit: 10 }, STALE);
    assert.deepEqual(
      changes.map(({ transfer_id }) => transfer_id),
      [100n, 101n, 102n, 103n, 104n],
    );
    await assert.rejects(far.lookupAccounts([1n]), { code: 'not_leader' });
    await assert.rejects(far.createTransfers([transfer(200n)]), { code: 'not_leader' });
    assert.deepEqual(await ledgerOf(leader.port).lookupTransfers([200n], STALE), []);
    await ages(leader, follower, servers);
    await close(...nodes);
  });
});

/** Both know how old they are, and get older without servers. */
async function ages(
  leader: OpenNode,
  follower: OpenNode,
  servers: readonly { stop(signal: NodeJS.Signals): Promise<void> }[],
): Promise<void> {
  await eventually('the follower has heard a beat', () => follower.standing.ageMs < AGE_MS_MAX);
  await ledgerOf(leader.port).lookupAccounts([1n]);
  assert.ok(leader.standing.ageMs < AGE_MS_MAX, `${leader.standing.ageMs}`);
  await Promise.all(servers.map((server) => server.stop('SIGKILL')));
  const [before, leaderBefore] = [follower.standing.ageMs, leader.standing.ageMs];
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.ok(follower.standing.ageMs >= before + 1000, `${before}, then ${follower.standing.ageMs}`);
  assert.ok(leader.standing.ageMs >= leaderBefore + 1000, `${leaderBefore}, then ${leader.standing.ageMs}`);
  const [payer] = await ledgerOf(follower.port).lookupAccounts([1n], STALE);
  assert.equal(payer!.debits_posted, 15n, 'and it answers what it has');
}

test('a client reads from the node that it chose, hears op and age, and writes to the leader', { skip }, async () => {
  await withGroup(async ({ nodes, addresses, leader }) => {
    const { node } = await leader();
    const follower = nodes.find((one) => one !== node)!;
    const writer = await connect(addresses, { retry: true });
    await writer.createAccounts(accounts);
    await writer.createTransfers([transfer(100n)]);
    const reader = await connect(follower.address, STALE);
    await eventually('the follower has it', async () => (await reader.lookupTransfers([100n])).length === 1);
    assert.ok(reader.pin.lastOp >= 2n);
    assert.ok(reader.ageMs < AGE_MS_MAX, `${reader.ageMs}`);
    await assert.rejects(reader.lookupTransfers([100n], { consistency: 'linearizable' }), { code: 'not_leader' });
    await assert.rejects(reader.createTransfers([transfer(101n)]), { code: 'not_leader' });
    const both = await connect([follower.address, node.address], STALE);
    await both.lookupTransfers([100n]);
    const [created] = await both.createTransfers([transfer(101n)]);
    assert.ok(created!.timestamp > 0n, 'it was sent on to the leader');
    await Promise.all([writer, reader, both].map((ledger) => ledger.close()));
  });
});
