/**
 * A program with a ledger that prints how many transfers it was told are created, and is killed: `told-child.js FOLDER
 * MODE CALLERS ROUNDS IDLE_MS`.
 */
import { CreateTransferStatus, open } from '../../src/index.ts';

const [folder, mode, callers, rounds, idleMs] = process.argv.slice(2);
const ledger = await open(folder!, { mode: mode as 'threads' | 'inline' });
await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
let id = 1n;
const call = async (): Promise<number> => {
  const events = Array.from({ length: 100 }, () => ({
    id: id++,
    debit_account_id: 1n,
    credit_account_id: 2n,
    amount: 1n,
    ledger: 1,
    code: 1,
  }));
  const results = await ledger.createTransfers(events);
  return results.filter(({ status }) => status === CreateTransferStatus.created).length;
};
let told = 0;
for (let round = 0; round < Number(rounds); round++) {
  const counts = await Promise.all(Array.from({ length: Number(callers) }, call));
  told += counts.reduce((sum, count) => sum + count, 0);
}
if (Number(idleMs) > 0) await new Promise((resolve) => setTimeout(resolve, Number(idleMs)));
process.stdout.write(`${told}\n`, () => process.kill(process.pid, 'SIGKILL'));
