/**
 * From a book to a ledger's events. Every account has one ledger account for each commodity, and every commodity one
 * clearing account; a posting moves its number between the two, and the postings of a transaction are one linked chain.
 *
 *   2024-03-01 "Flour"                     transfer 1  debit Expenses:Flour USD    credit clearing USD   12.50  linked
 *     Expenses:Flour   12.50 USD    ->     transfer 2  debit clearing USD          credit Assets:Cash USD 12.50
 *     Assets:Cash     -12.50 USD
 *
 * Ids are hashes of what a transaction says and of how many like it came before, not of the file or the line it stands
 * on: the same book always asks for the same events.
 */

import { type AccountInput, EVENTS_MAX } from '../model/index.ts';
import type { Book, Problems } from './book.ts';
import { amountOf, Chains, fitting, type Side } from './chains.ts';
import { compare, digits, format, normalize } from './decimal.ts';
import { prefix } from './hash.ts';
import { type AccountName, accountId, type CommodityName, clearingId, type Names } from './names.ts';
import { Occurrences } from './occurrences.ts';
import type { Transactions } from './transactions.ts';

/** Events of one request, which a chain cannot exceed. */
export const CHAIN_MAX: number = EVENTS_MAX;
/** Decimals that a commodity gets at least, so that later books may be more exact than the first. */
export const SCALE_MIN = 12;
const AMOUNT_MAX = (1n << 128n) - 1n;
/** A safe integer with so many zeros behind it fits in 128 bits. */
const SHIFT_SAFE = 18;

/** `code` of accounts, by the first part of their name. */
export const AccountCode = {
  assets: 1,
  liabilities: 2,
  equity: 3,
  income: 4,
  expenses: 5,
  other: 6,
  clearing: 9,
} as const;
export interface Plan {
  /** The names known before and those of this book. */
  readonly names: Names;
  readonly accounts: readonly AccountInput[];
  readonly chains: Chains;
}

/** Tells as errors what a ledger cannot hold; the plan is good when there are none. */
export function planImport(book: Book, known: Names, problems: Problems): Plan {
  const { transactions } = book;
  const used = usedPairs(transactions);
  const commodities = nameCommodities(book, used, known, problems);
  const sides = sidesOf(transactions, commodities);
  const names: Names = {
    commodities: [...commodities.values()],
    accounts: nameAccounts(transactions, sides, known),
  };
  const chains = new Chains(transactions, sides);
  const seen = new Occurrences(transactions.length);
  const texts = new PairTexts(transactions);
  for (let index = 0; index < transactions.length; index++) {
    const slot = transactions.slotAt(index);
    const count = transactions.count(slot);
    if (count === 0) continue;
    if (count > CHAIN_MAX) {
      const message = `${count} postings in one transaction: at most ${CHAIN_MAX} can be booked together`;
      problems.tell('error', transactions.place(slot), message);
      continue;
    }
    checkAmounts(transactions, slot, sides, problems);
    const text = identity(transactions, slot, texts);
    const first = TRANSACTION.finish([text, '0']);
    const occurrence = seen.count(first);
    chains.push(slot, occurrence === 0 ? first : TRANSACTION.finish([text, String(occurrence)]));
  }
  return { names, accounts: accountsOf(transactions, used, sides), chains };
}

const TRANSACTION = prefix(['transaction']);

/** How pairs begin in what makes a transaction the same one: `["Assets:Cash","USD","`. */
class PairTexts {
  readonly #transactions: Transactions;
  readonly #texts: (string | undefined)[] = [];

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  of(pair: number): string {
    let text = this.#texts[pair];
    if (text === undefined) {
      const { account, commodity } = this.#transactions.pairs[pair]!;
      text = `[${JSON.stringify(account)},${JSON.stringify(commodity)},"`;
      this.#texts[pair] = text;
    }
    return text;
  }
}

/**
 * What makes a transaction the same one in every file, as JSON; 10 and 10.00 are the same number. Put together by hand:
 * ids depend on every character of it, and a book has a million of them.
 */
function identity(transactions: Transactions, slot: number, texts: PairTexts): string {
  const said = `${JSON.stringify(transactions.payee(slot))},${JSON.stringify(transactions.narration(slot))}`;
  let text = `[${transactions.date(slot)},"${transactions.kind(slot)}",${said},[`;
  const first = transactions.first(slot);
  const end = first + transactions.count(slot);
  for (let posting = first; posting < end; posting++) {
    const separator = posting === first ? '' : ',';
    text += `${separator}${texts.of(transactions.pair(posting))}${numberText(transactions, posting)}"]`;
  }
  return `${text}]]`;
}

/** Without the zeros at its end. */
function numberText(transactions: Transactions, posting: number): string {
  let mantissa = transactions.mantissa(posting);
  if (Number.isNaN(mantissa)) {
    const number = normalize(transactions.number(posting));
    return `${number.mantissa}e${number.exponent}`;
  }
  if (mantissa === 0) return '0e0';
  let exponent = transactions.exponent(posting);
  while (mantissa % 10 === 0) {
    mantissa /= 10;
    exponent += 1;
  }
  return `${mantissa}e${exponent}`;
}

function checkAmounts(transactions: Transactions, slot: number, sides: readonly Side[], problems: Problems): void {
  const first = transactions.first(slot);
  const end = first + transactions.count(slot);
  for (let posting = first; posting < end; posting++) {
    const pair = transactions.pair(posting);
    const { scale } = sides[pair]!;
    const shift = scale + transactions.exponent(posting);
    if (shift >= 0 && shift <= SHIFT_SAFE && !Number.isNaN(transactions.mantissa(posting))) continue;
    const amount = amountOf(transactions, posting, scale);
    if (amount <= AMOUNT_MAX && amount >= -AMOUNT_MAX) continue;
    const { commodity } = transactions.pairs[pair]!;
    const message = `an amount of ${commodity} does not fit in 128 bits with ${scale} decimals`;
    problems.tell('error', transactions.place(slot), message);
  }
}

/** Pairs in the order of their first use. */
function usedPairs(transactions: Transactions): number[] {
  const used: number[] = [];
  const seen = new Uint8Array(transactions.pairs.length);
  eachPosting(transactions, (posting) => {
    const pair = transactions.pair(posting);
    if (seen[pair] === 1) return;
    seen[pair] = 1;
    used.push(pair);
  });
  return used;
}

/** In the order of dates. */
function eachPosting(transactions: Transactions, see: (posting: number, slot: number) => void): void {
  for (let index = 0; index < transactions.length; index++) {
    const slot = transactions.slotAt(index);
    const first = transactions.first(slot);
    const end = first + transactions.count(slot);
    for (let posting = first; posting < end; posting++) see(posting, slot);
  }
}

function sidesOf({ pairs }: Transactions, commodities: ReadonlyMap<string, CommodityName>): Side[] {
  const clearings = new Map([...commodities.keys()].map((name) => [name, clearingId(name)]));
  return pairs.map(({ account, commodity }): Side => {
    const { ledger, scale } = commodities.get(commodity)!;
    return { account: accountId(account, commodity), clearing: clearings.get(commodity)!, ledger, scale };
  });
}

function accountsOf({ pairs }: Transactions, used: readonly number[], sides: readonly Side[]): AccountInput[] {
  const accounts = new Map<bigint, AccountInput>();
  for (const pair of used) {
    const { account: id, clearing, ledger } = sides[pair]!;
    if (!accounts.has(clearing)) accounts.set(clearing, { id: clearing, ledger, code: AccountCode.clearing });
    accounts.set(id, { id, ledger, code: accountCode(pairs[pair]!.account) });
  }
  return [...accounts.values()];
}

function accountCode(account: string): number {
  const root = account.split(':', 1)[0]!.toLowerCase();
  switch (root) {
    case 'assets':
    case 'liabilities':
    case 'equity':
    case 'income':
    case 'expenses':
      return AccountCode[root];
    case 'revenue':
    case 'revenues':
      return AccountCode.income;
    default:
      return AccountCode.other;
  }
}

/** The commodities known, and behind them those that this book brings, in the order of their first use. */
function nameCommodities(
  { transactions, units }: Book,
  used: readonly number[],
  known: Names,
  problems: Problems,
): Map<string, CommodityName> {
  const commodities = new Map(known.commodities.map((commodity) => [commodity.name, commodity]));
  const scales = new Map<string, number>();
  for (const pair of used) {
    const { commodity } = transactions.pairs[pair]!;
    if (!commodities.has(commodity)) scales.set(commodity, SCALE_MIN);
  }
  const limits = transactions.pairs.map(({ commodity }) => commodities.get(commodity)?.scale ?? SCALE_MIN);
  eachPosting(transactions, (posting, slot) => {
    const pair = transactions.pair(posting);
    if (-transactions.exponent(posting) <= limits[pair]!) return;
    const { commodity } = transactions.pairs[pair]!;
    const scale = commodities.get(commodity)?.scale;
    const needed = digits(fitting(transactions.number(posting), limits[pair]!));
    if (scale === undefined) scales.set(commodity, Math.max(scales.get(commodity)!, needed));
    else if (needed > scale) {
      const message =
        `${commodity} has ${scale} decimals in this folder since its first import, and ${needed} are needed ` +
        'here: import into a new folder';
      problems.tell('error', transactions.place(slot), message);
    }
  });
  let ledger = Math.max(0, ...known.commodities.map((commodity) => commodity.ledger));
  for (const [name, scale] of scales) {
    ledger += 1;
    commodities.set(name, { name, ledger, scale });
  }
  for (const [name, larger] of units ?? []) {
    const commodity = commodities.get(name);
    const written = larger.map((unit) => [unit.name, format(unit.factor)] as const);
    if (commodity !== undefined) commodities.set(name, { ...commodity, units: written });
  }
  return commodities;
}

/** The accounts known, and behind them those that this book brings, in the order of their first use. */
function nameAccounts(transactions: Transactions, sides: readonly Side[], known: Names): AccountName[] {
  const accounts = new Map(known.accounts.map((account) => [account.id, account]));
  const shown = sides.map(({ account }) => accounts.get(account)?.digits ?? -1);
  eachPosting(transactions, (posting) => {
    const pair = transactions.pair(posting);
    const before = shown[pair]!;
    const written = Math.max(0, -transactions.exponent(posting));
    if (written <= before) return;
    const { account: id, scale } = sides[pair]!;
    const number = transactions.number(posting);
    const kept = fitting(number, scale);
    // Zeros that the author wrote are shown, those that rounding left are not.
    const needed = Math.max(before, compare(kept, number) === 0 ? written : digits(kept));
    if (needed === before) return;
    const { account: name, commodity } = transactions.pairs[pair]!;
    accounts.set(id, { name, commodity, id, digits: needed });
    shown[pair] = needed;
  });
  return [...accounts.values()];
}
