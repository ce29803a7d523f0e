/**
 * Second step of booking: a posting at cost that reduces what its account holds is matched with lots held, by the
 * account's booking method, and takes their cost; one posting may become several. All other postings stay as they are.
 */
import {
  abs,
  add,
  compare,
  type Decimal,
  divide,
  fit,
  isZero,
  min,
  multiply,
  negate,
  subtract,
  ZERO,
} from '../decimal.ts';
import { BookingProblem, type Placed } from './categorize.ts';
import { type Cost, describeLot, Inventory, type Lot, type Units } from './inventory.ts';
import type { Booking } from './options.ts';
import { type CostSpec, missing } from './syntax.ts';

/** A posting whose lots are matched; what augments an account still has the cost as written. */
export interface Matched extends Omit<Placed, 'cost'> {
  readonly cost: Placed['cost'] | Cost;
}

/** @throws BookingProblem when no lots, too few or several fit. */
export function matchLots(
  postings: readonly Placed[],
  date: number,
  balances: ReadonlyMap<string, Inventory>,
  methodOf: (account: string) => Booking,
): Matched[] {
  // Lots taken by one posting are gone for the next of the same group; `balances` itself is not touched.
  const local = new Map<string, Inventory>();
  const matched: Matched[] = [];
  for (const posting of postings) {
    const { account, cost } = posting;
    const { number, currency } = posting.units;
    if (cost === undefined || number === missing) {
      matched.push(posting);
      continue;
    }
    let balance = local.get(account);
    if (balance === undefined) {
      balance = balances.get(account)?.copy() ?? new Inventory();
      local.set(account, balance);
    }
    const method = methodOf(account);
    const units = { number, currency };
    if (method === 'NONE' || !balance.isReducedBy(units)) {
      matched.push({ ...posting, cost: { ...cost, date: cost.date ?? date } });
      continue;
    }
    for (const lot of reduce(units, candidates(units, cost, balance, posting.index), method, posting.index)) {
      matched.push({ ...posting, units: lot.units, cost: lot.cost });
      balance.add(lot.units, lot.cost);
    }
  }
  return matched;
}

/** The number of a cost for one unit, when it can be told already. */
export function unitCost(cost: CostSpec, units: Decimal): Decimal | undefined {
  if (cost.per === missing || cost.total === missing) return undefined;
  if (cost.total === undefined) return cost.per;
  if (isZero(units)) return undefined;
  const size = abs(units);
  return divide(fit(add(cost.total, fit(multiply(cost.per, size)))), size);
}

function candidates(units: Units, cost: CostSpec, balance: Inventory, index: number): Lot[] {
  const number = unitCost(cost, units.number);
  const lots = [...balance.lots].filter(
    (lot) =>
      lot.units.currency === units.currency &&
      lot.cost !== undefined &&
      (number === undefined || compare(lot.cost.number, number) === 0) &&
      (cost.currency === missing || lot.cost.currency === cost.currency) &&
      (cost.date === undefined || lot.cost.date === cost.date) &&
      (!cost.label || lot.cost.label === cost.label),
  );
  if (lots.length === 0) throw new BookingProblem(`no lot fits: the account holds ${balance}`, index);
  return lots;
}

/** The lots taken, with the sign of `units`. */
function reduce(units: Units, lots: readonly Lot[], method: Booking, index: number): Lot[] {
  switch (method) {
    case 'FIFO':
      return inOrder(units, lots, (a, b) => (a.date ?? 0) - (b.date ?? 0), index);
    case 'LIFO':
      return inOrder(units, lots, (a, b) => (b.date ?? 0) - (a.date ?? 0), index);
    case 'HIFO':
      return inOrder(units, lots, (a, b) => compare(b.number, a.number), index);
    case 'AVERAGE':
      throw new BookingProblem('the booking method AVERAGE is not supported, nor is it by Beancount', index);
    default:
      return strict(units, lots, method, index);
  }
}

function strict(units: Units, lots: readonly Lot[], method: Booking, index: number): Lot[] {
  if (lots.length === 1) {
    const [lot] = lots;
    return inOrder(units, [lot!], () => 0, index);
  }
  const wanted = negate(units.number);
  const held = lots.reduce((sum, lot) => fit(add(sum, lot.units.number)), ZERO);
  if (compare(held, wanted) === 0) return lots.map((lot) => taken(lot, negate(lot.units.number)));
  if (method === 'STRICT_WITH_SIZE') {
    const [oldest] = lots
      .filter((lot) => compare(lot.units.number, wanted) === 0)
      .sort((a, b) => (a.cost!.date ?? 0) - (b.cost!.date ?? 0));
    if (oldest !== undefined) return [taken(oldest, units.number)];
  }
  throw new BookingProblem(`several lots fit, say which: ${lots.map(describeLot).join(', ')}`, index);
}

const taken = (lot: Lot, number: Decimal): Lot => ({ units: { number, currency: lot.units.currency }, cost: lot.cost });

function inOrder(units: Units, lots: readonly Lot[], order: (a: Cost, b: Cost) => number, index: number): Lot[] {
  const negative = units.number.mantissa < 0n;
  let remaining = abs(units.number);
  const reductions: Lot[] = [];
  for (const lot of [...lots].sort((a, b) => order(a.cost!, b.cost!))) {
    if (remaining.mantissa <= 0n) break;
    if (lot.units.number.mantissa < 0n === negative) continue;
    const size = min(abs(lot.units.number), remaining);
    reductions.push(taken(lot, negative ? negate(size) : size));
    remaining = subtract(remaining, size);
  }
  if (remaining.mantissa > 0n) {
    throw new BookingProblem(`not enough lots to reduce: ${lots.map(describeLot).join(', ')}`, index);
  }
  return reductions;
}
