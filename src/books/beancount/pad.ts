/**
 * Pads: for each currency asserted behind a pad, a transaction at the pad's date makes the first assertion true.
 * Sub-accounts count, as they do for assertions.
 */
import type { Problems } from '../book.ts';
import { type Decimal, fit, format, multiply, negate, subtract } from '../decimal.ts';
import { type BookedTransaction, type Entry, isUnder } from './entry.ts';
import { type Booked, Inventory } from './inventory.ts';
import type { Options } from './options.ts';
import type { Balance, Pad } from './syntax.ts';
import { exceeds } from './tolerance.ts';

/**
 * How far a balance may be from what is asserted: one unit of its last digit, unless the assertion or the book says
 * otherwise.
 */
export function balanceTolerance({ number, tolerance }: Balance, options: Options): Decimal {
  if (tolerance !== undefined) return tolerance;
  if (number.exponent >= 0) return { mantissa: 0n, exponent: 0 };
  const unit = { mantissa: 2n, exponent: number.exponent };
  return fit(multiply(unit, options.multiplier));
}

/** The entries, with the padding behind each pad. */
export function pad(entries: readonly Entry[], options: Options, problems: Problems): Entry[] {
  const accounts = new Set(entries.flatMap((entry) => (entry.kind === 'pad' ? [entry.account] : [])));
  if (accounts.size === 0) return [...entries];
  const paddings = new Map<Pad, BookedTransaction[]>();
  for (const account of [...accounts].sort()) padAccount(account, entries, options, paddings, problems);
  return entries.flatMap((entry): Entry[] => {
    if (entry.kind !== 'pad') return [entry];
    const made = paddings.get(entry) ?? [];
    if (made.length === 0) problems.tell('warning', entry.place, `nothing needs this pad of ${entry.account}`);
    return [entry, ...made];
  });
}

function padAccount(
  account: string,
  entries: readonly Entry[],
  options: Options,
  paddings: Map<Pad, BookedTransaction[]>,
  problems: Problems,
): void {
  const balance = new Inventory();
  let active: Pad | undefined;
  let padded = new Set<string>();
  for (const entry of entries) {
    problems.tick();
    if (entry.kind === 'booked') {
      for (const posting of entry.postings) {
        if (isUnder(posting.account, account)) balance.add(posting.units, posting.cost);
      }
    } else if (entry.kind === 'pad' && entry.account === account) {
      active = entry;
      padded = new Set();
    } else if (entry.kind === 'balance' && isUnder(entry.account, account)) {
      const { number, currency } = entry;
      const difference = fit(subtract(number, balance.unitsOf(currency)));
      if (active !== undefined && !padded.has(currency) && exceeds(difference, balanceTolerance(entry, options))) {
        if ([...balance.lots].some((lot) => lot.units.currency === currency && lot.cost !== undefined)) {
          problems.tell('warning', entry.place, `${account} holds ${currency} at cost, which a pad cannot tell apart`);
        }
        paddings.set(active, [...(paddings.get(active) ?? []), padding(active, entry, difference)]);
        balance.add({ number: difference, currency });
      }
      padded.add(currency);
    }
  }
}

function padding(from: Pad, to: Balance, difference: Decimal): BookedTransaction {
  const { currency } = to;
  const posting = (account: string, number: Decimal): Booked => ({
    account,
    units: { number, currency },
    cost: undefined,
    price: undefined,
    automatic: true,
  });
  return {
    kind: 'booked',
    padding: true,
    date: from.date,
    place: from.place,
    payee: '',
    narration: `Padding for the balance of ${format(to.number)} ${currency}`,
    postings: [posting(from.account, difference), posting(from.source, negate(difference))],
  };
}
