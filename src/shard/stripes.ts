/** Reads of striped accounts: each shard knows its own part, and callers see the sum. */
import type { Account, AccountBalance, ChangeEvent } from '../model/index.ts';

/** An account's balances. */
type Sums = Pick<AccountBalance, 'debits_pending' | 'debits_posted' | 'credits_pending' | 'credits_posted'>;

/** The balances of all parts. */
export function total(parts: readonly Sums[]): Sums {
  return parts.reduce(plus);
}

function plus(one: Sums, other: Sums): Sums {
  return {
    debits_pending: one.debits_pending + other.debits_pending,
    debits_posted: one.debits_posted + other.debits_posted,
    credits_pending: one.credits_pending + other.credits_pending,
    credits_posted: one.credits_posted + other.credits_posted,
  };
}

/** The first part with the balances of all; undefined if there is no first part. */
export function summed(parts: readonly (Account | undefined)[]): Account | undefined {
  const [first, ...others] = parts;
  if (first === undefined || others.length === 0) return first;
  return { ...first, ...total([first, ...others.filter((part) => part !== undefined)]) };
}

/** Balances as a change event has them, of its debit account. */
export function debitOf(sums: Sums): Partial<ChangeEvent> {
  return {
    debit_account_debits_pending: sums.debits_pending,
    debit_account_debits_posted: sums.debits_posted,
    debit_account_credits_pending: sums.credits_pending,
    debit_account_credits_posted: sums.credits_posted,
  };
}

/** The same, of its credit account. */
export function creditOf(sums: Sums): Partial<ChangeEvent> {
  return {
    credit_account_debits_pending: sums.debits_pending,
    credit_account_debits_posted: sums.debits_posted,
    credit_account_credits_pending: sums.credits_pending,
    credit_account_credits_posted: sums.credits_posted,
  };
}
