/** The methods of payments over gRPC: the verbs and the looks that HTTP has paths for. */
import { invalidField, type ServiceMessage, type ServiceMethod } from 'tallystick/internal/model';
import { statusOf } from '../http/told.ts';
import type { BulkReceipt } from '../payments/bulk.ts';
import type { Payments } from '../payments/payments.ts';
import type { Receipt, Would } from '../payments/receipts.ts';
import type { AccountRequest, BulkRequest, QuoteRequest, Requests, Verb } from '../payments/shapes.ts';
import type { Right } from '../payments/tenants.ts';
import * as messages from './messages.ts';

/** A method of payments: what it does for whoever may. */
export interface PaymentMethod extends ServiceMethod {
  readonly right: Right;
  act(payments: Payments, message: Words): Promise<object>;
}

export type Words = { readonly [field: string]: unknown };

const verb = (name: string, number: number, what: Verb, request: ServiceMessage, about: string): PaymentMethod => ({
  name,
  number,
  about,
  request,
  reply: messages.Receipt,
  right: 'write',
  act: async (payments, { key, ...words }) => {
    if (key === undefined && words.dry_run !== true) {
      throw invalidField('key', 'is missing: choose one for each wish, and keep it');
    }
    return withStatus(await payments.ask(what, (key ?? 'dry-run') as string, words as unknown as Requests[Verb]));
  },
});

const withStatus = (receipt: Receipt | Would): object => ({ ...receipt, status: statusOf(receipt) });

function oneOfMany(receipt: BulkReceipt): object {
  return receipt.outcome === 'skipped' ? receipt : { ...receipt, status: statusOf(receipt) };
}

const text = (words: Words, field: string): string => {
  const value = words[field];
  if (typeof value === 'string') return value;
  throw invalidField(field, 'is missing');
};

type Rest = Omit<PaymentMethod, 'name' | 'number' | 'about'>;
const row = (name: string, number: number, about: string, rest: Rest): PaymentMethod => ({
  name,
  number,
  about,
  ...rest,
});

export const paymentMethods: readonly PaymentMethod[] = [
  verb('Pay', 10, 'pay', messages.PayRequest, 'Moves money, and the fee to the operator, or neither.'),
  verb('Hold', 11, 'hold', messages.HoldRequest, 'Reserves money, until it is captured, released or expires.'),
  verb('Split', 12, 'split', messages.SplitRequest, 'Pays from many to many, to the last cent.'),
  verb('Capture', 13, 'capture', messages.CaptureRequest, 'Takes all that is held, or a part of it.'),
  verb('Release', 14, 'release', messages.ReleaseRequest, 'Frees what is held.'),
  verb('Refund', 15, 'refund', messages.RefundRequest, 'Gives back a part, or all that is left.'),
  verb('Reverse', 16, 'reverse', messages.ReverseRequest, 'Undoes a mistake, fee included, once.'),
  row('Bulk', 17, 'Makes up to 1,000 payments, each under its own key.', {
    request: messages.BulkRequest,
    reply: messages.Receipts,
    right: 'write',
    act: async (payments, words) => {
      return { receipts: (await payments.bulk(words as unknown as BulkRequest)).map(oneOfMany) };
    },
  }),
  row('Quote', 18, 'What an exchange would be, for as long as it says.', {
    request: messages.QuoteRequest,
    reply: messages.Quote,
    right: 'write',
    act: (payments, { key, ...words }) => payments.quote(text({ key }, 'key'), words as unknown as QuoteRequest),
  }),
  verb('Exchange', 19, 'exchange', messages.ExchangeRequest, 'Sells for what a quote says, once, before it expires.'),
  row('OpenAccount', 20, 'Opens an account, or finds it open.', {
    request: messages.OpenAccountRequest,
    reply: messages.Account,
    right: 'write',
    act: (payments, words) => payments.openAccount(words as unknown as AccountRequest),
  }),
  row('GetAccount', 21, 'The balances of an account.', {
    request: messages.NameInAsset,
    reply: messages.Account,
    right: 'read',
    act: (payments, words) => payments.account(text(words, 'name'), text(words, 'asset')),
  }),
  row('GetLimits', 22, 'The limits of an account, and what may still be paid.', {
    request: messages.NameInAsset,
    reply: messages.Limits,
    right: 'read',
    act: async (payments, words) => ({ limits: await payments.limits(text(words, 'name'), text(words, 'asset')) }),
  }),
  row('GetWaiting', 23, 'Payments that wait for approval, the oldest first, 1,000 at most.', {
    request: messages.InAsset,
    reply: messages.Approvals,
    right: 'read',
    act: async (payments, words) => ({ approvals: await payments.waiting(text(words, 'asset')) }),
  }),
  row('GetPayment', 24, 'A payment as it is, or why it was refused.', {
    request: messages.PaymentId,
    reply: messages.Payment,
    right: 'read',
    act: async (payments, words) => {
      const found = await payments.payment(text(words, 'payment'));
      return 'outcome' in found ? { refused: withStatus(found) } : found;
    },
  }),
  row('Approve', 25, 'Lets money move that waits, in the name of whoever calls.', {
    request: messages.PaymentId,
    reply: messages.Approval,
    right: 'write',
    act: (payments, words) => payments.approve(text(words, 'payment')),
  }),
  row('Reject', 26, 'Frees money that waits, in the name of whoever calls.', {
    request: messages.PaymentId,
    reply: messages.Approval,
    right: 'write',
    act: (payments, words) => payments.reject(text(words, 'payment')),
  }),
  verb('Payout', 27, 'payout', messages.PayoutRequest, 'Holds money for whom a bank shall pay.'),
  row('GetPayout', 28, 'A payout as it is.', {
    request: messages.PayoutId,
    reply: messages.Payout,
    right: 'read',
    act: (payments, words) => payments.payouts.view(text(words, 'payout')),
  }),
  row('CancelPayout', 29, 'Cancels a payout that is in no file yet.', {
    request: messages.PayoutId,
    reply: messages.Payout,
    right: 'write',
    act: (payments, words) => payments.payouts.cancel(text(words, 'payout')),
  }),
  row('ImportStatement', 30, 'Books the entries of a statement or a notification, each once.', {
    request: messages.StatementRequest,
    reply: messages.Imported,
    right: 'write',
    act: (payments, words) => payments.payouts.importStatement(text(words, 'rail'), text(words, 'document')),
  }),
  row('GetUnmatched', 31, 'Entries of a bank that nobody could place, the oldest first, 1,000 at most.', {
    request: messages.OfRail,
    reply: messages.AllUnmatched,
    right: 'read',
    act: async (payments, words) => ({ entries: await payments.payouts.unmatched(text(words, 'rail')) }),
  }),
  row('AssignEntry', 32, 'Books such an entry to an account of ours, whole and once.', {
    request: messages.Assignment,
    reply: messages.Unmatched,
    right: 'write',
    act: (payments, words) =>
      payments.payouts.assign(text(words, 'rail'), text(words, 'entry'), text(words, 'account')),
  }),
  row('GetMessagesAside', 33, 'Messages of banks that nobody understands, as they came, 100 at most.', {
    request: messages.Nothing,
    reply: messages.AllAside,
    right: 'read',
    act: async (payments) => ({ messages: await payments.payouts.aside() }),
  }),
];

export const PAYMENTS_SERVICE = 'tallystick.payments.v1.Payments';
