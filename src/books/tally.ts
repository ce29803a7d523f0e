/** The balances of a book by plain addition, without a ledger: what an import must arrive at. */
import type { BookTransaction } from './book.ts';
import { add, type Decimal, ZERO } from './decimal.ts';

/** By account, then by commodity, in the order of first use; balances of zero included. */
export function tally(transactions: Iterable<Pick<BookTransaction, 'postings'>>): Map<string, Map<string, Decimal>> {
  const balances = new Map<string, Map<string, Decimal>>();
  for (const { postings } of transactions) {
    for (const { account, commodity, number } of postings) {
      let held = balances.get(account);
      if (held === undefined) {
        held = new Map();
        balances.set(account, held);
      }
      held.set(commodity, add(held.get(commodity) ?? ZERO, number));
    }
  }
  return balances;
}
