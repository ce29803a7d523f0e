import {
  AccountFilterFlags,
  AccountFlags,
  ChangeEventType,
  CreateAccountStatus,
  CreateTransferStatus,
  open,
  QueryFilterFlags,
  TransferFlags,
} from 'tallystick';

await using ledger = await open(':memory:');
const [made] = await ledger.createAccounts([
  { id: 1n, ledger: 978, code: 1, flags: AccountFlags.debits_must_not_exceed_credits },
  { id: 2n, ledger: 978, code: 1 },
]);
// A status is a number, and the same object has its name.
console.log(made!.status === CreateAccountStatus.created, CreateAccountStatus[made!.status]); // true created

const sides = { ledger: 978, code: 1, amount: 5n };
const results = await ledger.createTransfers([
  { ...sides, id: 1n, debit_account_id: 1n, credit_account_id: 2n },
  { ...sides, id: 2n, debit_account_id: 2n, credit_account_id: 1n, flags: TransferFlags.pending },
]);
console.log(results.map(({ status }) => CreateTransferStatus[status])); // [ 'exceeds_credits', 'created' ]

const [change] = await ledger.getChangeEvents({ limit: 1 });
console.log(ChangeEventType[change!.type]); // two_phase_pending
const flags = AccountFilterFlags.debits | AccountFilterFlags.reversed;
console.log((await ledger.getAccountTransfers({ account_id: 2n, limit: 1, flags })).length); // 1
console.log((await ledger.queryAccounts({ limit: 1, flags: QueryFilterFlags.reversed }))[0]!.id); // 2n
