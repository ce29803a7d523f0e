/** One ledger made of two, and the proof that nothing was lost between them. */
import assert from 'node:assert/strict';
import { checkShards, open, ShardedLedger, sharded } from 'tallystick';

const shards = [await open(':memory:'), await open(':memory:')];
const ledger = await sharded(shards, { shardOf: (account) => Number(account % 2n) });
assert.ok(ledger instanceof ShardedLedger);

await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 840, code: 1 })));
await ledger.createTransfers([
  { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 10n, ledger: 840, code: 1 },
]);
assert.deepEqual((await checkShards(shards)).problems, []);
await ledger.close();
