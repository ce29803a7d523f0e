/** A program whose addresses are limited, from outside or by itself; says in JSON what it heard. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Engine, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { ObjectLedger, type TallystickError } from '../../src/model/index.ts';

const [folder, mode] = process.argv.slice(2) as [string, 'threads' | 'inline'];
const sizes = { ...SMALL_SIZES, ringCells: 2 ** 13, sealEntries: 4000 };
const heard: { code?: string; message?: string; told: number; read: number } = { told: 0, read: 0 };

/**
 * From now on the process gets no more addresses than it has and a gibibyte: enough for all but a WebAssembly memory.
 */
function limit(): void {
  const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
  execFileSync('prlimit', ['--pid', String(process.pid), `--as=${pages * 4096 + 2 ** 30}`]);
}

async function talk(engine: Engine, ledger: ObjectLedger): Promise<void> {
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  // A thread that moves has what it takes from the start.
  while (engine.threads.some(({ beats }) => beats === 0)) await new Promise((resolve) => setTimeout(resolve, 10));
  limit();
  for (let first = 1; first < 40_000; first += 400) {
    const ids = Array.from({ length: 400 }, (_, index) => BigInt(first + index));
    const transfer = { debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
    await ledger.createTransfers(ids.map((id) => ({ id, ...transfer })));
    heard.told += 400;
    // So that a builder has the time to find out.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

try {
  const { engine } = await openFolder(folder, { mode, sizes });
  const ledger = new ObjectLedger(engine);
  const { code, message } = (await talk(engine, ledger).catch((error: unknown) => error)) as TallystickError;
  Object.assign(heard, { code, message });
  heard.read = (await ledger.queryTransfers({ limit: 8189 })).length;
  await ledger.close().catch(() => undefined);
} catch (error) {
  const { code, message } = error as TallystickError;
  Object.assign(heard, { code: heard.code ?? code, message: heard.message ?? message });
}
console.log(JSON.stringify(heard));
