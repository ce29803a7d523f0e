/**
 * Limits by the hour, day and month, kept by the ledger. Each limit of a payer is an account that holds what may still
 * be paid; a payment's chain debits it, so the ledger refuses what is too much, whoever races. When the calendar turns,
 * the first payment fills the account up again: one transfer, whose id follows from the stretch of the calendar.
 *
 *   window account   may not go below zero; id from asset, payer, stretch and what is counted
 *   refill           attempt k of a stretch: an attempt that was refused is refused for ever, so all try the same ones;
 *                    `user_data_32` is the stretch, which only grows
 */
import {
  AccountFilterFlags,
  AccountFlags,
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  TallystickError,
} from 'tallystick/internal/model';
import { type Asset, textOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import type { Calendar, Moment } from '../base/calendar.ts';
import { type AccountKind, Code, kindOfCode } from '../base/codes.ts';
import { baseOf, legId } from '../base/ids.ts';
import type { RefusalCode } from '../base/outcomes.ts';
import type { Leg } from '../base/plan.ts';
import type { Limit, Per } from './rules.ts';

/** What a payer pays in one request. */
export interface Spending {
  /** The name of the account; of a payee, too, where both are told. */
  readonly payer: string;
  readonly units: bigint;
}

/** A limit of one payer as it stands. Amounts are text. */
export interface LimitView {
  readonly per: Per;
  readonly what: 'amount' | 'count';
  readonly most: string;
  readonly left: string;
}

/** Refills of one stretch that were refused because a payment came between; each has an id of its own. */
const ATTEMPTS_MAX = 64;

interface Window {
  readonly limit: Limit;
  readonly payer: string;
  readonly account: bigint;
  /** The stretch in which it was last filled, as far as this process knows. */
  filled: number | undefined;
}

export class Windows {
  readonly #books: Books;
  readonly #limits: readonly Limit[];
  readonly #now: () => bigint;
  readonly #calendar: Calendar;
  /** Kinds of accounts by their ids: an account never changes its kind. */
  readonly #kinds = new Map<bigint, AccountKind>();
  /** The windows of payers whose kind is known, by asset and name: which they are never changes. */
  readonly #windows = new Map<Asset, Map<string, readonly Window[]>>();
  /** Windows that are being filled, by account: payments that come meanwhile wait for the same. */
  readonly #filling = new Map<bigint, Promise<void>>();

  constructor(books: Books, limits: readonly Limit[], now: () => bigint, calendar: Calendar) {
    this.#books = books;
    this.#limits = limits;
    this.#now = now;
    this.#calendar = calendar;
  }

  /**
   * Appends the legs that take spendings from what may be paid, at a moment. False, and nothing is appended: the ledger
   * must be asked first, by {@link legsOf}.
   */
  addLegs(legs: Leg[], asset: Asset, spendings: readonly Spending[], moment: Moment): boolean {
    if (!this.#hasLimits(asset)) return true;
    const known = this.#windows.get(asset);
    const before = legs.length;
    for (const { payer, units } of spendings) {
      const windows = known?.get(payer);
      if (windows === undefined || !windows.every(({ limit, filled }) => filled === moment[limit.per])) {
        legs.length = before;
        return false;
      }
      for (const window of windows) legs.push(this.#leg(window, units));
    }
    return true;
  }

  /** The legs that take spendings from what may be paid; the windows are filled when it resolves. */
  async legsOf(ledger: Ledger, asset: Asset, spendings: readonly Spending[]): Promise<Leg[]> {
    if (!this.#hasLimits(asset)) return [];
    const legs: Leg[] = [];
    for (const { payer, units } of spendings) {
      for (const window of await this.#windowsOf(ledger, asset, payer)) {
        await this.#fill(ledger, window);
        legs.push(this.#leg(window, units));
      }
    }
    return legs;
  }

  #hasLimits(asset: Asset): boolean {
    return this.#limits.some((limit) => limit.asset === asset);
  }

  #leg({ limit: { per, what }, account }: Window, units: bigint): Leg {
    const { limitsLedger, allowancesId } = this.#books;
    const amount = what === 'amount' ? units : 1n;
    return { control: per, debit: account, credit: allowancesId, amount, ledger: limitsLedger, code: Code.limit };
  }

  /** The refusal that spendings would hear from their limits; nothing is written. */
  async wouldRefuse(ledger: Ledger, asset: Asset, spendings: readonly Spending[]): Promise<RefusalCode | undefined> {
    for (const { payer, units } of spendings) {
      for (const window of await this.#windowsOf(ledger, asset, payer)) {
        const { per, what } = window.limit;
        const left = await this.#leftOf(ledger, window);
        if (left < (what === 'amount' ? units : 1n)) return `${per}_limit_exceeded`;
      }
    }
    return undefined;
  }

  /** The limits of an account, and what may still be paid. */
  async viewsOf(ledger: Ledger, asset: Asset, payer: string): Promise<LimitView[]> {
    const views: LimitView[] = [];
    for (const window of await this.#windowsOf(ledger, asset, payer)) {
      const { per, what, most } = window.limit;
      const text = (units: bigint): string => (what === 'amount' ? textOf(units, asset) : String(units));
      views.push({ per, what, most: text(most), left: text(await this.#leftOf(ledger, window)) });
    }
    return views;
  }

  async #windowsOf(ledger: Ledger, asset: Asset, payer: string): Promise<readonly Window[]> {
    if (!this.#hasLimits(asset)) return [];
    const known = this.#windows.get(asset)?.get(payer);
    if (known !== undefined) return known;
    const kind = await this.kindOf(ledger, asset, payer);
    // Somebody else may have been as fast: there is one list of a payer's windows.
    return this.#windows.get(asset)?.get(payer) ?? this.#remember(asset, payer, kind);
  }

  /** An account's own rule counts instead of that of its kind. */
  #remember(asset: Asset, payer: string, kind: AccountKind | undefined): readonly Window[] {
    const limits = this.#limits.filter((limit) => limit.asset === asset);
    const own = limits.filter(({ who }) => 'account' in who && who.account === payer);
    const ofKind = limits.filter(({ who, per, what }) => {
      if (!('kind' in who) || who.kind !== kind) return false;
      return !own.some((one) => one.per === per && one.what === what);
    });
    const windows = [...own, ...ofKind].map((limit): Window => {
      const key = `${asset.code}/${payer}/${limit.per}/${limit.what}`;
      return { limit, payer, account: this.#books.idOf('window', key), filled: undefined };
    });
    // An account that is not there yet may be opened as any kind.
    if (kind === undefined) return windows;
    let known = this.#windows.get(asset);
    if (known === undefined || known.size >= CACHED_MAX) {
      known = new Map();
      this.#windows.set(asset, known);
    }
    known.set(payer, windows);
    return windows;
  }

  /** Undefined: there is no such account, and the ledger says so to whoever pays from it. */
  async kindOf(ledger: Ledger, asset: Asset, name: string): Promise<AccountKind | undefined> {
    const id = this.#books.accountId(name, asset);
    const known = this.#kinds.get(id);
    if (known !== undefined) return known;
    const [account] = await ledger.lookupAccounts([id]);
    const kind = account === undefined ? undefined : kindOfCode(account.code);
    if (kind === undefined) return undefined;
    if (this.#kinds.size >= CACHED_MAX) this.#kinds.clear();
    this.#kinds.set(id, kind);
    return kind;
  }

  async #leftOf(ledger: Ledger, window: Window): Promise<bigint> {
    const stretch = this.#calendar.at(this.#now())[window.limit.per];
    const [account] = await ledger.lookupAccounts([window.account]);
    if (account === undefined || !(await this.#isFilled(ledger, window, stretch))) return window.limit.most;
    return account.credits_posted - account.debits_posted;
  }

  async #isFilled(ledger: Ledger, window: Window, stretch: number): Promise<boolean> {
    if (window.filled === stretch) return true;
    const { debits, credits, reversed } = AccountFilterFlags;
    const flags = debits | credits | reversed;
    const filter = { account_id: window.account, code: Code.refill, flags, limit: 1 };
    const [last] = await ledger.getAccountTransfers(filter);
    return last !== undefined && last.user_data_32 >= stretch;
  }

  async #fill(ledger: Ledger, window: Window): Promise<void> {
    const stretch = this.#calendar.at(this.#now())[window.limit.per];
    for (;;) {
      if (window.filled === stretch) return;
      const running = this.#filling.get(window.account);
      if (running === undefined) break;
      // Through the port of another caller: what it hears is not ours.
      await running.catch(() => undefined);
    }
    const filling = this.#fillNow(ledger, window, stretch).finally(() => this.#filling.delete(window.account));
    this.#filling.set(window.account, filling);
    return filling;
  }

  async #fillNow(ledger: Ledger, window: Window, stretch: number): Promise<void> {
    await this.#books.openControl(ledger, {
      id: window.account,
      ledger: this.#books.limitsLedger,
      flags: AccountFlags.debits_must_not_exceed_credits,
    });
    // A clock that is behind, or was set back, does not fill up again what was filled in a later stretch.
    if (!(await this.#isFilled(ledger, window, stretch))) await this.#refill(ledger, window, stretch);
    window.filled = stretch;
  }

  async #refill(ledger: Ledger, window: Window, stretch: number): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const [account] = await ledger.lookupAccounts([window.account]);
      const missing = window.limit.most - (account!.credits_posted - account!.debits_posted);
      const { allowancesId, limitsLedger } = this.#books;
      const [debit, credit] = missing < 0n ? [window.account, allowancesId] : [allowancesId, window.account];
      const refill: AnyTransferInput = {
        id: this.#refillId(window, stretch, attempt),
        debit_account_id: debit,
        credit_account_id: credit,
        amount: missing < 0n ? -missing : missing,
        user_data_32: stretch,
        ledger: limitsLedger,
        code: Code.refill,
      };
      const [result] = await ledger.createTransfers([refill]);
      const name = CreateTransferStatus[result!.status]!;
      if (name === 'created' || name.startsWith('exists')) return;
      // A payment has taken what a lower limit would take back: the id is burnt for everybody, and the next one counts.
      if (name === 'exceeds_credits' || name === 'id_already_failed') continue;
      throw new TallystickError('engine_failed', `a limit of ${window.payer} cannot be filled up: ${name}`);
    }
    throw new TallystickError('lane_full', `too many payments from ${window.payer} at a time; nothing was done`);
  }

  #refillId({ account }: Window, stretch: number, attempt: number): bigint {
    return legId(baseOf('refill', this.#books.tenant, `${account.toString(16)}/${stretch}`), attempt);
  }
}

/** Windows and kinds that are remembered; what is forgotten is read again. */
const CACHED_MAX = 100_000;
