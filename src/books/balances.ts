/**
 * The trial balance: what every account of the sidecar holds, from the ledger, in the decimals its books were written
 * with.
 */
import { type Account, EVENTS_MAX, type Ledger, TallystickError } from '../model/index.ts';
import {
  abs,
  add,
  compare,
  type Decimal,
  decimal,
  digits,
  divide,
  format,
  multiply,
  normalize,
  ONE,
  quantize,
  ZERO,
} from './decimal.ts';
import type { AccountName, Names } from './names.ts';

/** Of a balance in a larger unit; more would be unreadable. */
const UNIT_DIGITS = 40;

export interface Balance {
  readonly account: string;
  readonly commodity: string;
  /** Debits less credits, exact, with as many decimals as the account's most exact posting. */
  readonly number: string;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** All balances of a commodity together: the two are the same in books that are in order. */
export interface Total {
  readonly commodity: string;
  /** Sum of the balances whose debits are larger, and of the others, both without a sign. */
  readonly debits: string;
  readonly credits: string;
}

/** A trial balance. */
export interface Trial {
  /** By account, then by commodity; balances of zero are left out. */
  readonly rows: readonly Balance[];
  /** By commodity. */
  readonly totals: readonly Total[];
}

/** An account that was named but never sent holds nothing. */
export async function trial(options: { readonly ledger: Ledger; readonly names: Names }): Promise<Trial> {
  const { ledger, names } = options;
  const holding = (await held(ledger, names, names.accounts)).filter(({ number }) => number.mantissa !== 0n);
  const rows = holding
    .map(({ name, number }) => ({ account: name.name, ...inUnits(number, names, name.commodity) }))
    .sort((a, b) => compareText(a.account, b.account) || compareText(a.commodity, b.commodity));
  const sums = new Map<string, { debits: Decimal; credits: Decimal }>();
  for (const { name, number } of holding) {
    const sum = sums.get(name.commodity) ?? { debits: ZERO, credits: ZERO };
    if (number.mantissa > 0n) sum.debits = add(sum.debits, number);
    else sum.credits = add(sum.credits, abs(number));
    sums.set(name.commodity, sum);
  }
  const totals = [...sums]
    .map(([commodity, { debits, credits }]) => ({ commodity, debits: format(debits), credits: format(credits) }))
    .sort((a, b) => compareText(a.commodity, b.commodity));
  return { rows, totals };
}

/** The rows of the {@link trial} balance. */
export async function balances(options: { readonly ledger: Ledger; readonly names: Names }): Promise<Balance[]> {
  return [...(await trial(options)).rows];
}

/** In the largest unit of which it is at least one, and exactly: 5400 s are 1.5 h, and 3661 s stay what they are. */
function inUnits(number: Decimal, names: Names, commodity: string): { commodity: string; number: string } {
  let shown = { commodity, number };
  const units = names.commodities.find(({ name }) => name === commodity)?.units ?? [];
  for (const [name, factor] of units) {
    const quotient = divide(number, decimal(factor)!, UNIT_DIGITS);
    const exact = compare(multiply(quotient, decimal(factor)!), number) === 0;
    if (exact && compare(abs(quotient), ONE) >= 0 && compare(abs(quotient), abs(shown.number)) < 0) {
      shown = { commodity: name, number: quotient };
    }
  }
  return { commodity: shown.commodity, number: format(shown.number) };
}

/** As `balances --json` prints it: `{ "Assets:Cash": { "USD": "12.50" } }`. */
export function balancesObject(rows: readonly Balance[]): Record<string, Record<string, string>> {
  const byAccount = new Map<string, [string, string][]>();
  for (const { account, commodity, number } of rows) {
    byAccount.set(account, [...(byAccount.get(account) ?? []), [commodity, number]]);
  }
  return Object.fromEntries([...byAccount].map(([account, entries]) => [account, Object.fromEntries(entries)]));
}

/**
 * What these accounts hold in the ledger, zero where it has none. @throws TallystickError `format_foreign` on another's
 * ledger.
 */
export async function held(
  ledger: Ledger,
  names: Names,
  accounts: readonly AccountName[],
): Promise<{ readonly name: AccountName; readonly number: Decimal }[]> {
  const commodities = new Map(names.commodities.map((commodity) => [commodity.name, commodity]));
  const found = new Map<bigint, Account>();
  for (let at = 0; at < accounts.length; at += EVENTS_MAX) {
    const ids = accounts.slice(at, at + EVENTS_MAX).map(({ id }) => id);
    for (const account of await ledger.lookupAccounts(ids)) found.set(account.id, account);
  }
  return accounts.map((name) => {
    const account = found.get(name.id);
    const commodity = commodities.get(name.commodity)!;
    if (account !== undefined && account.ledger !== commodity.ledger) {
      throw new TallystickError(
        'format_foreign',
        `${name.name} lies on ledger ${account.ledger}, but its names say ${commodity.name} is ledger ` +
          `${commodity.ledger}.`,
      );
    }
    const mantissa = account === undefined ? 0n : account.debits_posted - account.credits_posted;
    return { name, number: shown({ mantissa, exponent: -commodity.scale }, name.digits) };
  });
}

/** With `digits` decimals, or with more where the ledger says more than the sidecar expects: no digit is ever lost. */
function shown(number: Decimal, places: number): Decimal {
  return quantize(number, -Math.max(places, digits(normalize(number))));
}
