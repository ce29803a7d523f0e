/**
 * From a book to a ledger's events. Every account has one ledger account for each commodity, and every commodity one
 * clearing account; a posting moves its number between the two, and the postings of a transaction are one linked chain.
 *
 *   2024-03-01 "Flour"                     transfer 1  debit Expenses:Flour USD    credit clearing USD   12.50  linked
 *     Expenses:Flour   12.50 USD    ->     transfer 2  debit clearing USD          credit Assets:Cash USD 12.50
 *     Assets:Cash     -12.50 USD
 *
 * Ids are hashes of what a transaction says and of how many like it came before, not of the file or the line it stands on:
 * the same book always asks for the same events.
 */

import { assert } from '../base/index.ts';
import { type AccountInput, TransferFlags, type TransferInput } from '../model/index.ts';
import type { Book, BookPosting, BookTransaction, Place, Problems } from './book.ts';
import { type Decimal, digits, normalize, quantize } from './decimal.ts';
import { hash128 } from './hash.ts';
import { type AccountName, accountId, type CommodityName, clearingId, type Names } from './names.ts';

/** Events of one request, which a chain cannot exceed. */
export const CHAIN_MAX = 8189;
/** Decimals that a commodity gets at least, so that later books may be more exact than the first. */
export const SCALE_MIN = 12;
const AMOUNT_MAX = (1n << 128n) - 1n;

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
/** `code` of transfers. */
export const TransferCode = { transaction: 1, pad: 2 } as const;

export interface Chain {
  readonly transfers: readonly TransferInput[];
  readonly transaction: BookTransaction;
}

export interface Plan {
  /** The names known before and those of this book. */
  readonly names: Names;
  readonly accounts: readonly AccountInput[];
  readonly chains: readonly Chain[];
}

/** Tells as errors what a ledger cannot hold; the plan is good when there are none. */
export function planImport(book: Book, known: Names, problems: Problems): Plan {
  const names = nameAll(book, known, problems);
  const commodities = new Map(names.commodities.map((commodity) => [commodity.name, commodity]));
  const seen = new Map<string, number>();
  const chains: Chain[] = [];
  for (const transaction of book.transactions) {
    if (transaction.postings.length === 0) continue;
    if (transaction.postings.length > CHAIN_MAX) {
      const message = `${transaction.postings.length} postings in one transaction: at most ${CHAIN_MAX} can be booked together`;
      problems.tell('error', transaction.place, message);
      continue;
    }
    const text = JSON.stringify(identity(transaction));
    const occurrence = seen.get(text) ?? 0;
    seen.set(text, occurrence + 1);
    const hash = hash128(['transaction', text, String(occurrence)]);
    chains.push({ transaction, transfers: transfersOf(transaction, hash, commodities, problems) });
  }
  return { names, accounts: accountsOf(book, commodities), chains };
}

/** What makes a transaction the same one in every file; 10 and 10.00 are the same number. */
function identity({ date, kind, payee, narration, postings }: BookTransaction): unknown[] {
  const parts = postings.map(({ account, commodity, number }) => {
    const { mantissa, exponent } = normalize(number);
    return [account, commodity, `${mantissa}e${exponent}`];
  });
  return [date, kind, payee, narration, parts];
}

function transfersOf(
  transaction: BookTransaction,
  hash: bigint,
  commodities: ReadonlyMap<string, CommodityName>,
  problems: Problems,
): TransferInput[] {
  const last = transaction.postings.length - 1;
  return transaction.postings.map((posting, index): TransferInput => {
    const commodity = commodities.get(posting.commodity);
    assert(commodity !== undefined, 'every commodity of the book has a name');
    const signed = amountOf(posting, commodity, transaction.place, problems);
    const account = accountId(posting.account, posting.commodity);
    const clearing = clearingId(posting.commodity);
    return {
      id: hash128(['transfer', hash.toString(), String(index)]),
      debit_account_id: signed < 0n ? clearing : account,
      credit_account_id: signed < 0n ? account : clearing,
      amount: signed < 0n ? -signed : signed,
      user_data_128: hash,
      user_data_64: BigInt(index + 1),
      user_data_32: transaction.date,
      ledger: commodity.ledger,
      code: TransferCode[transaction.kind],
      flags: index < last ? TransferFlags.linked : TransferFlags.none,
    };
  });
}

/** The number at the commodity's scale. */
function amountOf(
  { number, commodity: name }: BookPosting,
  { scale }: CommodityName,
  place: Place,
  problems: Problems,
): bigint {
  const { mantissa } = quantize(atMost(number, scale), -scale);
  if (mantissa > AMOUNT_MAX || mantissa < -AMOUNT_MAX) {
    problems.tell('error', place, `an amount of ${name} does not fit in 128 bits with ${scale} decimals`);
    return 0n;
  }
  return mantissa;
}

/** Zeros behind the scale are dropped; other digits there have been refused by then. */
const atMost = (number: Decimal, scale: number): Decimal => (digits(number) > scale ? normalize(number) : number);

function accountsOf(book: Book, commodities: ReadonlyMap<string, CommodityName>): AccountInput[] {
  const accounts = new Map<bigint, AccountInput>();
  for (const { account, commodity } of book.transactions.flatMap(({ postings }) => postings)) {
    const { ledger } = commodities.get(commodity)!;
    const clearing = clearingId(commodity);
    if (!accounts.has(clearing)) accounts.set(clearing, { id: clearing, ledger, code: AccountCode.clearing });
    const id = accountId(account, commodity);
    if (!accounts.has(id)) accounts.set(id, { id, ledger, code: accountCode(account) });
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

/** The names known, and behind them those that this book brings, in the order of their first use. */
function nameAll(book: Book, known: Names, problems: Problems): Names {
  const commodities = new Map(known.commodities.map((commodity) => [commodity.name, commodity]));
  const accounts = new Map(known.accounts.map((account) => [account.id, account]));
  const scales = new Map<string, number>();
  for (const { postings, place } of book.transactions) {
    for (const { commodity, number } of postings) {
      const needed = digits(number);
      const scale = commodities.get(commodity)?.scale;
      if (scale === undefined) scales.set(commodity, Math.max(scales.get(commodity) ?? SCALE_MIN, needed));
      else if (needed > scale && digits(normalize(number)) > scale) {
        const message = `${commodity} has ${scale} decimals in this folder since its first import, and ${needed} are needed here: import into a new folder`;
        problems.tell('error', place, message);
      }
    }
  }
  let ledger = Math.max(0, ...known.commodities.map((commodity) => commodity.ledger));
  for (const [name, scale] of scales) {
    ledger += 1;
    commodities.set(name, { name, ledger, scale });
  }
  for (const { account: name, commodity, number } of book.transactions.flatMap(({ postings }) => postings)) {
    const id = accountId(name, commodity);
    const account: AccountName | undefined = accounts.get(id);
    const needed = Math.max(account?.digits ?? 0, digits(number));
    if (needed !== account?.digits) accounts.set(id, { name, commodity, id, digits: needed });
  }
  return { commodities: [...commodities.values()], accounts: [...accounts.values()] };
}
