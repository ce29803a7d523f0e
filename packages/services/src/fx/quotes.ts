/**
 * A quote is a promise that the ledger keeps: pending transfers of units, which expire with it. The chain of the
 * exchange posts the first of them, so a quote is good once, and not a moment longer than it says.
 *
 *   leg 1   what is sold, 2   what is bought, 3   the margin; `user_data_32` has both books, 12 bits each
 */
import {
  type AnyTransferInput,
  CreateTransferStatus,
  invalidField,
  type Ledger,
  named,
  TallystickError,
  type Transfer,
  TransferFlags,
} from 'tallystick/internal/model';
import { type Asset, type Assets, ControlBook, ledgerOf, textOf, unitsOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import { baseOf, fingerprintOf, formatBase, legId, parseBase } from '../base/ids.ts';
import type { Leg } from '../base/plan.ts';
import { exchangeOf, type Fx, type Pair } from './rates.ts';

const { linked, pending, post_pending_transfer } = TransferFlags;
const BOOK = 4096;
const SECOND = 1_000_000_000n;
const LEGS = 3;

/** What an exchange would be. Amounts are text. */
export interface QuoteView {
  readonly quote: string;
  readonly sell: string;
  readonly buy: string;
  /** What is paid. */
  readonly amount: string;
  /** What whoever is paid gets. */
  readonly bought: string;
  /** The operator's part, in what is bought; roundings are in it. */
  readonly margin: string;
  /** Nanoseconds since the epoch. */
  readonly expires_at: string;
}

/** A quote as the ledger has it. */
export interface Quote {
  readonly id: bigint;
  readonly sell: Asset;
  readonly buy: Asset;
  readonly sold: bigint;
  readonly net: bigint;
  readonly margin: bigint;
  readonly expiresAt: bigint;
}

export class Quotes {
  readonly #books: Books;
  readonly #assets: Assets;

  constructor(books: Books) {
    this.#books = books;
    this.#assets = books.assets;
  }

  get #ledger(): number {
    return ledgerOf(this.#books.tenant, ControlBook.quotes);
  }

  get #accounts(): readonly [bigint, bigint] {
    const base = baseOf('account', this.#books.tenant, 'quotes');
    return [legId(base, 1), legId(base, 2)];
  }

  /** Makes a quote, once for each key. Rejects with `request_reused` for a key that has made another one. */
  async make(
    ledger: Ledger,
    key: string,
    fingerprint: bigint,
    sold: bigint,
    pair: Pair,
    seconds: number,
  ): Promise<QuoteView> {
    const [debit_account_id, credit_account_id] = this.#accounts;
    for (const id of this.#accounts) await this.#books.openControl(ledger, { id, ledger: this.#ledger });
    const base = baseOf('quote', this.#books.tenant, key);
    const { net, margin } = exchangeOf(sold, pair);
    const legs = [sold, net, margin].map(
      (amount, index): AnyTransferInput => ({
        id: legId(base, index + 1),
        debit_account_id,
        credit_account_id,
        amount,
        user_data_128: base,
        user_data_64: fingerprint,
        user_data_32: pair.sell.book * BOOK + pair.buy.book,
        timeout: seconds,
        ledger: this.#ledger,
        code: Code.quote,
        flags: pending | (index < LEGS - 1 ? linked : 0),
      }),
    );
    const [result] = await ledger.createTransfers(legs);
    const name = CreateTransferStatus[result!.status]!;
    if (!/^(created|exists)/.test(name)) throw new TallystickError('engine_failed', `a quote cannot be made: ${name}`);
    const found = await this.#read(ledger, base);
    if (found === undefined || found.fingerprint !== fingerprint) {
      throw new TallystickError('request_reused', 'this idempotency key names another quote; choose a new key');
    }
    return this.#view(found);
  }

  #view({ id, sell, buy, sold, net, margin, expiresAt }: Quote): QuoteView {
    return {
      quote: formatBase('quo', id),
      sell: sell.code,
      buy: buy.code,
      amount: textOf(sold, sell),
      bought: textOf(net, buy),
      margin: textOf(margin, buy),
      expires_at: String(expiresAt),
    };
  }

  /** Rejects with `not_found` for what is no quote of this tenant. */
  async find(ledger: Ledger, text: unknown): Promise<Quote> {
    const base = parseBase('quo', text, 'quote');
    const found = await this.#read(ledger, base);
    if (found !== undefined) return found;
    throw new TallystickError('not_found', `there is no quote ${formatBase('quo', base)}`);
  }

  async #read(ledger: Ledger, base: bigint): Promise<(Quote & { readonly fingerprint: bigint }) | undefined> {
    const legs = await ledger.lookupTransfers([1, 2, 3].map((leg) => legId(base, leg)));
    const [first, second, third] = legs;
    if (third === undefined || first!.ledger !== this.#ledger || first!.code !== Code.quote) return undefined;
    const { user_data_32: books, user_data_64: fingerprint, timestamp, timeout } = first as Transfer;
    const sell = this.#assets.byLedger(Math.floor(books / BOOK));
    const buy = this.#assets.byLedger(books % BOOK);
    if (sell === undefined || buy === undefined) return undefined;
    const expiresAt = timestamp + BigInt(timeout) * SECOND;
    return {
      id: base,
      sell,
      buy,
      sold: first!.amount,
      net: second!.amount,
      margin: third.amount,
      expiresAt,
      fingerprint,
    };
  }

  /** The leg that uses a quote up: the chain of the exchange ends with it. */
  useLeg({ id, sold }: Quote): Leg {
    const [debit, credit] = this.#accounts;
    const pendingId = legId(id, 1);
    return {
      control: 'quote',
      debit,
      credit,
      amount: sold,
      ledger: this.#ledger,
      flags: post_pending_transfer,
      pending: pendingId,
    };
  }
}

/** Throws `invalid_argument` for a pair that is not exchanged here. */
export async function quoteOf(
  ledger: Ledger,
  books: Books,
  fx: Fx | undefined,
  key: string,
  request: { readonly sell: string; readonly buy: string; readonly amount: string },
): Promise<QuoteView> {
  const pair = fx?.pairs.find(({ sell, buy }) => sell.code === request.sell && buy.code === request.buy);
  if (fx === undefined || pair === undefined) {
    throw invalidField('buy', `${named(request.sell)} is not exchanged for ${named(request.buy)} here`);
  }
  const sold = unitsOf(request.amount, pair.sell, 'amount');
  if (exchangeOf(sold, pair).net === 0n) throw invalidField('amount', 'is too little to buy anything with');
  return new Quotes(books).make(ledger, key, fingerprintOf('quote', request), sold, pair, fx.expiresIn);
}

/** What the operator has of an asset because of exchanges, and what it has earned by them. */
export function positionOf(books: Books, { code }: Asset): bigint {
  return books.idOf('operator', `${code}/fx-position`);
}

export function marginOf(books: Books, { code }: Asset): bigint {
  return books.idOf('operator', `${code}/fx-margin`);
}

/** Opens the operator's accounts of an asset, or finds them open. */
export async function openPosition(ledger: Ledger, books: Books, asset: Asset): Promise<void> {
  await books.prepare(ledger, asset);
  for (const id of [positionOf(books, asset), marginOf(books, asset)]) {
    await books.openControl(ledger, { id, ledger: books.ledgerOf(asset) });
  }
}
