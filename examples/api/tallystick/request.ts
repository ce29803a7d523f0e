import { AccountBatch, Operation, type ReplayPort } from 'tallystick';
import { openModel } from 'tallystick/testing';

// Below a `Ledger` a request is an operation and the bytes of its events. A `ReplayPort` takes those as they are.
const port: ReplayPort = await openModel();
const accounts = new AccountBatch(1);
accounts.add({ id: 1n, ledger: 978, code: 1 });
const reply = await port.request(Operation.create_accounts, accounts.bytes, 1_000n);
console.log(reply.length); // 16
console.log(Operation[Operation.create_accounts]); // create_accounts
await port.close();
