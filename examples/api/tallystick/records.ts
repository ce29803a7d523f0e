import {
  AccountFilterFlags,
  type AccountFilterInput,
  AccountFlags,
  type AccountInput,
  open,
  type QueryFilterInput,
  type TransferInput,
} from 'tallystick';

await using ledger = await open(':memory:');
const accounts: AccountInput[] = [
  { id: 1n, ledger: 978, code: 1, flags: AccountFlags.history },
  { id: 2n, ledger: 978, code: 2, user_data_64: 42n },
];
const transfer: TransferInput = {
  id: 1n,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: 500n,
  ledger: 978,
  code: 10,
};
await ledger.createAccounts(accounts);
await ledger.createTransfers([transfer]);

// The transfers of one account, newest first.
const filter: AccountFilterInput = {
  account_id: 1n,
  limit: 10,
  flags: AccountFilterFlags.debits | AccountFilterFlags.credits | AccountFilterFlags.reversed,
};
console.log((await ledger.getAccountTransfers(filter)).map(({ amount }) => amount)); // [ 500n ]
console.log((await ledger.getAccountBalances(filter)).map(({ debits_posted }) => debits_posted)); // [ 500n ]

// Everything that has these fields.
const fields: QueryFilterInput = { user_data_64: 42n, limit: 10 };
console.log((await ledger.queryAccounts(fields)).map(({ id }) => id)); // [ 2n ]

// What changed balances, with the balances that it left.
const [change] = await ledger.getChangeEvents({ limit: 10 });
console.log(change!.transfer_amount, change!.credit_account_credits_posted); // 500n 500n
