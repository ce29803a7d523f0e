import { open } from 'tallystick';
import {
  type Accepted,
  acceptedAccounts,
  acceptedTransfers,
  accountOutcomes,
  type Outcome,
  RefusedError,
  transferOutcomes,
} from 'tallystick/helpers';

await using ledger = await open(':memory:');
const accounts = [1n, 2n].map((id) => ({ id, ledger: 978, code: 1 }));
const made: Accepted = acceptedAccounts(accounts, await ledger.createAccounts(accounts));
console.log(made.created, made.existed); // 2 0
console.log(accountOutcomes(accounts, await ledger.createAccounts(accounts))[0]!.outcome); // existed

const sides = { debit_account_id: 1n, amount: 5n, ledger: 978, code: 1 };
const transfers = [
  { ...sides, id: 1n, credit_account_id: 2n },
  { ...sides, id: 2n, credit_account_id: 9n },
];
const results = await ledger.createTransfers(transfers);
const outcomes: Outcome[] = transferOutcomes(transfers, results);
console.log(outcomes.map(({ outcome }) => outcome)); // [ 'created', 'refused' ]
try {
  acceptedTransfers(transfers, results);
} catch (error) {
  if (!(error instanceof RefusedError)) throw error;
  console.log(error.id, error.statusName); // 2n credit_account_not_found
}
