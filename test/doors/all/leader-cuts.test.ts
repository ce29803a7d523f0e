/** A cluster whose leader is killed while a connection to it is cut: the next one answers as the first would have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip, withGroup } from '../../../packages/cluster/test/group.ts';
import { CreateTransferStatus, connect, TransferFlags, type TransferInput } from '../../../src/index.ts';
import { CuttingProxy } from '../../../torture/cutting-proxy.ts';

/** Where in the request and in its reply the connection is cut, and the leader killed. */
const CUTS = [
  ['reply', 0],
  ['request', 4 * 128],
  ['reply', 2 * 128],
] as const;
const leg = { debit_account_id: 1n, credit_account_id: 2n, amount: 3n, ledger: 1, code: 1 };

function chain(id: bigint): TransferInput[] {
  const { linked } = TransferFlags;
  return [linked, linked, 0].map((flags, index) => ({ ...leg, id: id + BigInt(index), flags }));
}

test('a leader that is killed while a chain is on its way: the program hears what became of it', { skip }, async () => {
  await withGroup(async (group) => {
    const proxies = await Promise.all(
      group.nodes.map(({ address }) => CuttingProxy.to(() => Number(new URL(address).port))),
    );
    const addresses = proxies.map(({ port }) => `tcp://127.0.0.1:${port}`);
    const ledger = await connect(addresses, { retry: true, reconnectTimeoutMs: 120_000 });
    try {
      await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
      let epoch = 0;
      for (const [index, [way, bytes]] of CUTS.entries()) {
        const leads = await group.leader(epoch);
        epoch = leads.epoch;
        // A read, so that the client is with the leader before its connection is cut.
        await ledger.lookupAccounts([1n]);
        let killed: Promise<void> | undefined;
        proxies[group.nodes.indexOf(leads.node)]!.cutAfter(way, bytes, () => {
          killed = leads.node.stop('SIGKILL');
        });
        const results = await ledger.createTransfers(chain(BigInt(index + 1) * 1000n));
        const statuses = results.map(({ status }) => CreateTransferStatus[status]);
        assert.deepEqual(statuses, ['created', 'created', 'created'], `${way} cut after ${bytes} bytes`);
        assert.notEqual(killed, undefined, 'the leader was killed while it was asked');
        await killed;
        await leads.node.start();
      }
      const [payer] = await ledger.lookupAccounts([1n]);
      assert.equal(payer!.debits_posted, BigInt(CUTS.length) * 9n);
    } finally {
      await ledger.close();
      for (const proxy of proxies) proxy.close();
    }
  });
});
