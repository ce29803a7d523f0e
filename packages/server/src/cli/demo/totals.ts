/** Sums over all accounts, by ledger: what must be equal in any ledger at any time. */
import { accountsOf, type Ledger } from 'tallystick/internal/model';

export interface LedgerTotal {
  readonly number: number;
  readonly accounts: number;
  /** Posted and pending. */
  readonly debits: bigint;
  readonly credits: bigint;
}

export async function ledgerTotals(ledger: Ledger): Promise<LedgerTotal[]> {
  const totals = new Map<number, { accounts: number; debits: bigint; credits: bigint }>();
  for await (const page of accountsOf(ledger)) {
    for (const account of page) {
      const total = totals.get(account.ledger) ?? { accounts: 0, debits: 0n, credits: 0n };
      total.accounts++;
      total.debits += account.debits_posted + account.debits_pending;
      total.credits += account.credits_posted + account.credits_pending;
      totals.set(account.ledger, total);
    }
  }
  return [...totals].map(([number, total]) => ({ number, ...total })).sort((a, b) => a.number - b.number);
}
