/** What is typed into a form, and the event that it becomes: checked field by field, before anything is sent. */
import { readId } from './ids.ts';
import { parseAmount } from './money.ts';
import type { Account, Transfer } from './records.ts';
import { accountsCalled, locale, unitOf } from './settings.ts';
import { say } from './strings/index.ts';

export type Typed = { readonly [field: string]: string };

export interface Checked {
  /** By field: what is wrong with it. */
  readonly errors: { readonly [field: string]: string };
  /** Without an id: that is made when it is previewed. */
  readonly event: { readonly [field: string]: unknown };
}

const CODE_MAX = 65_535;
const U32_MAX = 4_294_967_295;

class Check {
  readonly errors: Record<string, string> = {};
  readonly event: Record<string, unknown> = {};
  readonly #typed: Typed;

  constructor(typed: Typed) {
    this.#typed = typed;
  }

  id(field: string, as: string, needed: boolean): void {
    const text = (this.#typed[field] ?? '').trim();
    if (text === '' && !needed) return;
    const id = accountOf(text);
    if (id === undefined) this.errors[field] = text === '' ? say().fieldNeeded : say().fieldId;
    else this.event[as] = id;
  }

  number(field: string, max: number, min: number): void {
    const text = (this.#typed[field] ?? '').trim();
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) this.event[field] = value;
    else this.errors[field] = text === '' ? say().fieldNeeded : say().fieldNumber(String(max));
  }

  amount(scale: number): void {
    const text = (this.#typed.amount ?? '').trim();
    const value = parseAmount(text, { scale }, locale.value);
    if (value === undefined) this.errors.amount = text === '' ? say().fieldNeeded : say().fieldAmount(String(scale));
    else this.event.amount = String(value);
  }
}

/** An account by its id, or by the name of exactly one. */
export function accountOf(text: string): string | undefined {
  const id = readId(text);
  if (id !== undefined) return id;
  return accountsCalled(text, 100).find(({ name }) => name === text)?.id;
}

export function checkAccount(typed: Typed): Checked {
  const check = new Check(typed);
  check.number('ledger', U32_MAX, 1);
  check.number('code', CODE_MAX, 1);
  check.id('ref', 'user_data_128', false);
  const flags = [...(typed.limit ? [typed.limit] : []), ...(typed.history === 'yes' ? ['history'] : [])];
  return { errors: check.errors, event: { ...check.event, flags } };
}

/** `accounts`: those that are known already, by id; the ledger and its unit are the debit account's. */
export function checkTransfer(typed: Typed, hold: boolean, accounts: ReadonlyMap<string, Account>): Checked {
  const check = new Check(typed);
  check.id('debit', 'debit_account_id', true);
  check.id('credit', 'credit_account_id', true);
  const debit = accounts.get(String(check.event.debit_account_id));
  check.amount(unitOf(debit?.ledger ?? 0).scale);
  check.number('code', CODE_MAX, 1);
  check.id('ref', 'user_data_128', false);
  if (hold) check.number('timeout', U32_MAX, 0);
  return { errors: check.errors, event: { ...check.event, ledger: debit?.ledger, flags: hold ? ['pending'] : [] } };
}

export function checkEnding(typed: Typed, what: 'post' | 'void', hold: Transfer): Checked {
  const check = new Check(typed);
  if (what === 'post') check.amount(unitOf(hold.ledger).scale);
  if (check.event.amount !== undefined && BigInt(check.event.amount as string) > BigInt(hold.amount)) {
    check.errors.amount = say().refusedNext.exceeds_pending_transfer_amount!;
  }
  const flags = [what === 'post' ? 'post_pending_transfer' : 'void_pending_transfer'];
  return { errors: check.errors, event: { ...check.event, pending_id: hold.id, flags } };
}

export interface Effect {
  readonly account: Account;
  readonly after: Account;
}

const moved = (
  account: Account,
  field: 'debits_posted' | 'credits_posted' | 'debits_pending' | 'credits_pending',
  by: bigint,
): Account => ({
  ...account,
  [field]: String(BigInt(account[field]) + by),
});

/** Both accounts as a transfer, or a hold, would leave them. */
export function effectsOf(debit: Account, credit: Account, amount: bigint, hold: boolean): readonly [Effect, Effect] {
  return [
    { account: debit, after: moved(debit, hold ? 'debits_pending' : 'debits_posted', amount) },
    { account: credit, after: moved(credit, hold ? 'credits_pending' : 'credits_posted', amount) },
  ];
}

/** Both accounts as the end of a hold would leave them; `amount`: what is posted, zero for a void. */
export function endingOf(debit: Account, credit: Account, held: bigint, amount: bigint): readonly [Effect, Effect] {
  const debited = moved(moved(debit, 'debits_pending', -held), 'debits_posted', amount);
  const credited = moved(moved(credit, 'credits_pending', -held), 'credits_posted', amount);
  return [
    { account: debit, after: debited },
    { account: credit, after: credited },
  ];
}

/** Why the ledger would refuse, as far as that can be seen from here. */
export function warningsOf([debit, credit]: readonly [Effect, Effect]): string[] {
  const words = say();
  const warnings: string[] = [];
  const over = (a: Account, b: Account): boolean => {
    const debits = BigInt(b.debits_posted) + BigInt(b.debits_pending);
    const credits = BigInt(b.credits_posted) + BigInt(b.credits_pending);
    if (a.flags.includes('debits_must_not_exceed_credits')) return debits > BigInt(b.credits_posted);
    return a.flags.includes('credits_must_not_exceed_debits') && credits > BigInt(b.debits_posted);
  };
  if (debit.account.id === credit.account.id) warnings.push(words.warnSame);
  if (debit.account.ledger !== credit.account.ledger) warnings.push(words.warnLedger);
  if ([debit, credit].some(({ account }) => account.flags.includes('closed'))) warnings.push(words.warnClosed);
  if (over(debit.account, debit.after) || over(credit.account, credit.after)) warnings.push(words.warnExceeds);
  return warnings;
}
