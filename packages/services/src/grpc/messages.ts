/**
 * The messages of payments over gRPC: the words of requests and answers that HTTP has too, each under a number. Numbers
 * are places in a list, from 1 on; a list only grows at its end. packages/services/proto/payments.proto is printed from
 * here.
 */
import type { ServiceField, ServiceMessage } from 'tallystick/internal/model';
import { type Check, type Field, isChoice, isList, type Shape } from '../base/shape.ts';
import { answerShapes } from '../http/answers.ts';
import { shapes } from '../payments/shapes.ts';

const KEY: Field = { check: 'text', about: 'The idempotency key: one for each wish. A dry run has none.' };

function message(name: string, shape: Shape, order: readonly string[], about?: string): ServiceMessage {
  const fields = order.map((field, index) => fieldOf(name, field, index + 1, shape[field]!));
  return { name, fields, ...(about === undefined ? {} : { about }) };
}

function fieldOf(message: string, name: string, number: number, { check, about }: Field): ServiceField {
  const told = isOneOf(check) ? `One of ${check.join(', ')}.${about === undefined ? '' : ` ${about}`}` : about;
  const words = told === undefined ? {} : { about: told };
  if (check === 'texts') return { name, number, type: 'string', repeated: true, ...words };
  if (typeof check === 'object' && !isOneOf(check)) {
    const inner = (PARTS[`${message}.${name}`] as ServiceMessage | undefined)!;
    return { name, number, type: inner, ...(isList(check) ? { repeated: true as const } : {}), ...words };
  }
  return { name, number, type: TYPES[check as string] ?? 'string', ...words };
}

const isOneOf = (check: Check): check is readonly string[] => typeof check === 'object' && isChoice(check);
const TYPES: { readonly [check: string]: 'bool' | 'uint32' } = { yes: 'bool', seconds: 'uint32', count: 'uint32' };

const inside = (shape: Shape, field: string): Shape => (shape[field]!.check as readonly [Shape])[0];
const keyed = (shape: Shape): Shape => ({ key: KEY, ...shape });
const PAY = ['key', 'from', 'to', 'asset', 'amount', 'fee', 'description', 'dry_run'];

/** Messages within messages. */
const PARTS: Record<string, ServiceMessage> = {
  'SplitRequest.from': message('SplitSource', inside(shapes.split, 'from'), ['account', 'max']),
  'PayoutRequest.to': message('PayoutTarget', shapes.payout.to!.check as Shape, [
    'name',
    'iban',
    'bic',
    'routing',
    'account',
    'account_kind',
  ]),
  'SplitRequest.to': message('SplitTarget', inside(shapes.split, 'to'), ['account', 'amount', 'portion']),
};

export const PayRequest: ServiceMessage = message('PayRequest', keyed(shapes.pay), PAY);
PARTS['BulkRequest.payments'] = PayRequest;

const HOLD = ['key', 'from', 'to', 'asset', 'amount', 'expires_in', 'description', 'dry_run'];
export const HoldRequest: ServiceMessage = message('HoldRequest', keyed(shapes.hold), HOLD);
const SPLIT = ['key', 'asset', 'amount', 'from', 'to', 'description', 'dry_run'];
export const SplitRequest: ServiceMessage = message('SplitRequest', keyed(shapes.split), SPLIT);
const CAPTURE = ['key', 'payment', 'amount', 'more', 'allow_over', 'description', 'dry_run'];
export const CaptureRequest: ServiceMessage = message('CaptureRequest', keyed(shapes.capture), CAPTURE);
const WHOLE = ['key', 'payment', 'description', 'dry_run'];
export const ReleaseRequest: ServiceMessage = message('ReleaseRequest', keyed(shapes.release), WHOLE);
const REFUND = ['key', 'payment', 'amount', 'description', 'dry_run'];
export const RefundRequest: ServiceMessage = message('RefundRequest', keyed(shapes.refund), REFUND);
export const ReverseRequest: ServiceMessage = message('ReverseRequest', keyed(shapes.reverse), WHOLE);
export const BulkRequest: ServiceMessage = message('BulkRequest', shapes.bulk, ['mode', 'payments']);
export const OpenAccountRequest: ServiceMessage = message('OpenAccountRequest', shapes.account, [
  'name',
  'asset',
  'kind',
]);

const QUOTE = ['key', 'sell', 'buy', 'amount'];
export const QuoteRequest: ServiceMessage = message('QuoteRequest', keyed(shapes.quote), QUOTE);
const EXCHANGE = ['key', 'quote', 'from', 'to', 'description', 'dry_run'];
export const ExchangeRequest: ServiceMessage = message('ExchangeRequest', keyed(shapes.exchange), EXCHANGE);
const QUOTED = ['quote', 'sell', 'buy', 'amount', 'bought', 'margin', 'expires_at'];
export const Quote: ServiceMessage = message('Quote', answerShapes.Quote, QUOTED);

const string = (name: string, number: number, about?: string): ServiceField => {
  return { name, number, type: 'string', ...(about === undefined ? {} : { about }) };
};
export const NameInAsset: ServiceMessage = { name: 'NameInAsset', fields: [string('name', 1), string('asset', 2)] };
export const InAsset: ServiceMessage = { name: 'InAsset', fields: [string('asset', 1)] };
export const PaymentId: ServiceMessage = { name: 'PaymentId', fields: [string('payment', 1)] };

/** One for all outcomes: the fields of the others are empty. */
export const Receipt: ServiceMessage = {
  name: 'Receipt',
  about: 'What became of a request. A refusal is an outcome, and no error.',
  fields: [
    string('outcome', 1, 'One of done, review, refused, would, skipped.'),
    { name: 'status', number: 2, type: 'uint32', about: 'The status that HTTP has for it.' },
    string('id', 3, 'Of this request.'),
    string('payment', 4, 'That it belongs to.'),
    string('asset', 5),
    string('amount', 6, 'Text, with all digits behind the point.'),
    string('held', 7, 'What stays held after a capture.'),
    string('at', 8, 'When, in nanoseconds since the epoch.'),
    { name: 'again', number: 9, type: 'bool', about: 'It was done before, under the same key.' },
    string('code', 10, 'Why it was refused, or would be: docs/reference/payment-outcomes.md.'),
    string('about', 11),
    string('next', 12, 'What to do.'),
    string('retry', 13, 'Whether the same wish may be granted later: new_key or never.'),
    string('would', 14, 'What a dry run found: done, review or refused.'),
    string('key', 15, 'Of one of many: its idempotency key.'),
    string('bought', 16, 'Of an exchange: what whoever is paid has got.'),
    string('bought_asset', 17),
  ],
};

const list = (name: string, field: string, type: ServiceMessage): ServiceMessage => {
  return { name, fields: [{ name: field, number: 1, type, repeated: true }] };
};
export const Receipts: ServiceMessage = list('Receipts', 'receipts', Receipt);
const ACCOUNT = ['name', 'asset', 'kind', 'balance', 'held', 'available'];
export const Account: ServiceMessage = message('Account', answerShapes.Account, ACCOUNT);
const Limit = message('Limit', answerShapes.Limit, ['per', 'what', 'most', 'left']);
export const Limits: ServiceMessage = list('Limits', 'limits', Limit);
const APPROVAL = ['payment', 'state', 'code', 'approvals', 'needed'];
export const Approval: ServiceMessage = message('Approval', answerShapes.Approval, APPROVAL);
export const Approvals: ServiceMessage = list('Approvals', 'approvals', Approval);
const VIEW = [
  'id',
  'asset',
  'status',
  'amount',
  'paid',
  'held',
  'refunded',
  'fee',
  'created_at',
  'description',
  'reasons',
];
const view = message('Payment', answerShapes.Payment, VIEW, 'A payment as it is now, or why it was refused.');
export const Payment: ServiceMessage = {
  ...view,
  fields: [...view.fields, { name: 'refused', number: VIEW.length + 1, type: Receipt }],
};

const PAYOUT = ['key', 'from', 'asset', 'amount', 'rail', 'to', 'reference', 'description', 'dry_run'];
export const PayoutRequest: ServiceMessage = message('PayoutRequest', keyed(shapes.payout), PAYOUT);
export const PayoutId: ServiceMessage = { name: 'PayoutId', fields: [string('payout', 1)] };
export const OfRail: ServiceMessage = { name: 'OfRail', fields: [string('rail', 1)] };
export const Payout: ServiceMessage = message('Payout', answerShapes.Payout, [
  'id',
  'payment',
  'rail',
  'asset',
  'amount',
  'status',
  'reason',
  'file',
  'created_at',
]);
export const Unmatched: ServiceMessage = message('Unmatched', answerShapes.Unmatched, [
  'id',
  'rail',
  'asset',
  'side',
  'amount',
  'day',
  'party',
  'remittance',
  'assigned',
]);
export const AllUnmatched: ServiceMessage = list('AllUnmatched', 'entries', Unmatched);
export const Assignment: ServiceMessage = {
  name: 'Assignment',
  fields: [string('entry', 1), string('rail', 2), string('account', 3)],
};
export const StatementRequest: ServiceMessage = message('StatementRequest', shapes.statement, ['rail', 'document']);
export const Imported: ServiceMessage = message('Imported', answerShapes.Imported, [
  'settled',
  'returned',
  'received',
  'unmatched',
  'again',
  'other',
  'problems',
]);
const Aside = message('Aside', answerShapes.Aside, ['id', 'why', 'message']);
export const AllAside: ServiceMessage = list('AllAside', 'messages', Aside);
export const Nothing: ServiceMessage = { name: 'Nothing', fields: [] };
