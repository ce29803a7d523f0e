import { AccountFlags, open } from 'tallystick';
import {
  accountBalancesOf,
  accountsOf,
  accountTransfersOf,
  changeEventsOf,
  each,
  foundTransfersOf,
  openPendingsOf,
  queriedAccountsOf,
  queriedTransfersOf,
  transfersOf,
} from 'tallystick/helpers';

await using ledger = await open(':memory:');
await ledger.createAccounts([
  { id: 1n, ledger: 978, code: 1, flags: AccountFlags.history },
  { id: 2n, ledger: 978, code: 2 },
]);
const sides = { debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 978, code: 7 };
await ledger.createTransfers([1n, 2n, 3n].map((id) => ({ ...sides, id })));

/** The sizes of the pages. */
async function sizes(pages: AsyncIterable<readonly unknown[]>): Promise<number[]> {
  const found: number[] = [];
  for await (const page of pages) found.push(page.length);
  return found;
}

// `limit` is the size of a page; pages go on until everything was there.
console.log(await sizes(accountTransfersOf(ledger, { account_id: 1n, limit: 2 }))); // [ 2, 1 ]
console.log(await sizes(accountBalancesOf(ledger, { account_id: 1n, limit: 2 }))); // [ 2, 1 ]
console.log(await sizes(queriedTransfersOf(ledger, { code: 7, limit: 2 }))); // [ 2, 1 ]
console.log(await sizes(queriedAccountsOf(ledger, { code: 2, limit: 2 }))); // [ 1 ]
console.log(await sizes(foundTransfersOf(ledger, { amount_max: 1n, limit: 2 }))); // [ 2, 1 ]
console.log(await sizes(openPendingsOf(ledger, 1n))); // []
console.log(await sizes(accountsOf(ledger))); // [ 2 ]
console.log(await sizes(transfersOf(ledger))); // [ 3 ]
console.log(await sizes(changeEventsOf(ledger))); // [ 3 ]

// Record by record.
let amount = 0n;
for await (const transfer of each(transfersOf(ledger))) amount += transfer.amount;
console.log(amount); // 3n
