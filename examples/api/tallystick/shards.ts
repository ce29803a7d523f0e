import { checkShards, open, ShardedLedger, sharded } from 'tallystick';

const shards = [await open(':memory:'), await open(':memory:')];
const ledger = await sharded(shards, { shardOf: (account) => Number(account % 2n) });
console.log(ledger instanceof ShardedLedger); // true

// The accounts lie on different shards, and the money crosses.
await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 840, code: 1 })));
await ledger.createTransfers([
  { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 10n, ledger: 840, code: 1 },
]);
const [paid] = await ledger.lookupAccounts([2n]);
console.log(paid!.credits_posted); // 10n

// The shards alone prove that nothing was lost between them.
console.log((await checkShards(shards)).problems); // []
await ledger.close();
