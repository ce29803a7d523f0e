/** Why an answer is empty: a query finds nothing where it was asked for nothing, and does not say so. */
import { AccountFilterFlags, type AccountFilterInput, AccountFlags, type Ledger, parseUuid } from '../model/index.ts';

/** Why nothing was found, by name; each has a sentence in `about`. */
export type EmptyReason =
  | 'limit_is_zero'
  | 'no_side'
  | 'unknown_flags'
  | 'time_out_of_range'
  | 'time_reversed'
  | 'account_not_found'
  | 'account_without_history'
  | 'account_without_transfers'
  | 'nothing_fits';

/** Why nothing was found. */
export interface Empty {
  readonly reason: EmptyReason;
  /** The reason in a sentence. */
  readonly about: string;
  /** What to do. */
  readonly next: string;
}

const REASONS: { readonly [reason in EmptyReason]: readonly [about: string, next: string] } = {
  limit_is_zero: ['The limit is 0, so that nothing may be returned.', 'Ask for 1 to 8,189, or leave the limit out.'],
  no_side: ['The flags name no side of the account.', 'Add `debits`, `credits` or both to the flags.'],
  unknown_flags: ['The flags have a bit without a meaning.', 'Use `AccountFilterFlags` alone.'],
  time_out_of_range: ['A time of the filter is after the year 2262.', 'Give nanoseconds since 1970, 2^63 - 1 at most.'],
  time_reversed: ['`timestamp_min` is later than `timestamp_max`.', 'Exchange the two.'],
  account_not_found: ['There is no account with the id.', 'Check the id, and that the account was created.'],
  account_without_history: [
    'The account was created without `history`, so it has no list of balances.',
    'Ask `lookupAccountsAt`, which needs no history, or create accounts with `AccountFlags.history`.',
  ],
  account_without_transfers: ['The account has no transfers yet.', 'Create one; nothing is wrong with the question.'],
  nothing_fits: [
    'The account has transfers, and none of them fits the filter.',
    'Leave out a field, widen the time, or ask for both sides.',
  ],
};

const BOTH = AccountFilterFlags.debits | AccountFilterFlags.credits;
const TIMESTAMP_MAX = 2n ** 63n - 1n;

/** What is asked to find out: an account, and one transfer at most. */
type Asked = Pick<Ledger, 'lookupAccounts' | 'getAccountTransfers' | 'getAccountBalances'>;

/**
 * Why `getAccountTransfers` finds nothing; undefined when it does find something.
 *
 *   const found = await ledger.getAccountTransfers(filter);
 *   if (found.length === 0) console.log((await whyNoTransfers(ledger, filter))?.about);
 */
export async function whyNoTransfers(ledger: Asked, filter: AccountFilterInput): Promise<Empty | undefined> {
  const wrong = wrongIn(filter);
  if (wrong !== undefined) return empty(wrong);
  if ((await ledger.getAccountTransfers({ ...filter, limit: 1 })).length > 0) return undefined;
  return empty(await ofAccount(ledger, filter, false));
}

/** Why `getAccountBalances` finds nothing; undefined when it does find something. */
export async function whyNoBalances(ledger: Asked, filter: AccountFilterInput): Promise<Empty | undefined> {
  const wrong = wrongIn(filter);
  if (wrong !== undefined) return empty(wrong);
  if ((await ledger.getAccountBalances({ ...filter, limit: 1 })).length > 0) return undefined;
  return empty(await ofAccount(ledger, filter, true));
}

function wrongIn({
  limit,
  flags,
  timestamp_min = 0n,
  timestamp_max = 0n,
}: AccountFilterInput): EmptyReason | undefined {
  if (limit === 0) return 'limit_is_zero';
  if (flags !== undefined && (flags & ~(BOTH | AccountFilterFlags.reversed)) !== 0) return 'unknown_flags';
  if (flags !== undefined && (flags & BOTH) === 0) return 'no_side';
  if (timestamp_min > TIMESTAMP_MAX || timestamp_max > TIMESTAMP_MAX) return 'time_out_of_range';
  return timestamp_max !== 0n && timestamp_min > timestamp_max ? 'time_reversed' : undefined;
}

async function ofAccount(ledger: Asked, { account_id }: AccountFilterInput, history: boolean): Promise<EmptyReason> {
  const id = typeof account_id === 'string' ? parseUuid(account_id) : account_id;
  const [account] = id === undefined ? [] : await ledger.lookupAccounts([id]);
  if (account === undefined) return 'account_not_found';
  if (history && (account.flags & AccountFlags.history) === 0) return 'account_without_history';
  const every = { user_data_128: 0n, user_data_64: 0n, user_data_32: 0, code: 0, timestamp_min: 0n, timestamp_max: 0n };
  const [first] = await ledger.getAccountTransfers({ ...every, account_id: account.id, limit: 1, flags: BOTH });
  return first === undefined ? 'account_without_transfers' : 'nothing_fits';
}

function empty(reason: EmptyReason): Empty {
  const [about, next] = REASONS[reason];
  return { reason, about, next };
}
