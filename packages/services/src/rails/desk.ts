/** Where payouts are asked for: which rails there are, and how a payout becomes the legs of its chain. */
import { invalidField, type Ledger, TallystickError, TransferFlags } from 'tallystick/internal/model';
import { unitsOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import type { Plan } from '../base/plan.ts';
import { checkParties, type Ready } from '../payments/compile.ts';
import type { PayoutRequest } from '../payments/shapes.ts';
import type { Records } from '../records/records.ts';
import { checkTarget, PayoutWords } from './payout-words.ts';
import type { Rail } from './rail.ts';
import { RailBooks } from './rail-books.ts';

/** Of a thousand such payouts the sum still fits a file. */
const NACHA_UNITS = 999_999_999n;
/** The rail that leads to accounts of this ledger: there is no bank between, and it is done at once. */
export const INTERNAL = 'internal';

export class Desk {
  readonly rails: readonly Rail[];
  readonly books: RailBooks;
  /** Undefined: there are no records, and only the rail `internal`. */
  readonly words: PayoutWords | undefined;
  readonly records: Records | undefined;

  /** Throws `invalid_argument` for rails without records: whom a payout pays is kept there. */
  constructor(books: Books, rails: readonly Rail[], records: Records | undefined) {
    if (rails.length > 0 && records === undefined) throw invalidField('rails', 'take records: whom they pay is there');
    this.rails = rails;
    this.records = records;
    this.books = new RailBooks(books);
    this.words = records && new PayoutWords(records, books.tenant);
  }

  /** Rejects with `not_found`. */
  rail(name: string): Rail {
    const rail = this.rails.find((one) => one.name === name);
    if (rail !== undefined) return rail;
    const known = [INTERNAL, ...this.rails.map((one) => one.name)].join(', ');
    throw new TallystickError('not_found', `there is no rail of that name here: ${known}`);
  }

  /** Throws `invalid_argument` with the field, and `not_found` for a rail. The rail's accounts are there afterwards. */
  async compile(ledger: Ledger, request: PayoutRequest): Promise<Ready> {
    const { from, to, amount } = request;
    checkParties(request.parties);
    const { books } = this.books;
    const asset = books.assets.byCode(request.asset);
    const units = unitsOf(amount, asset, 'amount');
    const parties = { payers: [{ payer: from, units }], payees: [{ payer: to.name, units }] };
    const money = { debit: books.accountId(from, asset), amount: units, ledger: books.ledgerOf(asset) };
    if (request.rail === INTERNAL) {
      const credit = books.accountId(accountOf(request), asset);
      if (credit === money.debit) throw invalidField('to.account', 'is the account that pays');
      return { asset, ...parties, legs: [{ control: 'money', ...money, credit, code: Code.pay }] };
    }
    const rail = this.rail(request.rail);
    if (rail.asset.code !== asset.code)
      throw invalidField('asset', `must be ${rail.asset.code} on the rail ${rail.name}`);
    checkTarget(rail, request);
    if (rail.format === 'nacha' && units > NACHA_UNITS) {
      throw invalidField('amount', 'must be below 10,000,000.00 on a rail of NACHA');
    }
    await this.books.prepare(ledger, rail);
    const credit = this.books.clearingId(rail);
    const flags = TransferFlags.pending;
    return { asset, ...parties, legs: [{ control: 'hold', ...money, credit, code: Code.payout, flags }] };
  }

  /** Whom it pays is durable when it resolves. */
  async keepWords({ base, fingerprint }: Pick<Plan, 'base' | 'fingerprint'>, request: PayoutRequest): Promise<void> {
    if (request.rail !== INTERNAL) await this.words!.keep({ payout: base, fingerprint }, request);
  }
}

function accountOf({ to }: PayoutRequest): string {
  const { account, iban, bic, routing, account_kind } = to;
  if (account === undefined) throw invalidField('to.account', 'is missing: the rail internal pays one of our accounts');
  if ([iban, bic, routing, account_kind].some((one) => one !== undefined)) {
    throw invalidField('to', 'has more than a name and an account, which the rail internal has no place for');
  }
  return account;
}
