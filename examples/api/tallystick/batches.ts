import { AccountBatch, CreateAccountStatus, open, TransferBatch } from 'tallystick';

await using ledger = await open(':memory:');

// Records lie in their bytes from the start: no object for each of them, where millions are sent.
const accounts = new AccountBatch(2);
for (const number of [1n, 2n]) {
  accounts.add({ id: number, ledger: 978, code: 1 });
}
const made = await ledger.createAccounts(accounts);
console.log(CreateAccountStatus[made.status(0)]); // created

const transfers = new TransferBatch(1_000);
for (let number = 1n; number <= 1_000n; number++) {
  transfers.add({ id: number, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 978, code: 1 });
}
const results = await ledger.createTransfers(transfers);
console.log(results.toArray().length); // 1000
