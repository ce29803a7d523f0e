import { CreateTransferStatus, open } from 'tallystick';
import { chain, requestsOf } from 'tallystick/helpers';

await using ledger = await open(':memory:');
await ledger.createAccounts([1n, 2n, 3n].map((id) => ({ id, ledger: 978, code: 1 })));
const sides = { debit_account_id: 1n, ledger: 978, code: 1 };
const payment = { ...sides, id: 1n, credit_account_id: 2n, amount: 100n };
const fee = { ...sides, id: 2n, credit_account_id: 4n, amount: 3n };

// Both or neither: account 4 is not there.
const results = await ledger.createTransfers(chain([payment, fee]));
console.log(results.map(({ status }) => CreateTransferStatus[status]).join(', ')); // linked_event_failed, credit_account_not_found
console.log(requestsOf([payment, ...chain([fee, payment])], 2).map(({ length }) => length)); // [ 1, 2 ]
