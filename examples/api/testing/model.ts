import { CreateTransferStatus, type Ledger } from 'tallystick';
import { Model, ModelLedger, ModelReplayPort, openModel } from 'tallystick/testing';

// The rules of money in plain bigints: slow, easy to read, and not a line in common with the engine.
const ledger: Ledger = new ModelLedger();
await ledger.createAccounts([{ id: 1n, ledger: 978, code: 1 }]);
const [result] = await ledger.createTransfers([
  { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 5n, ledger: 978, code: 1 },
]);
console.log(CreateTransferStatus[result!.status]); // credit_account_not_found
await ledger.close();

// The same for tools that speak in bytes and tell the time.
const port = await openModel();
console.log(port instanceof ModelReplayPort, port.model instanceof Model); // true true
