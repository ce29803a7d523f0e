/**
 * What a status of the ledger means to somebody who asked for a payment: one table of refusals, and one map from each
 * status, by what the refused leg was for. docs/reference/payment-outcomes.md is printed from here.
 */
import { CreateTransferStatus } from 'tallystick/internal/model';

/** Why a request was refused. Stable: programs may compare with it. */
export type RefusalCode =
  | 'insufficient_funds'
  | 'hour_limit_exceeded'
  | 'day_limit_exceeded'
  | 'month_limit_exceeded'
  | 'quota_used_up'
  | 'tenant_suspended'
  | 'exceeds_invoice'
  | 'quote_expired'
  | 'quote_used'
  | 'account_not_found'
  | 'account_closed'
  | 'amount_too_large'
  | 'hold_captured'
  | 'hold_released'
  | 'hold_expired'
  | 'capture_exceeds_hold'
  | 'refund_exceeds_payment'
  | 'nothing_to_refund'
  | 'not_atomic_here'
  | 'declined'
  | 'in_review'
  | 'review_rejected'
  | 'refused_before';

/** A reason why a request was refused, and what whoever asked can do. */
export interface RefusalEntry {
  /** What the ledger remembers it as: the `code` of a transfer. Never changes, never reused. */
  readonly number: number;
  /** The status of HTTP. */
  readonly http: 402 | 403 | 404 | 409 | 422;
  readonly about: string;
  /**
   * Whether the same wish may be granted under a new key later. Under the same key the answer stays the same for ever.
   */
  readonly retry: 'new_key' | 'never';
  readonly next: string;
}

export const refusals: { readonly [code in RefusalCode]: RefusalEntry } = {
  insufficient_funds: {
    number: 1,
    http: 402,
    about: 'The account that pays has less than the amount, with what is held counted as spent.',
    retry: 'new_key',
    next: 'Pay less, or pay again under a new key when there is money.',
  },
  hour_limit_exceeded: limitExceeded(14, 'hour'),
  day_limit_exceeded: limitExceeded(2, 'day'),
  month_limit_exceeded: limitExceeded(15, 'month'),
  quota_used_up: {
    number: 40,
    http: 402,
    about: 'The payments that were paid for are used up.',
    retry: 'new_key',
    next: 'Ask the operator for more, and pay again under a new key.',
  },
  tenant_suspended: {
    number: 41,
    http: 403,
    about: 'The operator has suspended the tenant: it makes no new payments.',
    retry: 'new_key',
    next: 'Ask the operator. What was begun can still be captured, released and given back.',
  },
  exceeds_invoice: {
    number: 42,
    http: 409,
    about: 'It is more than what is still owed for the invoice.',
    retry: 'new_key',
    next: 'Look at the invoice, and book what is open under a new key.',
  },
  quote_expired: {
    number: 43,
    http: 409,
    about: 'The quote has expired.',
    retry: 'new_key',
    next: 'Ask for another quote, and exchange under a new key.',
  },
  quote_used: {
    number: 44,
    http: 409,
    about: 'The quote was used by another exchange: it is good once.',
    retry: 'new_key',
    next: 'Ask for another quote, and exchange under a new key.',
  },
  account_not_found: {
    number: 3,
    http: 404,
    about: 'One of the accounts is not open in this asset.',
    retry: 'new_key',
    next: 'Check the names, open the account, and ask under a new key.',
  },
  account_closed: {
    number: 4,
    http: 409,
    about: 'One of the accounts is closed.',
    retry: 'new_key',
    next: 'Use another account, or have it opened again, and ask under a new key.',
  },
  amount_too_large: {
    number: 5,
    http: 422,
    about: 'The balances of an account would not fit in 128 bits.',
    retry: 'never',
    next: 'Pay less.',
  },
  hold_captured: {
    number: 6,
    http: 409,
    about: 'The hold has been captured: nothing is held any more.',
    retry: 'never',
    next: 'Look at the payment to see what was captured; make a new hold for more.',
  },
  hold_released: {
    number: 7,
    http: 409,
    about: 'The hold has been released: its money is back.',
    retry: 'never',
    next: 'Make a new hold.',
  },
  hold_expired: {
    number: 8,
    http: 409,
    about: 'The hold has expired: its money is back.',
    retry: 'never',
    next: 'Make a new hold.',
  },
  capture_exceeds_hold: {
    number: 9,
    http: 409,
    about: 'The capture is larger than what is held.',
    retry: 'new_key',
    next: 'Capture what is held, or allow the excess to be paid from the account (allow_over).',
  },
  refund_exceeds_payment: {
    number: 10,
    http: 409,
    about: 'The refund is larger than what was paid and has not been given back yet.',
    retry: 'new_key',
    next: 'Look at the payment and refund what is left, under a new key.',
  },
  nothing_to_refund: {
    number: 11,
    http: 409,
    about: 'Nothing was paid yet: the money is held, or was released.',
    retry: 'new_key',
    next: 'Release the hold, or capture it first.',
  },
  not_atomic_here: {
    number: 12,
    http: 422,
    about: 'The accounts are on different shards, which cannot do all of this in one step.',
    retry: 'new_key',
    next: 'Do it in steps of their own: capture what is held, and pay the excess; or pay in place of holding.',
  },
  declined: {
    number: 16,
    http: 402,
    about: 'A check of the operator has declined the payment.',
    retry: 'never',
    next: 'Ask the operator why.',
  },
  in_review: {
    number: 17,
    http: 409,
    about: 'The payment waits for approval: nothing can be captured, released or given back yet.',
    retry: 'new_key',
    next: 'Look at the payment; ask again under a new key once it is approved.',
  },
  review_rejected: {
    number: 18,
    http: 409,
    about: 'The payment was not approved, and its money is free again.',
    retry: 'never',
    next: 'Make a new payment.',
  },
  refused_before: {
    number: 13,
    http: 409,
    about: 'The ledger refused this key before, and whoever asked then died before the reason was written down.',
    retry: 'new_key',
    next: 'Ask again under a new key.',
  },
};

function limitExceeded(number: number, per: string): RefusalEntry {
  const about = `The account that pays has reached its limit for this ${per}, in money or in payments.`;
  const next = `Pay less, or pay again under a new key in the next ${per} (UTC).`;
  return { number, http: 402, about, retry: 'new_key', next };
}

/** The reason that a number in the ledger stands for; undefined: a newer version wrote it. */
export function refusalByNumber(number: number): RefusalCode | undefined {
  return (Object.keys(refusals) as RefusalCode[]).find((code) => refusals[code].number === number);
}

/** What a leg of a chain is for: when the ledger refuses it, this says which control said no. */
export type Control =
  | 'money'
  | 'allowance'
  | 'hold'
  | 'hour'
  | 'day'
  | 'month'
  | 'votes'
  | 'meter'
  | 'invoice'
  | 'quote';

/** What a refused status means: a reason, or that requests and ledger disagree about what can be. */
export type Meaning = RefusalCode | 'exists' | 'unexpected';

const SHORT: { readonly [control in Control]: Meaning } = {
  money: 'insufficient_funds',
  allowance: 'refund_exceeds_payment',
  hold: 'insufficient_funds',
  hour: 'hour_limit_exceeded',
  day: 'day_limit_exceeded',
  month: 'month_limit_exceeded',
  meter: 'quota_used_up',
  invoice: 'exceeds_invoice',
  quote: 'unexpected',
  // Approvals are counted before they are taken, and never become fewer.
  votes: 'unexpected',
};

type StatusName = Extract<keyof typeof CreateTransferStatus, string>;

const EXACT: { readonly [name in StatusName]?: RefusalCode | 'short' } = {
  exceeds_credits: 'short',
  exceeds_debits: 'short',
  id_already_failed: 'refused_before',
  debit_account_not_found: 'account_not_found',
  credit_account_not_found: 'account_not_found',
  debit_account_already_closed: 'account_closed',
  credit_account_already_closed: 'account_closed',
  pending_transfer_already_posted: 'hold_captured',
  pending_transfer_already_voided: 'hold_released',
  pending_transfer_expired: 'hold_expired',
  exceeds_pending_transfer_amount: 'capture_exceeds_hold',
};

const QUOTE: { readonly [name in StatusName]?: RefusalCode } = {
  pending_transfer_already_posted: 'quote_used',
  pending_transfer_expired: 'quote_expired',
};

/** What the ledger means by a status for a leg with this control. */
export function meaningOf(status: number, control: Control): Meaning {
  const name = (CreateTransferStatus as Readonly<Record<number, string>>)[status] as StatusName | undefined;
  if (name === undefined) return 'unexpected';
  if (name.startsWith('exists')) return 'exists';
  if (name.startsWith('overflows_')) return 'amount_too_large';
  if (control === 'quote' && QUOTE[name] !== undefined) return QUOTE[name];
  if (control === 'meter' && name.endsWith('_already_closed')) return 'tenant_suspended';
  const meaning = EXACT[name];
  if (meaning === undefined) return 'unexpected';
  return meaning === 'short' ? SHORT[control] : meaning;
}
