/**
 * First step of booking: which currency each posting is balanced in. What the author left out is inferred from the
 * other postings or from what the account holds; a posting with nothing but its account is repeated for every currency.
 */
import type { Inventory } from './inventory.ts';
import { type Amount, type CostSpec, type Missing, missing, type Posting, type Transaction } from './syntax.ts';

/** A posting whose currencies are known; its numbers may still be missing. */
export interface Placed {
  /** Of the posting as written. */
  readonly index: number;
  readonly account: string;
  readonly units: { readonly number: Amount['number']; readonly currency: string };
  readonly cost: (CostSpec & { readonly currency: string }) | undefined;
  readonly price: { readonly number: Amount['number']; readonly currency: string } | undefined;
}

export interface Group {
  /** The currency of the weights. */
  readonly currency: string;
  readonly postings: readonly Placed[];
}

/** Why a transaction cannot be booked; `index` is the posting at fault. */
export class BookingProblem extends Error {
  readonly index: number | undefined;
  constructor(message: string, index?: number) {
    super(message);
    this.index = index;
  }
}

/** Currencies of one posting; undefined: it has no such part. */
interface Refer {
  readonly index: number;
  readonly units: string | Missing | undefined;
  readonly cost: string | Missing | undefined;
  readonly price: string | Missing | undefined;
}

function bucketOf(refer: Refer): string | undefined {
  if (typeof refer.cost === 'string') return refer.cost;
  if (typeof refer.price === 'string') return refer.price;
  if (refer.cost === undefined && refer.price === undefined && typeof refer.units === 'string') return refer.units;
  return undefined;
}

const only = (currencies: Set<string>): string | undefined => (currencies.size === 1 ? [...currencies][0] : undefined);

/** @throws BookingProblem when a currency cannot be told. */
export function categorize(transaction: Transaction, balances: ReadonlyMap<string, Inventory>): Group[] {
  const { postings } = transaction;
  const groups = new Map<string, Refer[]>();
  const first = new Map<string, number>();
  const autos: Refer[] = [];
  const unknown: Refer[] = [];
  const place = (refer: Refer): boolean => {
    const bucket = bucketOf(refer);
    if (bucket === undefined) return false;
    if (!first.has(bucket)) first.set(bucket, refer.index);
    const group = groups.get(bucket);
    if (group === undefined) groups.set(bucket, [refer]);
    else group.push(refer);
    return true;
  };

  postings.forEach((posting, index) => {
    const refer = referOf(posting, index);
    if (posting.units === missing && refer.price === undefined) autos.push(refer);
    else if (!place(refer)) unknown.push(refer);
  });

  if (unknown.length === 1 && groups.size === 1) {
    // All others are in one currency, so this one is too.
    const [other] = groups.keys();
    const refer = unknown.pop()!;
    const bare = refer.price === undefined && refer.cost === undefined;
    place({
      index: refer.index,
      units: bare ? other : refer.units,
      cost: !bare && refer.cost === missing ? other : refer.cost,
      price: !bare && refer.price === missing ? other : refer.price,
    });
  }
  for (const refer of unknown) {
    if (!place(referFromBalance(refer, balances.get(postings[refer.index]!.account)))) {
      throw new BookingProblem('the currency of this posting cannot be told', refer.index);
    }
  }
  for (const group of groups.values()) {
    group.forEach((refer, at) => {
      if (refer.units !== missing) return;
      const inventory = balances.get(postings[refer.index]!.account);
      const units = inventory === undefined ? undefined : only(inventory.currencies());
      if (units !== undefined) group[at] = { ...refer, units };
    });
  }
  if (autos.length > 1) {
    throw new BookingProblem('at most one posting may be left without an amount', autos.at(-1)!.index);
  }
  for (const { index } of autos) {
    for (const [currency, group] of groups) group.push({ index, units: currency, cost: undefined, price: undefined });
  }
  return [...groups]
    .sort(([a], [b]) => first.get(a)! - first.get(b)!)
    .map(([currency, refers]) => ({
      currency,
      postings: refers.sort((a, b) => a.index - b.index).map((refer) => placed(postings[refer.index]!, refer)),
    }));
}

function referOf({ units, cost, price }: Posting, index: number): Refer {
  const costCurrency = cost?.currency;
  const priceCurrency = price?.currency;
  return {
    index,
    units: units === missing ? undefined : units.currency,
    // Cost and price are in one currency: each lends the other its own.
    cost: costCurrency === missing && typeof priceCurrency === 'string' ? priceCurrency : costCurrency,
    price: priceCurrency === missing && typeof costCurrency === 'string' ? costCurrency : priceCurrency,
  };
}

function referFromBalance(refer: Refer, inventory: Inventory | undefined): Refer {
  const held = inventory === undefined ? undefined : only(inventory.currencies());
  const paid = inventory === undefined ? undefined : only(inventory.costCurrencies());
  return {
    index: refer.index,
    units: refer.units === missing ? (held ?? missing) : refer.units,
    cost: refer.cost === missing ? (paid ?? missing) : refer.cost,
    price: refer.price === missing ? (paid ?? missing) : refer.price,
  };
}

function placed(posting: Posting, refer: Refer): Placed {
  const { account, units, cost, price } = posting;
  const known = (currency: string | Missing | undefined, part: string): string => {
    if (typeof currency !== 'string')
      throw new BookingProblem(`the currency of the ${part} cannot be told`, refer.index);
    return currency;
  };
  return {
    index: refer.index,
    account,
    units: { number: units === missing ? missing : units.number, currency: known(refer.units, 'units') },
    cost: cost === undefined ? undefined : { ...cost, currency: known(refer.cost, 'cost') },
    price: price === undefined ? undefined : { number: price.number, currency: known(refer.price, 'price') },
  };
}
