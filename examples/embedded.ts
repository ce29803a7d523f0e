/**
 * A ledger inside your process: open a folder, create two accounts, sell something. `node dist/examples/embedded.js
 * [FOLDER]`
 */
import { AccountFlags, CreateTransferStatus, id, open } from 'tallystick';

const USD = 840;
const ledger = await open(process.argv[2] ?? './shop');

const [cash, revenue] = [id(), id()];
await ledger.createAccounts([
  { id: cash, ledger: USD, code: 100, flags: AccountFlags.credits_must_not_exceed_debits | AccountFlags.history },
  { id: revenue, ledger: USD, code: 400 },
]);

// When this resolves, the sale is on disk. Sending it again with the same id would answer `exists` and move nothing.
const [sale] = await ledger.createTransfers([
  { id: id(), debit_account_id: cash, credit_account_id: revenue, amount: 12_50n, ledger: USD, code: 1 },
]);
console.log('sale:', CreateTransferStatus[sale!.status]);

// The till holds 12.50, so it cannot pay 20.00. That is an answer, not an exception.
const [refund] = await ledger.createTransfers([
  { id: id(), debit_account_id: revenue, credit_account_id: cash, amount: 20_00n, ledger: USD, code: 2 },
]);
console.log('refund:', CreateTransferStatus[refund!.status]);

const [account] = await ledger.lookupAccounts([cash]);
console.log('in the till:', account!.debits_posted - account!.credits_posted, 'cents');

await ledger.close();
