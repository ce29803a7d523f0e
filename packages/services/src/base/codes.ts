/** Why money moves, and what accounts are for: the `code`s of transfers and accounts. They never change. */

export const Code = {
  pay: 100,
  fee: 101,
  hold: 110,
  /** Paid above what was held, with the capture. */
  over: 114,
  refund: 120,
  reversal: 121,
  /** The fee goes back with it. */
  feeReversal: 122,
  /** Money on its way out by a rail: held, posted when the bank has accepted it, voided when it has not. */
  payout: 130,
  /** The bank has booked it. */
  payoutSettled: 132,
  /** The bank gave it back, or turned it down after all. */
  payoutReturned: 133,
  /** Money that has come in at a bank; and what becomes of an entry that nobody could place. */
  payIn: 134,
  assigned: 135,
  /** An exchange: what is sold, what is bought with it, and the operator's margin; and what goes back of the two. */
  fxSell: 140,
  fxBuy: 141,
  fxMargin: 142,
  /** A rate that holds until it expires, or is used. */
  quote: 143,
  fxBack: 144,
  fxMarginBack: 145,
  /** A payment, its fee and a hold that wait for approval: pending, until others have approved. */
  reviewPay: 1100,
  reviewFee: 1101,
  reviewHold: 1110,
  reviewPayout: 1130,
  /** What was paid becomes refundable. */
  refundable: 930,
  /** Takes from what is refundable. */
  refunded: 931,
  /** What may be paid until the calendar turns. */
  refill: 932,
  /** Takes from it. */
  limit: 933,
  /** Somebody approves, or is the one who may not. */
  vote: 940,
  /** Takes the approvals that a payment needs. */
  approved: 941,
  /** The head of payments that are all made or none. */
  bulk: 950,
  /** Counts a payment as used. */
  metered: 951,
  /** Payments that were paid for before they are made. */
  prepaid: 952,
  /** Closes the meter of a tenant, and opens it again. */
  suspension: 953,
  /** A file for a bank, and what it takes: each payout is in one file, or was cancelled before. */
  fileCut: 970,
  payoutClaimed: 971,
  payoutCancelled: 972,
  /** A payout is settled or turned down once, and goes back once. */
  payoutCleared: 973,
  payoutBack: 974,
  entryAssigned: 975,
  /** Nothing with an earlier timestamp follows. */
  periodEnd: 900,
  /** What a tenant owes for what it has used, and the tax on it. */
  invoiced: 700,
  invoicedTax: 701,
  /** It was paid, or taken back. */
  invoicePaid: 702,
  invoiceCredited: 703,
} as const;
export type Code = (typeof Code)[keyof typeof Code];

/** Money that waits for approval, without its fees. */
export const REVIEWS: readonly number[] = [Code.reviewPay, Code.reviewHold, Code.reviewPayout];
export const isReview = (code: number): boolean => REVIEWS.includes(code);

/** What an account is for. */
export type AccountKind = 'customer' | 'merchant' | 'bank';

/** Accounts of the chart: 1xxx assets, 2xxx liabilities, 4xxx income, 9xxx control. */
export const kinds: { readonly [kind in AccountKind]: { readonly code: number; readonly limited: boolean } } = {
  customer: { code: 2010, limited: true },
  merchant: { code: 2020, limited: true },
  /** Our own account at a bank: money comes in from it and goes out to it, so it may go below zero here. */
  bank: { code: 1010, limited: false },
};

/** The kind that the `code` of an account stands for; undefined: it is none of a customer's. */
export function kindOfCode(code: number): AccountKind | undefined {
  return (Object.keys(kinds) as AccountKind[]).find((kind) => kinds[kind].code === code);
}

export const FEE_INCOME = 4010;
/** Of invoices: what is owed, what was earned, and the tax that goes on. */
export const RECEIVABLE = 1400;
export const REVENUE = 4050;
export const TAX = 2060;
/** Money that is with no bank of ours any more and with no bank of others yet; and what nobody could place. */
export const CLEARING = 1020;
export const SUSPENSE = 1090;
export const CONTROL = 9010;
