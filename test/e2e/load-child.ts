/**
 * Writes to a ledger on threads as fast as it can until it is killed: `node load-child.js FOLDER FIRST`. Transfers have
 * the ids from FIRST on, in requests of many sizes, 40 of them in flight; every seventh is pending for a second. Prints
 * the last id of each request that was answered, straight to the pipe.
 */
import { writeSync } from 'node:fs';
import { openFolder } from '../../src/engine/index.ts';
import { CreateTransferStatus, ObjectLedger, TransferBatch, TransferFlags } from '../../src/model/index.ts';
import { tightForgetful } from '../../testing/ports/sizes.ts';

const SIZES = [1, 1, 3, 1, 40, 1, 500, 1, 1, 200];
const [folder = '', first = '1'] = process.argv.slice(2);
const { engine } = await openFolder(folder, tightForgetful);
const ledger = new ObjectLedger(engine);
await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));

let next = Number(first);
let requests = 0;

async function caller(): Promise<never> {
  for (;;) {
    const batch = new TransferBatch(SIZES[requests++ % SIZES.length]!);
    while (batch.count < batch.capacity) {
      const pending = next % 7 === 0;
      batch.add({
        id: BigInt(next++),
        debit_account_id: 1n,
        credit_account_id: 2n,
        amount: 1n,
        ledger: 1,
        code: 1,
        ...(pending ? { flags: TransferFlags.pending, timeout: 1 } : {}),
      });
    }
    const last = next - 1;
    const results = await ledger.createTransfers(batch);
    if (results.firstFailure() >= 0) throw new Error(CreateTransferStatus[results.status(results.firstFailure())]);
    writeSync(1, `${last}\n`);
  }
}

await Promise.all(Array.from({ length: 40 }, caller));
