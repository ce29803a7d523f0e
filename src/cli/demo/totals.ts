/** Sums over all accounts, by ledger: what must be equal in any ledger at any time. */
import { EVENTS_MAX, type Ledger } from '../../model/index.ts';

export interface LedgerTotal {
  readonly number: number;
  readonly accounts: number;
  /** Posted and pending. */
  readonly debits: bigint;
  readonly credits: bigint;
}

export async function ledgerTotals(ledger: Ledger): Promise<LedgerTotal[]> {
  const totals = new Map<number, { accounts: number; debits: bigint; credits: bigint }>();
  for (let from = 0n; ; ) {
    const found = await ledger.queryAccounts({ timestamp_min: from, limit: EVENTS_MAX });
    for (const account of found) {
      const total = totals.get(account.ledger) ?? { accounts: 0, debits: 0n, credits: 0n };
      total.accounts++;
      total.debits += account.debits_posted + account.debits_pending;
      total.credits += account.credits_posted + account.credits_pending;
      totals.set(account.ledger, total);
    }
    if (found.length < EVENTS_MAX) break;
    from = found.at(-1)!.timestamp + 1n;
  }
  return [...totals].map(([number, total]) => ({ number, ...total })).sort((a, b) => a.number - b.number);
}
