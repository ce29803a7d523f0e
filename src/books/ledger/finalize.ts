/**
 * Completes a transaction as Ledger does (`xact_base_t::finalize`): costs weigh, two commodities without a cost are an
 * exchange, gains of lots are booked nowhere but balance, and what is elided is what is left.
 */
import { abs, add, type Decimal, format, isZero, multiply, negate, subtract } from '../decimal.ts';
import { looksZero } from '../journal/mixed.ts';
import { type Amount, keyOf, lotValue } from './amount.ts';
import { reduced } from './commodities.ts';
import type { LedgerPosting } from './syntax.ts';

/** Why a transaction cannot be booked. */
export class BalanceProblem extends Error {
  readonly posting: LedgerPosting | undefined;
  constructor(message: string, posting?: LedgerPosting) {
    super(message);
    this.posting = posting;
  }
}

export function small(amount: Amount): Amount {
  if (amount.commodity?.smaller === undefined) return amount;
  const { number, commodity } = reduced(amount.number, amount.commodity);
  return { number, commodity, lot: amount.lot };
}

/**
 * Ledger keeps an amount that came to zero, and it counts as a commodity; but the first is forgotten when another
 * follows.
 */
class Balance {
  readonly amounts: Map<string, Amount> = new Map();
  #single = true;

  add(amount: Amount): void {
    const key = keyOf(amount);
    const held = this.amounts.get(key);
    if (held !== undefined) {
      this.amounts.set(key, { ...held, number: add(held.number, amount.number) });
      return;
    }
    if (this.#single && this.amounts.size === 1) {
      this.#single = false;
      for (const [first, { number }] of this.amounts) if (isZero(number)) this.amounts.delete(first);
    }
    if (this.#single || !isZero(amount.number)) this.amounts.set(key, amount);
  }

  get left(): Amount[] {
    return [...this.amounts.values()].filter((amount) => !isZeroAmount(amount));
  }
}

/** What would be shown as zero, with the decimals that the commodity was written with so far. */
export function isZeroAmount({ number, commodity }: Amount): boolean {
  return isZero(number) || (commodity !== undefined && looksZero(number, commodity.precision));
}

/** Fills in what is elided; postings may be added. @throws BalanceProblem */
export function finalize(postings: LedgerPosting[], bucket: string | undefined): void {
  if (finalizePlain(postings)) return;
  const bare = postings.filter(({ kind, amount }) => kind !== 'virtual' && amount === undefined);
  if (bare.length > 1 && postings.every(({ amount }) => amount === undefined))
    throw new BalanceProblem('at most one posting may be left without an amount', bare[1]);
  const only = postings.length === 1 ? postings[0] : undefined;
  for (const kind of ['real', 'balanced'] as const) {
    const part = postings.filter((posting) => posting.kind === kind);
    if (part.length > 0) finalizePart(part, postings, only === undefined ? undefined : bucket);
  }
  for (const posting of postings) {
    if (posting.amount !== undefined) posting.amount = small(posting.amount);
  }
  if (postings.some(({ amount }) => amount === undefined) && postings.some(({ amount }) => amount !== undefined)) {
    throw new BalanceProblem('nothing is left for the posting without an amount');
  }
}

/**
 * Most transactions: real postings in one commodity, without costs and lots, at most one of them elided. What the rest
 * of this file makes of them, without lists and maps. False: it is another, or it does not balance.
 */
function finalizePlain(postings: readonly LedgerPosting[]): boolean {
  let open: LedgerPosting | undefined;
  let sum: Amount | undefined;
  if (postings.length < 2) return false;
  for (const posting of postings) {
    const { amount, cost, kind } = posting;
    if (kind !== 'real' || cost !== undefined) return false;
    if (amount === undefined) {
      if (open !== undefined) return false;
      open = posting;
      continue;
    }
    const { number, commodity, lot } = amount;
    if (lot !== undefined || commodity?.smaller !== undefined) return false;
    if (sum !== undefined && sum.commodity !== commodity) return false;
    sum = { number: sum === undefined ? number : add(sum.number, number), commodity, lot: undefined };
  }
  if (sum === undefined) return false;
  if (open === undefined) return isZeroAmount(sum);
  open.amount = { ...sum, number: negate(sum.number) };
  return true;
}

function finalizePart(part: readonly LedgerPosting[], postings: LedgerPosting[], bucket: string | undefined): void {
  const balance = new Balance();
  const elided = part.filter(({ amount, cost }) => (cost ?? amount) === undefined);
  if (elided.length > 1) throw new BalanceProblem('at most one posting may be left without an amount', elided[1]);
  for (const { amount, cost } of part) {
    const weight = cost ?? amount;
    if (weight !== undefined) balance.add(small(weight));
  }
  let [open] = elided;
  if (bucket !== undefined && balance.amounts.size > 0) {
    open = { ...part[0]!, account: bucket, kind: 'real', amount: undefined, cost: undefined, deferred: false };
    postings.push(open);
  }
  if (open === undefined && balance.amounts.size === 2) exchange(part, postings, balance);
  for (const posting of part) gain(posting, balance);
  if (open !== undefined) {
    fill(open, postings, balance);
    return;
  }
  const left = balance.left;
  if (left.length === 0) return;
  const rest = left.map(({ number, commodity }) => `${format(number)} ${commodity?.name ?? ''}`.trim()).join(', ');
  throw new BalanceProblem(`the transaction does not balance: ${rest} is left over`);
}

function fill(open: LedgerPosting, postings: LedgerPosting[], balance: Balance): void {
  // By name, as Ledger goes through them: automated transactions see the first alone.
  const nameOf = ({ commodity }: Amount): string => commodity?.name ?? '';
  const [first, ...others] = [...balance.amounts.values()]
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0))
    .map((amount) => ({ ...amount, number: negate(amount.number) }));
  if (first === undefined) return;
  open.amount = first;
  for (const amount of others) {
    if (!isZero(amount.number)) postings.push({ ...open, amount, generated: true });
  }
}

/** Two commodities without a cost: one is the cost of the other. */
function exchange(part: readonly LedgerPosting[], postings: readonly LedgerPosting[], balance: Balance): void {
  if (postings.some(({ cost }) => cost !== undefined)) return;
  let top: LedgerPosting | undefined;
  for (const posting of part) {
    if (posting.amount !== undefined && (posting.amount.lot !== undefined || top === undefined)) top = posting;
  }
  let [x, y] = [...balance.amounts.values()];
  if (top === undefined || x === undefined || y === undefined) return;
  // What shows as zero is given for nothing.
  if (isZeroAmount(x) || isZeroAmount(y)) return;
  if (keyOf(x) !== keyOf(small(top.amount!))) [x, y] = [y, x];
  // With one sign both, no cost makes them even.
  if (x.number.mantissa < 0n === y.number.mantissa < 0n) return;
  const from = keyOf(x);
  const given = part.filter(({ amount }) => keyOf(small(amount!)) === from);
  balance.amounts.clear();
  if (given.length === 1) {
    given[0]!.cost = { ...y, number: negate(y.number) };
    balance.add({ ...y, number: subtract(y.number, y.number) });
    return;
  }
  // Each gets its share of the cost, which may be a fraction; what they gain together is none.
  const basis = given.map(({ amount }) =>
    amount!.lot === undefined ? undefined : lotValue(amount!.lot, small(amount!).number),
  );
  if (basis.every((value) => value === undefined)) return;
  const sum = basis.reduce<Decimal>((total, value) => (value === undefined ? total : add(total, value.number)), {
    mantissa: 0n,
    exponent: 0,
  });
  const paid = y.lot === undefined ? y : lotValue(y.lot, y.number);
  if (y.lot?.price !== undefined && paid === undefined)
    throw new BalanceProblem('the price of a lot is a fraction that does not end');
  if (paid !== undefined && basis[0]?.commodity === paid.commodity)
    balance.add({ commodity: paid.commodity, number: add(sum, paid.number) });
}

/** A lot that was bought for one price and goes for another: the difference counts where the transaction balances. */
function gain({ amount, cost, kind }: LedgerPosting, balance: Balance): void {
  if (amount === undefined || cost === undefined) return;
  if (keyOf(amount) === keyOf(cost)) {
    throw new BalanceProblem("a posting's cost must be of another commodity than its amount");
  }
  const units = small(amount);
  if (units.lot?.price === undefined || kind === 'virtual') return;
  const basis = lotValue(units.lot, units.number);
  if (basis === undefined) throw new BalanceProblem('the price of a lot is a fraction that does not end');
  let paid: Amount | undefined;
  if (basis.commodity === cost.commodity && cost.lot === undefined) paid = cost;
  else if (cost.lot?.price !== undefined && cost.lot.price.commodity === basis.commodity)
    paid = lotValue(cost.lot, cost.number);
  if (paid === undefined) return;
  const difference = subtract(basis.number, paid.number);
  if (!isZero(difference)) balance.add({ commodity: basis.commodity, number: difference });
}

/** The cost of all units: for each of them, or with their sign. */
export function wholeCost(cost: Amount, units: Amount, total: boolean): Amount {
  if (total) return units.number.mantissa < 0n ? { ...cost, number: negate(cost.number) } : cost;
  return { ...cost, number: multiply(cost.number, units.number) };
}

export const isNegative = ({ number }: Amount): boolean => number.mantissa < 0n && !isZero(abs(number));
