/** What the API tells, as its JSON spells it: 128 and 64 bits are decimal text, so no number is ever rounded. */

export interface Account {
  readonly id: string;
  readonly debits_pending: string;
  readonly debits_posted: string;
  readonly credits_pending: string;
  readonly credits_posted: string;
  readonly user_data_128: string;
  readonly user_data_64: string;
  readonly user_data_32: number;
  readonly ledger: number;
  readonly code: number;
  readonly flags: readonly string[];
  readonly timestamp: string;
  readonly timestamp_iso: string;
}

export interface Transfer {
  readonly id: string;
  readonly debit_account_id: string;
  readonly credit_account_id: string;
  readonly amount: string;
  readonly pending_id: string;
  readonly user_data_128: string;
  readonly user_data_64: string;
  readonly user_data_32: number;
  readonly timeout: number;
  readonly ledger: number;
  readonly code: number;
  readonly flags: readonly string[];
  readonly timestamp: string;
  readonly timestamp_iso: string;
}

export interface Pending {
  readonly id: string;
  readonly amount: string;
  readonly amount_posted: string;
  readonly ended_by: string;
  readonly expires_at: string;
  readonly expires_at_iso?: string;
  readonly ended_at: string;
  readonly ended_at_iso?: string;
  readonly state: string;
}

export interface TransferSum {
  readonly debits_posted: string;
  readonly debits_pending: string;
  readonly count: string;
}

export interface Snapshot {
  readonly as_of: string;
  readonly timestamp: string;
  readonly transfers_timestamp: string;
  readonly accounts_timestamp: string;
  readonly op: string;
}

/** One thing that changed balances, with both accounts right after it. */
export interface Change {
  readonly transfer_id: string;
  readonly transfer_amount: string;
  readonly transfer_code: number;
  readonly ledger: number;
  readonly type: string;
  readonly debit_account_id: string;
  readonly credit_account_id: string;
  readonly timestamp: string;
  readonly timestamp_iso: string;
  readonly [field: string]: unknown;
}

export interface Result {
  readonly status: string;
  readonly timestamp: string;
  readonly timestamp_iso: string;
}

/** Who is signed in. */
export interface Session {
  readonly signed_in: boolean;
  readonly wants_token: boolean;
  /** People sign in at an issuer. */
  readonly issuer?: boolean;
  readonly subject?: string | null;
  readonly role?: string;
  readonly scopes?: readonly string[] | null;
  readonly all_ledgers?: boolean;
  readonly expires_ms?: number | null;
  readonly csrf?: string | null;
  readonly version?: string;
  readonly folder?: string;
  /** What stands on the ledger: `payments`. */
  readonly services?: readonly string[];
}

const SIDES = ['debits_pending', 'debits_posted', 'credits_pending', 'credits_posted'] as const;

/** The balances that a change left an account with; undefined: it is about others. */
export function balancesIn(change: Change, id: string): Pick<Account, (typeof SIDES)[number]> | undefined {
  const side = change.debit_account_id === id ? 'debit' : change.credit_account_id === id ? 'credit' : undefined;
  if (side === undefined) return undefined;
  const entries = SIDES.map((field) => [field, String(change[`${side}_account_${field}`])]);
  return Object.fromEntries(entries) as Pick<Account, (typeof SIDES)[number]>;
}

/** What was posted on the credit side less what was posted on the debit side. */
export function netOf({ credits_posted, debits_posted }: Pick<Account, 'credits_posted' | 'debits_posted'>): bigint {
  return BigInt(credits_posted) - BigInt(debits_posted);
}

/** What an account may still give, by its flags; undefined: it has no limit. */
export function availableOf(account: Account): bigint | undefined {
  const debits = BigInt(account.debits_posted);
  const credits = BigInt(account.credits_posted);
  if (account.flags.includes('debits_must_not_exceed_credits'))
    return credits - debits - BigInt(account.debits_pending);
  if (account.flags.includes('credits_must_not_exceed_debits'))
    return debits - credits - BigInt(account.credits_pending);
  return undefined;
}

/** What a transfer does to an account's posted balance, credits being positive. */
export function effectOf(transfer: Transfer, id: string): bigint {
  if (transfer.flags.includes('pending') || transfer.flags.includes('void_pending_transfer')) return 0n;
  const amount = BigInt(transfer.amount);
  return transfer.credit_account_id === id ? amount : -amount;
}

/** In a word, what kind of transfer it is. */
export function kindOf({ flags }: Pick<Transfer, 'flags'>): 'hold' | 'post' | 'void' | 'transfer' {
  if (flags.includes('pending')) return 'hold';
  if (flags.includes('post_pending_transfer')) return 'post';
  return flags.includes('void_pending_transfer') ? 'void' : 'transfer';
}
