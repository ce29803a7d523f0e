import { AccountFilterFlags, open } from 'tallystick';
import { type Empty, type EmptyReason, whyNoBalances, whyNoTransfers } from 'tallystick/helpers';

await using ledger = await open(':memory:');
await ledger.createAccounts([{ id: 1n, ledger: 978, code: 1 }]);

const newest = { account_id: 1n, flags: AccountFilterFlags.reversed };
console.log((await ledger.getAccountTransfers(newest)).length); // 0
const why: Empty | undefined = await whyNoTransfers(ledger, newest);
const reason: EmptyReason | undefined = why?.reason;
console.log(reason); // no_side
console.log(why?.next); // Add `debits`, `credits` or both to the flags.
console.log((await whyNoBalances(ledger, { account_id: 1n }))?.reason); // account_without_history
console.log((await whyNoBalances(ledger, { account_id: 9n }))?.reason); // account_not_found
