/**
 * Exchanges that are written twice, with a cost and with a pair of conversion postings beside it. hledger counts such a
 * cost once: the posting that has it is found here, and is balanced by what it moves instead.
 *
 *   assets:usd          -135 USD
 *   equity:conversion    135 USD
 *   equity:conversion   -100 EUR
 *   assets:eur           100 EUR @ 1.35 USD     <- redundant
 */
import { digits, negate, subtract } from '../decimal.ts';
import type { Amount } from './amount.ts';
import { looksZero, type Priced, precisionOf, weightOf } from './mixed.ts';

export interface Converted {
  readonly account: string;
  /** More than one, or none: the posting takes no part. */
  readonly amounts: readonly Priced[];
}

const BY_NAME = /^equity:(trade|trades|trading|conversion)(:|$)/i;

/**
 * Accounts are of type Conversion by their declaration, else by that of a parent, else, if none is declared, by their
 * name.
 */
export function isConversion(account: string, declared: ReadonlyMap<string, boolean>): boolean {
  for (let name = account; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf(':')))) {
    const said = declared.get(name);
    if (said !== undefined) return said;
  }
  return ![...declared.values()].includes(true) && BY_NAME.test(account);
}

/**
 * The places of postings whose cost is also written as a pair of conversion postings. Undefined: such a pair has costs.
 */
export function redundantCosts(
  postings: readonly Converted[],
  declared: ReadonlyMap<string, boolean>,
): Set<number> | undefined {
  const redundant = new Set<number>();
  if (!postings.some(({ amounts }) => amounts.some(({ cost }) => cost !== undefined))) return redundant;
  const pairs: [number, number][] = [];
  const costful: number[] = [];
  let open: number | undefined;
  postings.forEach(({ account, amounts }, index) => {
    if (isConversion(account, declared)) {
      if (open === undefined) open = index;
      else {
        pairs.push([open, index]);
        open = undefined;
      }
      return;
    }
    // A posting between two conversion postings is left out, as hledger does.
    if (open === undefined && amounts.length === 1 && amounts[0]!.cost !== undefined) costful.push(index);
    open = undefined;
  });
  for (const [first, second] of pairs.reverse()) {
    const one = postings[first]!.amounts;
    const two = postings[second]!.amounts;
    if (one.length !== 1 || two.length !== 1 || one[0]!.cost !== undefined || two[0]!.cost !== undefined)
      return undefined;
    const found = costful.filter((index) => matches(postings[index]!.amounts[0]!, one[0]!, two[0]!));
    if (found.length === 1) redundant.add(found[0]!);
  }
  return redundant;
}

function matches(amount: Priced, one: Priced, two: Priced): boolean {
  const paid = weightOf(amount);
  const fits = (from: Amount, to: Priced): boolean =>
    looksZero(subtract(negate(from.number), amount.number), digits(from.number)) &&
    looksZero(subtract(to.number, paid.number), precisionOf(to));
  return fits(one, two) || fits(two, one);
}
