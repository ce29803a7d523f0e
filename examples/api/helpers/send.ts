import { open } from 'tallystick';
import {
  type AccountsPort,
  attemptAccounts,
  attemptTransfers,
  sendAccounts,
  sendTransfers,
  type TransfersPort,
} from 'tallystick/helpers';

await using ledger = await open(':memory:');
const accountsTo: AccountsPort = ledger;
const transfersTo: TransfersPort = ledger;
const accounts = [1n, 2n].map((id) => ({ id, ledger: 978, code: 1 }));
console.log((await sendAccounts(accountsTo, accounts)).created); // 2

const sides = { debit_account_id: 1n, credit_account_id: 2n, amount: 5n, ledger: 978, code: 1 };
const transfers = [1n, 2n].map((id) => ({ ...sides, id }));
console.log((await sendTransfers(transfersTo, transfers)).created); // 2
// Sent again after a connection was lost, say: nothing is done twice.
console.log((await sendTransfers(transfersTo, transfers)).existed); // 2

// A list of which some may be refused.
const mixed = [
  { ...sides, id: 3n },
  { ...sides, id: 4n, credit_account_id: 9n },
];
console.log((await attemptTransfers(transfersTo, mixed)).map(({ outcome }) => outcome)); // [ 'created', 'refused' ]
console.log((await attemptAccounts(accountsTo, accounts)).map(({ outcome }) => outcome)); // [ 'existed', 'existed' ]
