/**
 * The gateway: which tenants a server has, how fast they may ask, what they have used and what they owe. It keeps
 * nothing: plans are the operator's configuration, and everything else is in the ledger.
 */
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import { type Assets, ControlBook, ledgerOf, unitsOf } from '../base/assets.ts';
import { Books } from '../base/books.ts';
import { CONTROL, Code } from '../base/codes.ts';
import { type Executed, execute } from '../base/execute.ts';
import { baseOf, checkKey, fingerprintOf, legId } from '../base/ids.ts';
import { type RefusalCode, refusals } from '../base/outcomes.ts';
import { isClosed, type MeterRules, openMeter } from '../controls/meter.ts';
import type { Doorkeeper } from '../payments/tenants.ts';
import { Invoices, type InvoiceView } from './invoices.ts';
import type { Tenant } from './plans.ts';
import { type Clock, Speeds, systemClock } from './speeds.ts';
import { resume, suspend } from './suspension.ts';
import { type Period, periodOf, usedIn } from './usage.ts';

/** A tenant as it is now. */
export interface TenantView {
  readonly number: number;
  readonly name: string;
  readonly plan: string;
  readonly state: 'active' | 'suspended';
  /** Payments that it ever made, as text. */
  readonly used: string;
  /** Of those that were paid for before, how many are left; left out: it pays afterwards. */
  readonly left?: string;
}

export interface UsageView {
  readonly tenant: number;
  readonly period: string;
  /** Payments that were made. */
  readonly payments: string;
}

/** What became of a settlement, or of a grant of payments. */
export type Booked =
  | { readonly outcome: 'done'; readonly again: boolean }
  | { readonly outcome: 'refused'; readonly code: RefusalCode; readonly about: string; readonly next: string };

export interface GatewayOptions {
  readonly tenants: readonly Tenant[];
  readonly assets: Assets;
  /** Nanoseconds since the epoch. */
  readonly now: () => bigint;
  readonly clock?: Clock;
}

const MINUTE = 60_000_000_000n;

export class Gateway implements Doorkeeper {
  readonly #ledger: Ledger;
  readonly #options: GatewayOptions;
  readonly #tenants: ReadonlyMap<number, Tenant>;
  readonly #speeds: Speeds;
  readonly #invoices: Invoices;
  /** The operator's. */
  readonly #own: Books;

  constructor(ledger: Ledger, options: GatewayOptions) {
    this.#ledger = ledger;
    this.#options = options;
    this.#tenants = new Map(options.tenants.map((tenant) => [tenant.number, tenant]));
    this.#speeds = new Speeds(options.clock ?? systemClock);
    this.#own = new Books(0, options.assets);
    this.#invoices = new Invoices(ledger, this.#own);
  }

  /** The operator itself, tenant 0, is limited where the file says so, and otherwise is not. */
  async admit(number: number, cost: number): Promise<void> {
    const tenant = this.#tenants.get(number);
    if (tenant === undefined && number !== 0) {
      throw new TallystickError('forbidden', `the tenant ${number} has no plan here`);
    }
    const speed = tenant?.plan.speed;
    if (speed !== undefined) await this.#speeds.admit(number, speed, cost);
  }

  meterOf(number: number): MeterRules | undefined {
    return this.#tenants.get(number)?.plan;
  }

  headersOf(number: number): { readonly [name: string]: string } | undefined {
    const speed = this.#tenants.get(number)?.plan.speed;
    if (speed === undefined) return undefined;
    const left = this.#speeds.left(number, speed);
    return { 'ratelimit-limit': String(speed.perSecond), 'ratelimit-remaining': String(left) };
  }

  /** By number; `after`: behind that one. */
  async list(after: number, limit: number): Promise<TenantView[]> {
    const all = [...this.#tenants.keys()].sort((a, b) => a - b).filter((number) => number > after);
    return Promise.all(all.slice(0, limit).map((number) => this.tenant(number)));
  }

  /** Rejects with `not_found` for a tenant that has no plan. */
  async tenant(number: number): Promise<TenantView> {
    const { name, plan, planName } = this.#known(number);
    const books = this.#books(number);
    const found = await this.#ledger.lookupAccounts([books.usedId, books.prepaidId]);
    const meter = found.find(({ id }) => id === books.usedId);
    const used = meter?.credits_posted ?? 0n;
    const bought = found.find(({ id }) => id === books.prepaidId);
    const left = bought === undefined ? 0n : bought.credits_posted - bought.debits_posted;
    const state = isClosed(meter) ? 'suspended' : 'active';
    const view = { number, name, plan: planName, state, used: String(used) } as const;
    return plan.prepaid ? { ...view, left: String(left) } : view;
  }

  #known(number: number): Tenant {
    const tenant = this.#tenants.get(number);
    if (tenant !== undefined) return tenant;
    throw new TallystickError('not_found', `there is no tenant ${number}`);
  }

  #books(tenant: number): Books {
    return new Books(tenant, this.#options.assets);
  }

  /** It makes no new payments from the next one on, in whichever process. */
  async suspend(number: number): Promise<TenantView> {
    this.#known(number);
    await suspend(this.#ledger, this.#books(number));
    return this.tenant(number);
  }

  async resume(number: number): Promise<TenantView> {
    this.#known(number);
    await resume(this.#ledger, this.#books(number));
    return this.tenant(number);
  }

  /** Adds payments that were paid for, once for each key. */
  async grant(number: number, key: string, payments: bigint): Promise<Booked> {
    this.#known(number);
    const books = this.#books(number);
    await openMeter(this.#ledger, books);
    await books.prepare(this.#ledger, this.#known(number).plan.asset);
    const { postpaidId: debit, prepaidId: credit, metersLedger: ledger } = books;
    return booked(
      await execute(this.#ledger, {
        tenant: number,
        base: baseOf('grant', number, checkKey(key)),
        fingerprint: fingerprintOf('grant', { payments: String(payments) }),
        aggregate: 0n,
        day: 0,
        legs: [{ control: 'meter', debit, credit, amount: payments, ledger, code: Code.prepaid }],
      }),
    );
  }

  /** Counted from the ledger. */
  async usage(number: number, period: Period): Promise<UsageView> {
    this.#known(number);
    const payments = await usedIn(this.#ledger, this.#books(number), period);
    return { tenant: number, period: period.name, payments: String(payments) };
  }

  /**
   * The invoice of a month that is over; the same one however often it is asked for. Rejects with `invalid_argument`
   * before its end.
   */
  async invoice(number: number, period: Period): Promise<InvoiceView & { readonly again: boolean }> {
    const tenant = this.#known(number);
    const known = await this.#invoices.find(tenant, period);
    if (known !== undefined) return { ...known, again: true };
    await this.#end(number, period);
    return this.#invoices.make(tenant, period, await usedIn(this.#ledger, this.#books(number), period));
  }

  /**
   * Has the ledger stamp a transfer of nothing: whatever comes behind it has a later timestamp, so a period that ended
   * before it is complete.
   */
  async #end(number: number, period: Period): Promise<void> {
    const base = baseOf('account', 0, 'period-ends');
    const ledger = ledgerOf(0, ControlBook.locks);
    const [debit_account_id, credit_account_id] = [legId(base, 1), legId(base, 2)];
    await this.#ledger.createAccounts(
      [debit_account_id, credit_account_id].map((id) => ({ id, ledger, code: CONTROL })),
    );
    const id = legId(baseOf('period-end', number, `${period.name}/${this.#options.now() / MINUTE}`), 1);
    const marker = { id, debit_account_id, credit_account_id, amount: 0n, ledger, code: Code.periodEnd };
    await this.#ledger.createTransfers([marker]);
    const [found] = await this.#ledger.lookupTransfers([id]);
    if (found !== undefined && found.timestamp >= period.until) return;
    throw new TallystickError('invalid_argument', `the period ${period.name} has not ended yet`);
  }

  async invoices(number: number): Promise<InvoiceView[]> {
    return this.#invoices.list(this.#known(number));
  }

  /** Rejects with `not_found` where none was made. */
  async invoiceOf(number: number, period: Period): Promise<InvoiceView> {
    const found = await this.#invoices.find(this.#known(number), period);
    if (found !== undefined) return found;
    throw new TallystickError('not_found', `the tenant ${number} has no invoice of ${period.name}`);
  }

  /** Books a payment or a credit note of an invoice; `amount` is text. */
  async settle(number: number, month: string, key: string, amount: unknown, how: 'paid' | 'credited'): Promise<Booked> {
    const tenant = this.#known(number);
    const period = periodOf(month);
    await this.invoiceOf(number, period);
    const units = unitsOf(amount, tenant.plan.asset, 'amount');
    return booked(await this.#invoices.settle(tenant, period, checkKey(key), units, how));
  }
}

function booked(executed: Executed): Booked {
  if (executed.outcome === 'done') return { outcome: 'done', again: executed.again };
  const { code } = executed;
  const { about, next } = refusals[code];
  return { outcome: 'refused', code, about, next };
}
