import { checkShards, open, ShardedLedger, sharded, stripedId } from 'tallystick';

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

// What fees touch does not cross: they have an account on every shard.
const FEES = stripedId(1);
await ledger.createAccounts([{ id: FEES, ledger: 840, code: 2 }]);
await ledger.createTransfers([
  { id: 2n, debit_account_id: 1n, credit_account_id: FEES, amount: 1n, ledger: 840, code: 1 },
  { id: 3n, debit_account_id: 2n, credit_account_id: FEES, amount: 1n, ledger: 840, code: 1 },
]);
console.log((await ledger.lookupAccounts([FEES]))[0]!.credits_posted); // 2n

// An account moves with its balances.
console.log(await ledger.moveAccount(2n, 1), ledger.map); // moved { counts: [ 2 ], moved: 1 }
console.log((await ledger.lookupAccounts([2n]))[0]!.credits_posted); // 10n

// The shards alone prove that nothing was lost between them.
console.log((await checkShards(shards)).problems); // []
await ledger.close();
