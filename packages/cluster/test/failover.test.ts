/** Three nodes as processes, three nats-servers, clients who remember, and a machine that is gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateTransferStatus, connect } from '../../../src/index.ts';
import { compareFolders } from './compare.ts';
import { skip, withGroup } from './group.ts';

/**
 * Until somebody else answers when a leader is gone (its lease, and a record), and when it hands over. A quiet machine
 * needs about a second, and less; these are for one that does four things at once. The tests print what they saw.
 */
const FAILOVER_MS_MAX = 15_000;
const HANDOVER_MS_MAX = 10_000;

test('money moved on the leader is on every node, and each node refuses or knows', { skip }, async () => {
  await withGroup(async (group) => {
    const { node: leader } = await group.leader();
    const payers = await group.payers();
    await payers.more(500);
    for (const node of group.nodes) {
      if (node === leader) continue;
      const ledger = await connect(node.address);
      await assert.rejects(ledger.lookupAccounts([1n]), { code: 'not_leader', message: new RegExp(leader.address) });
      await ledger.close();
    }
    await payers.check();
    await compareFolders(group, payers.told, payers.unknown);
  });
});

test('a leader that is killed under load: nothing told is lost, nothing is done twice', { skip }, async (t) => {
  await withGroup(async (group) => {
    let { node: leader, epoch } = await group.leader();
    const payers = await group.payers();
    for (let kill = 0; kill < 2; kill++) {
      await payers.more(200);
      payers.resetGap();
      await leader.stop('SIGKILL');
      const gone = leader;
      ({ node: leader, epoch } = await group.leader(epoch));
      await payers.more(200);
      t.diagnostic(`no answer for ${payers.longestGap.toFixed(0)} ms`);
      assert.ok(payers.longestGap < FAILOVER_MS_MAX, `no answer for ${payers.longestGap.toFixed(0)} ms`);
      await gone.start();
    }
    await payers.check();
    await compareFolders(group, payers.told, payers.unknown);
  });
});

test('a leader that is asked to end hands over first', { skip }, async (t) => {
  await withGroup(async (group) => {
    const { node: leader, epoch } = await group.leader();
    const payers = await group.payers();
    await payers.more(200);
    payers.resetGap();
    await leader.stop('SIGTERM');
    await group.leader(epoch);
    await payers.more(200);
    t.diagnostic(`no answer for ${payers.longestGap.toFixed(0)} ms`);
    assert.ok(payers.longestGap < HANDOVER_MS_MAX, `no answer for ${payers.longestGap.toFixed(0)} ms`);
    await payers.check();
  });
});

test('a leader that stood still while another one led tells nobody anything', { skip }, async () => {
  await withGroup(async (group) => {
    const { node: leader, epoch } = await group.leader();
    const payers = await group.payers();
    await payers.more(200);
    // Asked of the old leader alone, and answered only after it has stood still.
    const alone = await connect(leader.address, { reconnectTimeoutMs: 1 });
    leader.kill('SIGSTOP');
    const read = alone.lookupAccounts([1n]);
    const written = alone.createTransfers([
      { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1_000_000n, ledger: 840, code: 1 },
    ]);
    const outcomes = Promise.allSettled([read, written]);
    await group.leader(epoch);
    // A client of a process that stands still hears nothing, so others pay meanwhile.
    const others = await connect(group.addresses.filter((address) => address !== leader.address));
    await others.createAccounts([3n, 4n].map((id) => ({ id, ledger: 840, code: 1 })));
    for (let id = 1_000_000n; id < 1_000_050n; id++) {
      const transfer = { id, debit_account_id: 3n, credit_account_id: 4n, amount: 1n, ledger: 840, code: 1 };
      assert.equal((await others.createTransfers([transfer]))[0]!.status, CreateTransferStatus.created);
    }
    await others.close();
    leader.kill('SIGCONT');
    for (const outcome of await outcomes) {
      assert.equal(outcome.status, 'rejected');
      assert.equal((outcome.reason as { code?: string }).code, 'not_leader');
    }
    await alone.close();
    await payers.more(50);
    await payers.check();
    await compareFolders(group, payers.told, payers.unknown);
  });
});

test('one of the three nats-servers is killed: told is told, and it goes on', { skip }, async () => {
  await withGroup(async (group) => {
    await group.leader();
    const payers = await group.payers();
    for (const server of group.servers) {
      await payers.more(100);
      await server.stop('SIGKILL');
      await payers.more(100);
      server.start();
      await pause(500);
    }
    await payers.check();
    await compareFolders(group, payers.told, payers.unknown);
  });
});
