/** A ledger of a shop's first quarter of 2026, for questions in SQL; and rows as both databases answer them. */
import { type MemoryLedger, open, TransferFlags } from '../../src/index.ts';

const DAY = 86_400_000_000_000n;
const START = BigInt(Date.UTC(2026, 0, 5)) * 1_000_000n;

export const codes = { customer: 10, shop: 20, bank: 30, fees: 40 } as const;

/** Customers 1 to 4 (4 has never paid), shops 20 and 21, the bank 30, fees 40. */
export async function storyLedger(): Promise<MemoryLedger> {
  const ledger = await open(':memory:', { now: START });
  const account = (id: number, code: number) => ({ id: BigInt(id), ledger: 978, code });
  await ledger.createAccounts([
    ...[1, 2, 3, 4].map((id) => account(id, codes.customer)),
    ...[20, 21].map((id) => account(id, codes.shop)),
    account(30, codes.bank),
    account(40, codes.fees),
  ]);
  let last = 1000n;
  const pay = async (from: number, to: number, amount: number, more: object = {}): Promise<bigint> => {
    last += 1n;
    await ledger.createTransfers([
      {
        ...{ id: last, debit_account_id: BigInt(from), credit_account_id: BigInt(to) },
        ...{ amount: BigInt(amount), ledger: 978, code: 1 },
        ...more,
      },
    ]);
    return last;
  };
  const end = async (pending_id: bigint, amount: bigint, flags: number): Promise<void> => {
    last += 1n;
    await ledger.createTransfers([{ id: last, pending_id, amount, flags }]);
  };
  await pay(30, 1, 50_000, { id: 100n });
  await pay(30, 2, 20_500, { id: 101n });
  await pay(3, 20, 1500);
  for (let week = 0; week < 11; week++) {
    await ledger.advance(7n * DAY);
    await pay(1, 20, 1000 + week);
    await pay(2, week % 2 === 0 ? 20 : 21, 700);
    const hold = await pay(1, 21, 400, { flags: TransferFlags.pending, timeout: 3 * 86_400 });
    if (week % 3 === 0) {
      await ledger.advance(5_000_000_000n);
      await end(hold, 300n, TransferFlags.post_pending_transfer);
    } else if (week % 3 === 1) await end(hold, 0n, TransferFlags.void_pending_transfer);
    if (week % 4 === 0) await pay(20, 40, 25);
  }
  await pay(1, 20, 90, { flags: TransferFlags.pending });
  await pay(2, 20, 80, { flags: TransferFlags.pending, timeout: 86_400 });
  return ledger;
}

/** A value as text, whichever driver it came from. */
export function plain(value: unknown): string {
  const text = String(value ?? '');
  return /^-?\d+\.0+$/.test(text) ? text.replace(/\..*/, '') : text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}
