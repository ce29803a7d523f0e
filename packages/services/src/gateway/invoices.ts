/**
 * Invoices as chains of the operator's own books. An invoice is an account that holds what is owed: its chain debits
 * it with a leg for each price and one for the tax, and whatever settles it credits it, never with more than is open.
 *
 *   invoice    id from tenant and period; `user_data_128` is the tenant, `user_data_32` the period: yyyymm
 *   700        invoice ──amount──> revenue, `user_data_64`: how many payments
 *   701        invoice ──tax─────> tax
 *   702, 703   bank or revenue ──> invoice: paid, or taken back
 */
import { queriedAccountsOf } from 'tallystick/internal/helpers';
import {
  type Account,
  AccountFlags,
  type AccountInput,
  CreateAccountStatus,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
  type Transfer,
  TransferFlags,
} from 'tallystick/internal/model';
import { type Asset, textOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import { CONTROL, Code, RECEIVABLE, REVENUE, TAX } from '../base/codes.ts';
import { type Executed, execute } from '../base/execute.ts';
import { baseOf, fingerprintOf, formatBase, legId } from '../base/ids.ts';
import type { Leg } from '../base/plan.ts';
import { timesRounded } from '../base/rate.ts';
import { linesOf, type Tenant } from './plans.ts';
import type { Period } from './usage.ts';

/** A part of an invoice. Amounts are text. */
export interface LineView {
  readonly payments: string;
  readonly amount: string;
}

/** An invoice as it is now. */
export interface InvoiceView {
  readonly id: string;
  readonly tenant: number;
  /** `2026-11` */
  readonly period: string;
  readonly asset: string;
  readonly payments: string;
  readonly lines: readonly LineView[];
  readonly net: string;
  readonly tax: string;
  readonly total: string;
  /** What was paid or taken back. */
  readonly settled: string;
  readonly open: string;
  /** When it was made, nanoseconds since the epoch. */
  readonly at: string;
}

const { created } = CreateTransferStatus;
const LINES_MAX = 32;

export class Invoices {
  readonly #ledger: Ledger;
  /** The operator's. */
  readonly #books: Books;

  constructor(ledger: Ledger, books: Books) {
    this.#ledger = ledger;
    this.#books = books;
  }

  /**
   * Makes the invoice of a period for what was used in it; where there is one already, that is the answer, whatever was
   * counted now.
   */
  async make(tenant: Tenant, period: Period, units: bigint): Promise<InvoiceView & { readonly again: boolean }> {
    const { asset, tax } = tenant.plan;
    const known = await this.find(tenant, period);
    if (known !== undefined) return { ...known, again: true };
    const base = this.#base(tenant.number, period);
    const ledger = this.#books.ledgerOf(asset);
    await this.#open(asset, base, tenant.number, period);
    const lines = linesOf(units, tenant.plan);
    const net = lines.reduce((sum, { amount }) => sum + amount, 0n);
    const owes = { debit_account_id: base, ledger, user_data_128: ownerOf(tenant.number), user_data_32: period.number };
    const revenue = this.#books.idOf('operator', `${asset.code}/gateway-revenue`);
    const parts = lines.length === 0 ? [{ units: 0n, amount: 0n }] : lines;
    const legs = [
      ...parts.map(({ units, amount }) => ({
        ...owes,
        credit_account_id: revenue,
        amount,
        user_data_64: units,
        code: Code.invoiced,
      })),
      {
        ...owes,
        credit_account_id: this.#books.idOf('operator', `${asset.code}/gateway-tax`),
        amount: timesRounded(net, tax),
        user_data_64: 0n,
        code: Code.invoicedTax,
      },
    ];
    const results = await this.#ledger.createTransfers(
      legs.map((leg, index) => {
        const flags = index < legs.length - 1 ? TransferFlags.linked : 0;
        return { ...leg, id: legId(base - 1n, index + 2), flags };
      }),
    );
    const view = await this.find(tenant, period);
    if (view === undefined) throw disagreement(results.map(({ status }) => CreateTransferStatus[status]).join());
    return { ...view, again: !results.every(({ status }) => status === created) };
  }

  /** The account of an invoice: its legs have the ids behind it. */
  #base(tenant: number, period: Period): bigint {
    return legId(baseOf('invoice', this.#books.tenant, `${tenant}/${period.name}`), 1);
  }

  async #open(asset: Asset, id: bigint, tenant: number, period: Period): Promise<void> {
    const ledger = this.#books.ledgerOf(asset);
    const flags = AccountFlags.credits_must_not_exceed_debits;
    const named = (name: string): bigint => this.#books.idOf('operator', `${asset.code}/${name}`);
    const accounts: AccountInput[] = [
      { id: named('gateway-revenue'), ledger, code: REVENUE },
      { id: named('gateway-tax'), ledger, code: TAX },
      { id: named('gateway-bank'), ledger, code: CONTROL },
      { id, ledger, code: RECEIVABLE, flags, user_data_128: ownerOf(tenant), user_data_32: period.number },
    ];
    for (const { status } of await this.#ledger.createAccounts(accounts)) {
      const name = CreateAccountStatus[status]!;
      if (name !== 'created' && !name.startsWith('exists')) throw disagreement(name);
    }
  }

  /** Undefined where there is none. */
  async find({ number, plan: { asset } }: Tenant, period: Period): Promise<InvoiceView | undefined> {
    const [account] = await this.#ledger.lookupAccounts([this.#base(number, period)]);
    return account === undefined ? undefined : this.#view(number, asset, account);
  }

  /** The oldest first, in the order in which they were made. */
  async list({ number, plan: { asset } }: Tenant): Promise<InvoiceView[]> {
    const filter = { ledger: this.#books.ledgerOf(asset), code: RECEIVABLE, user_data_128: ownerOf(number) };
    const views: InvoiceView[] = [];
    for await (const page of queriedAccountsOf(this.#ledger, filter)) {
      for (const account of page) {
        const view = await this.#view(number, asset, account);
        if (view !== undefined) views.push(view);
      }
    }
    return views;
  }

  /** Undefined: it was begun, and never made. */
  async #view(tenant: number, asset: Asset, account: Account): Promise<InvoiceView | undefined> {
    const ids = Array.from({ length: LINES_MAX }, (_, index) => account.id + BigInt(index + 1));
    const legs = await this.#ledger.lookupTransfers(ids);
    if (legs.length === 0) return undefined;
    const text = (units: bigint): string => textOf(units, asset);
    const lines = legs.filter(({ code }) => code === Code.invoiced);
    const sum = (all: readonly Transfer[]): bigint => all.reduce((total, { amount }) => total + amount, 0n);
    const { debits_posted: total, credits_posted: settled, user_data_32: period } = account;
    return {
      id: formatBase('inv', account.id),
      tenant,
      period: `${Math.floor(period / 100)}-${String(period % 100).padStart(2, '0')}`,
      asset: asset.code,
      payments: String(lines.reduce((all, { user_data_64: units }) => all + units, 0n)),
      lines: lines.map(({ user_data_64: units, amount }) => ({ payments: String(units), amount: text(amount) })),
      net: text(sum(lines)),
      tax: text(sum(legs) - sum(lines)),
      total: text(total),
      settled: text(settled),
      open: text(total - settled),
      at: String(legs[0]!.timestamp),
    };
  }

  /** Books what was paid, or takes a part back, once for each key. */
  async settle(
    tenant: Tenant,
    period: Period,
    key: string,
    units: bigint,
    how: 'paid' | 'credited',
  ): Promise<Executed> {
    const { asset } = tenant.plan;
    const account = this.#base(tenant.number, period);
    const name = how === 'paid' ? 'gateway-bank' : 'gateway-revenue';
    const leg: Leg = {
      control: 'invoice',
      debit: this.#books.idOf('operator', `${asset.code}/${name}`),
      credit: account,
      amount: units,
      ledger: this.#books.ledgerOf(asset),
      code: how === 'paid' ? Code.invoicePaid : Code.invoiceCredited,
    };
    await this.#books.prepare(this.#ledger, asset);
    return execute(this.#ledger, {
      tenant: this.#books.tenant,
      base: baseOf('settlement', this.#books.tenant, key),
      fingerprint: fingerprintOf(how, { tenant: tenant.number, period: period.name, units: String(units) }),
      aggregate: account,
      day: period.number,
      legs: [leg],
    });
  }
}

/** All that belongs to a tenant in the operator's books. */
export function ownerOf(tenant: number): bigint {
  return baseOf('tenant', 0, String(tenant));
}

function disagreement(what: string): TallystickError {
  return new TallystickError('engine_failed', `an invoice and its ledger disagree about what can be: ${what}`);
}
