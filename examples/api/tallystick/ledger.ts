import { CreateTransferStatus, type Ledger, open } from 'tallystick';

/** A program is handed a `Ledger` and does not know whether it is a folder, memory, a server or a cluster. */
async function pay(ledger: Ledger, from: bigint, to: bigint, cents: bigint): Promise<string> {
  const transfer = { id: 7n, debit_account_id: from, credit_account_id: to, amount: cents, ledger: 978, code: 1 };
  const [result] = await ledger.createTransfers([transfer]);
  return CreateTransferStatus[result!.status]!;
}

await using ledger = await open(':memory:');
await ledger.createAccounts([
  { id: 1n, ledger: 978, code: 1 },
  { id: 2n, ledger: 978, code: 1 },
]);
console.log(await pay(ledger, 1n, 2n, 12_50n)); // created
console.log(await pay(ledger, 1n, 2n, 12_50n)); // exists
const [account] = await ledger.lookupAccounts([2n]);
console.log(account!.credits_posted); // 1250n
