import { setTimeout } from 'node:timers/promises';
import { open } from 'tallystick';
import { type FollowOptions, followChanges } from 'tallystick/helpers';

await using ledger = await open(':memory:');
await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 978, code: 1 })));
const sides = { debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 978, code: 1 };
await ledger.createTransfers([1n, 2n].map((id) => ({ ...sides, id })));

// A program keeps the timestamp of what it has handled, and goes on from there.
const options: FollowOptions = { after: 0n, idle: () => setTimeout(500) };
const handled: bigint[] = [];
for await (const event of followChanges(ledger, options)) {
  handled.push(event.transfer_id);
  if (event.transfer_id === 2n) break;
}
console.log(handled); // [ 1n, 2n ]
