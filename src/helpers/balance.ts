/** The balance of an account, by the side on which it grows. */
import {
  type Account,
  type AccountBalance,
  AccountFilterFlags,
  AccountFlags,
  invalid,
  type Ledger,
} from '../model/index.ts';
import { accountBalancesOf } from './pages.ts';

/**
 * The side on which an account grows (its normal side): `debit` for what you have (cash, receivables, expenses),
 * `credit` for what you owe or have earned (customers' money, equity, income).
 */
export type Side = 'debit' | 'credit';

/** In the smallest unit of the ledger. Negative where an account without a rule is on the other side. */
export interface Balance {
  /** What has come in less what has gone out. */
  readonly posted: bigint;
  /** Reserved to come in: not yet there. */
  readonly pendingIn: bigint;
  /** Reserved to go out: still there, and promised. */
  readonly pendingOut: bigint;
  /**
   * What may go out now: `posted - pendingOut`. With `debits_must_not_exceed_credits` (or its mirror) the ledger
   * accepts exactly this much, and refuses one unit more.
   */
  readonly available: bigint;
}

/** The four counters; an account has them, and each balance of `getAccountBalances`. */
type Counters = Omit<AccountBalance, 'timestamp'>;

/**
 * The balance of an account, or of one of its balances in the past.
 *
 *   const [account] = await ledger.lookupAccounts([alice]);
 *   const { available } = balanceOf(account, 'credit');
 *
 * Without `side` it is that of the account's rule: `debits_must_not_exceed_credits` has credit balances,
 * `credits_must_not_exceed_debits` debit balances. Throws `invalid_argument` when there is no rule and no side, and
 * when there is no account (the id was not found).
 */
export function balanceOf(account: Account | undefined, side?: Side): Balance;
export function balanceOf(balance: AccountBalance | undefined, side: Side): Balance;
export function balanceOf(of: Counters | undefined, side: Side | undefined = sideOf(of)): Balance {
  if (of === undefined) throw invalid('there is no account: its id was not found');
  if (side !== 'debit' && side !== 'credit') throw invalid('the side must be debit or credit: the account has no rule');
  const debit = side === 'debit';
  const posted = debit ? of.debits_posted - of.credits_posted : of.credits_posted - of.debits_posted;
  const pendingIn = debit ? of.debits_pending : of.credits_pending;
  const pendingOut = debit ? of.credits_pending : of.debits_pending;
  return { posted, pendingIn, pendingOut, available: posted - pendingOut };
}

/**
 * The balance of any account at a time, that nanosecond included: with what was reserved then, and without `history`.
 *
 *   const { posted, available } = await balanceAt(ledger, alice, nanosecondsOf('2026-01-31T23:59:59.999999999Z'));
 *
 * Rejects as the ledger does, and with `invalid_argument` as {@link balanceOf}: also where the account was created
 * later.
 */
export async function balanceAt(
  ledger: Pick<Ledger, 'lookupAccountsAt'>,
  account_id: bigint,
  time: bigint,
  side?: Side,
): Promise<Balance> {
  const [account] = await ledger.lookupAccountsAt([account_id], time);
  return balanceOf(account, side);
}

const NOTHING: Counters = { debits_pending: 0n, debits_posted: 0n, credits_pending: 0n, credits_posted: 0n };

/**
 * What was posted by a time, that nanosecond included, on an account with `history`: the balance at the end of a month.
 *
 *   await postedAt(ledger, alice, nanosecondsOf('2026-01-31T23:59:59.999999999Z'))
 *
 * What was reserved is not told: history has an entry for each transfer, and none for a pending one that expires. Where
 * the ledger is one of Tallystick, {@link balanceAt} tells it, and needs no `history`; this asks tigerbeetle-node, too.
 * Rejects as the ledger does, and with `invalid_argument` for an account without `history`, as {@link balanceOf}, and
 * for a time that is not a BigInt from 0 up.
 */
export async function postedAt(
  ledger: Pick<Ledger, 'lookupAccounts' | 'getAccountBalances'>,
  account_id: bigint,
  time: bigint,
  side?: Side,
): Promise<bigint> {
  if (typeof time !== 'bigint' || time < 0n) throw invalid('a time is a BigInt of nanoseconds from 0 up');
  const [account] = await ledger.lookupAccounts([account_id]);
  const own = side ?? sideOf(account);
  if (account === undefined || own === undefined) return balanceOf(account, side).posted;
  if ((account.flags & AccountFlags.history) === 0) throw invalid('the account was created without history');
  // Zero is no bound, and nothing happened by then.
  if (time === 0n) return 0n;
  const flags = AccountFilterFlags.reversed;
  const { value: page } = await accountBalancesOf(ledger, { account_id, timestamp_max: time, limit: 1, flags }).next();
  return balanceOf({ ...NOTHING, timestamp: 0n, ...page?.[0] }, own).posted;
}

function sideOf(of: (Counters & { readonly flags?: number }) | undefined): Side | undefined {
  const flags = of?.flags ?? 0;
  if ((flags & AccountFlags.debits_must_not_exceed_credits) !== 0) return 'credit';
  return (flags & AccountFlags.credits_must_not_exceed_debits) !== 0 ? 'debit' : undefined;
}
