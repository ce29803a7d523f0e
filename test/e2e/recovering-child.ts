/** Fills a ledger on threads and stays: `node recovering-child.js FOLDER COUNT`. Says `told` when all is durable. */
import { writeSync } from 'node:fs';
import { open } from '../../src/index.ts';
import { EVENTS_MAX, TransferBatch } from '../../src/model/index.ts';

const [folder = '', count = ''] = process.argv.slice(2);
const ledger = await open(folder);
await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
const answers: Promise<unknown>[] = [];
for (let id = 1; id <= Number(count); ) {
  const batch = new TransferBatch(Math.min(EVENTS_MAX, Number(count) + 1 - id));
  while (batch.count < batch.capacity) {
    batch.add({ id: BigInt(id++), debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 });
  }
  answers.push(ledger.createTransfers(batch));
}
await Promise.all(answers);
writeSync(1, 'told\n');
setInterval(() => {}, 1000);
