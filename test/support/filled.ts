/** A ledger with more transfers than a page holds. */
import { type Ledger, TransferFlags } from '../../src/index.ts';

export const FILLED_COUNT = 9000;

/** Two accounts with history, and that many transfers between them, every other one pending. */
export async function fill(ledger: Ledger): Promise<void> {
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1, flags: 8 })));
  for (let from = 0; from < FILLED_COUNT; from += 3000) {
    await ledger.createTransfers(
      Array.from({ length: 3000 }, (_, index) => ({
        id: BigInt(from + index + 1),
        debit_account_id: 1n,
        credit_account_id: 2n,
        amount: 1n,
        ledger: 1,
        code: 1,
        flags: index % 2 === 0 ? TransferFlags.pending : 0,
      })),
    );
  }
}
