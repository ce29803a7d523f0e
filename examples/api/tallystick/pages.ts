import { accountsOf, changeEventsOf, open, transfersOf } from 'tallystick';

await using ledger = await open(':memory:');
await ledger.createAccounts([
  { id: 1n, ledger: 978, code: 1 },
  { id: 2n, ledger: 978, code: 1 },
]);
await ledger.createTransfers([
  { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 978, code: 1 },
]);

let accounts = 0;
for await (const page of accountsOf(ledger)) accounts += page.length;
console.log(accounts); // 2
for await (const page of transfersOf(ledger)) {
  console.log(page.map(({ id }) => id)); // [ 1n ]
}
for await (const page of changeEventsOf(ledger)) {
  console.log(page.length); // 1
}
