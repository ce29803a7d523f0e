/**
 * Most transactions: real postings in one commodity, without costs, assertions and dates of their own, at most one of
 * them elided. What balancing makes of them, without lists and maps.
 */
import type { BookPosting } from '../book.ts';
import { add, isZero, negate } from '../decimal.ts';
import type { Priced } from './mixed.ts';
import type { JournalPosting } from './syntax.ts';

/** Undefined: they are not as plain, or do not balance to the last digit. */
export function plainPostings(postings: readonly JournalPosting[]): BookPosting[] | undefined {
  let sum: Priced | undefined;
  let elided: JournalPosting | undefined;
  for (const posting of postings) {
    const { amount, kind, assertion, date } = posting;
    if (kind !== 'real' || assertion !== undefined || date !== undefined) return undefined;
    if (amount === undefined) {
      if (elided !== undefined) return undefined;
      elided = posting;
      continue;
    }
    const { commodity, number, cost } = amount;
    if (cost !== undefined || (sum !== undefined && sum.commodity !== commodity)) return undefined;
    sum = { commodity, number: sum === undefined ? number : add(sum.number, number) };
  }
  if (sum === undefined || (elided === undefined && !isZero(sum.number))) return undefined;
  const { commodity, number } = sum;
  const booked: BookPosting[] = [];
  for (const { account, amount } of postings) {
    if (amount !== undefined) booked.push({ account, commodity, number: amount.number });
    // Nothing is left for it: it moves nothing.
    else if (!isZero(number)) booked.push({ account, commodity, number: negate(number) });
  }
  return booked;
}
