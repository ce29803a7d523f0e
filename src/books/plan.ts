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
import { type AccountInput, EVENTS_MAX, TransferFlags, type TransferInput } from '../model/index.ts';
import type { Book, BookPosting, BookTransaction, Place, Problems } from './book.ts';
import { compare, type Decimal, digits, format, normalize, quantize, settle } from './decimal.ts';
import { hash128, prefix } from './hash.ts';
import { type AccountName, accountId, type CommodityName, clearingId, type Names } from './names.ts';

/** Events of one request, which a chain cannot exceed. */
export const CHAIN_MAX: number = EVENTS_MAX;
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

/** A transaction as a ledger takes it. Its transfers are made when they are asked for: a large book has millions. */
export interface Chain {
  readonly transaction: BookTransaction;
  readonly transfers: readonly TransferInput[];
  /** What the transfers move, without their ids, which take longer than all the rest. */
  readonly moves: readonly Move[];
  /** Id of the first transfer, which tells whether the ledger has the chain. */
  readonly firstId: bigint;
}

export interface Move {
  readonly debit: bigint;
  readonly credit: bigint;
  readonly amount: bigint;
  readonly ledger: number;
}

/** Ids of the accounts that a book names, each hashed once. */
export class AccountIds {
  readonly #ids: Map<string, Map<string, bigint>> = new Map();
  readonly #clearing: Map<string, bigint> = new Map();

  of(account: string, commodity: string): bigint {
    let ids = this.#ids.get(commodity);
    if (ids === undefined) {
      ids = new Map();
      this.#ids.set(commodity, ids);
    }
    let id = ids.get(account);
    if (id === undefined) {
      id = accountId(account, commodity);
      ids.set(account, id);
    }
    return id;
  }

  clearing(commodity: string): bigint {
    let id = this.#clearing.get(commodity);
    if (id === undefined) {
      id = clearingId(commodity);
      this.#clearing.set(commodity, id);
    }
    return id;
  }
}

export interface Plan {
  /** The names known before and those of this book. */
  readonly names: Names;
  readonly accounts: readonly AccountInput[];
  readonly chains: readonly Chain[];
}

/** Tells as errors what a ledger cannot hold; the plan is good when there are none. */
export function planImport(book: Book, known: Names, problems: Problems): Plan {
  const ids = new AccountIds();
  const names = nameAll(book, known, ids, problems);
  const commodities = new Map(names.commodities.map((commodity) => [commodity.name, commodity]));
  const seen = new Map<bigint, number>();
  const chains: Chain[] = [];
  for (const transaction of book.transactions) {
    const { postings, place } = transaction;
    if (postings.length === 0) continue;
    if (postings.length > CHAIN_MAX) {
      const message = `${postings.length} postings in one transaction: at most ${CHAIN_MAX} can be booked together`;
      problems.tell('error', place, message);
      continue;
    }
    for (const posting of postings) checkAmount(posting, commodities.get(posting.commodity)!, place, problems);
    const text = JSON.stringify(identity(transaction));
    const first = hash128(['transaction', text, '0']);
    const occurrence = seen.get(first) ?? 0;
    seen.set(first, occurrence + 1);
    const hash = occurrence === 0 ? first : hash128(['transaction', text, String(occurrence)]);
    chains.push(new PlannedChain(transaction, hash, commodities, ids));
  }
  return { names, accounts: accountsOf(book, commodities, ids), chains };
}

/** What makes a transaction the same one in every file; 10 and 10.00 are the same number. */
function identity({ date, kind, payee, narration, postings }: BookTransaction): unknown[] {
  const parts = postings.map(({ account, commodity, number }) => {
    const { mantissa, exponent } = normalize(number);
    return [account, commodity, `${mantissa}e${exponent}`];
  });
  return [date, kind, payee, narration, parts];
}

class PlannedChain implements Chain {
  readonly transaction: BookTransaction;
  readonly #hash: bigint;
  readonly #commodities: ReadonlyMap<string, CommodityName>;
  readonly #ids: AccountIds;

  constructor(
    transaction: BookTransaction,
    hash: bigint,
    commodities: ReadonlyMap<string, CommodityName>,
    ids: AccountIds,
  ) {
    this.transaction = transaction;
    this.#hash = hash;
    this.#commodities = commodities;
    this.#ids = ids;
  }

  get firstId(): bigint {
    return hash128(['transfer', this.#hash.toString(), '0']);
  }

  get transfers(): TransferInput[] {
    const { date, kind } = this.transaction;
    const hash = this.#hash;
    const named = prefix(['transfer', hash.toString()]);
    const { moves } = this;
    const last = moves.length - 1;
    return moves.map(
      ({ debit, credit, amount, ledger }, index): TransferInput => ({
        id: named.finish([String(index)]),
        debit_account_id: debit,
        credit_account_id: credit,
        amount,
        user_data_128: hash,
        user_data_64: BigInt(index + 1),
        user_data_32: date,
        ledger,
        code: TransferCode[kind],
        flags: index < last ? TransferFlags.linked : TransferFlags.none,
      }),
    );
  }

  get moves(): Move[] {
    return this.transaction.postings.map(({ account: name, commodity: unit, number }): Move => {
      const commodity = this.#commodities.get(unit);
      assert(commodity !== undefined, 'every commodity of the book has a name');
      const { ledger, scale } = commodity;
      const signed = quantize(fitting(number, scale), -scale).mantissa;
      const account = this.#ids.of(name, unit);
      const clearing = this.#ids.clearing(unit);
      return signed < 0n
        ? { debit: clearing, credit: account, amount: -signed, ledger }
        : { debit: account, credit: clearing, amount: signed, ledger };
    });
  }
}

function checkAmount(
  { number, commodity: name }: BookPosting,
  { scale }: CommodityName,
  place: Place,
  problems: Problems,
): void {
  const { mantissa } = quantize(fitting(number, scale), -scale);
  if (mantissa <= AMOUNT_MAX && mantissa >= -AMOUNT_MAX) return;
  problems.tell('error', place, `an amount of ${name} does not fit in 128 bits with ${scale} decimals`);
}

/**
 * The number as a ledger of this scale keeps it: without zeros behind the scale, nor what Beancount's rounding left
 * there.
 */
export function fitting(number: Decimal, scale: number): Decimal {
  if (digits(number) <= scale) return number;
  const short = normalize(number);
  return digits(short) <= scale ? short : settle(number);
}

function accountsOf(book: Book, commodities: ReadonlyMap<string, CommodityName>, ids: AccountIds): AccountInput[] {
  const accounts = new Map<bigint, AccountInput>();
  for (const { postings } of book.transactions) {
    for (const { account, commodity } of postings) {
      const id = ids.of(account, commodity);
      if (accounts.has(id)) continue;
      const { ledger } = commodities.get(commodity)!;
      const clearing = ids.clearing(commodity);
      if (!accounts.has(clearing)) accounts.set(clearing, { id: clearing, ledger, code: AccountCode.clearing });
      accounts.set(id, { id, ledger, code: accountCode(account) });
    }
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
function nameAll(book: Book, known: Names, ids: AccountIds, problems: Problems): Names {
  const commodities = new Map(known.commodities.map((commodity) => [commodity.name, commodity]));
  const accounts = new Map(known.accounts.map((account) => [account.id, account]));
  const scales = new Map<string, number>();
  for (const { postings, place } of book.transactions) {
    for (const { commodity, number } of postings) {
      const scale = commodities.get(commodity)?.scale;
      const needed = digits(fitting(number, scale ?? SCALE_MIN));
      if (scale === undefined) scales.set(commodity, Math.max(scales.get(commodity) ?? SCALE_MIN, needed));
      else if (needed > scale) {
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
  for (const [name, units] of book.units ?? []) {
    const commodity = commodities.get(name);
    const written = units.map((unit) => [unit.name, format(unit.factor)] as const);
    if (commodity !== undefined) commodities.set(name, { ...commodity, units: written });
  }
  for (const { postings } of book.transactions) {
    for (const { account: name, commodity, number } of postings) {
      const id = ids.of(name, commodity);
      const account: AccountName | undefined = accounts.get(id);
      const written = digits(number);
      if (account !== undefined && written <= account.digits) continue;
      const kept = fitting(number, commodities.get(commodity)!.scale);
      // Zeros that the author wrote are shown, those that rounding left are not.
      const needed = Math.max(account?.digits ?? 0, compare(kept, number) === 0 ? written : digits(kept));
      if (needed !== account?.digits) accounts.set(id, { name, commodity, id, digits: needed });
    }
  }
  return { commodities: [...commodities.values()], accounts: [...accounts.values()] };
}
