/** What the paths of payments answer, as data: documents are printed from it, and tests hold answers to it. */
import { kinds } from '../base/codes.ts';
import { type RefusalCode, refusals } from '../base/outcomes.ts';
import type { Field, Shape } from '../base/shape.ts';
import { PAYMENT_STATUSES } from '../payments/life.ts';
import { type RailAnswer, railAnswers } from '../rails/shapes.ts';
import { type ScreeningAnswer, screeningAnswers } from '../screening/shapes.ts';
import { type WebhookAnswer, webhookAnswers } from '../webhooks/shapes.ts';

const codes = Object.keys(refusals) as RefusalCode[];
const text = (about: string): Field => ({ check: 'text', about });
const maybe = (about: string): Field => ({ check: 'text', optional: true, about });
const asset = text('The code of its asset.');
const money = text('Text, with all digits behind the point.');
const id = text('The id of this request.');
const payment = text('The id of the payment that it belongs to.');
const at = text('When, in nanoseconds since the epoch.');
const perhapsMoney: Field = { ...money, optional: true };
const code: Field = { check: codes, about: 'Stable: programs may compare with it.' };

const done: Shape = {
  outcome: { check: ['done'] },
  id,
  payment,
  asset,
  amount: perhapsMoney,
  held: { ...perhapsMoney, about: 'What stays held after a capture.' },
  bought: { ...perhapsMoney, about: 'Of an exchange: what whoever is paid has got.' },
  bought_asset: { ...asset, optional: true },
  at,
};
const review: Shape = {
  outcome: { check: ['review'] },
  about: text('Others must approve first.'),
  id,
  payment,
  asset,
  amount: perhapsMoney,
  at,
};
const would: Shape = {
  outcome: { check: ['would'] },
  would: { check: ['done', 'review', 'refused'] },
  code: { ...code, optional: true },
  about: maybe('Why it would be refused, or wait.'),
};
const refused: Shape = {
  type: text('`urn:tallystick:payment:` and the code.'),
  title: text('The code in words.'),
  status: { check: 'count', about: 'The status of HTTP.' },
  detail: text('What happened.'),
  code,
  next: text('What to do.'),
  retry: { check: ['new_key', 'never'], about: 'Whether the same wish may be granted under a new key.' },
  id,
  payment,
};
const approval: Shape = {
  payment,
  state: { check: ['waiting', 'approved', 'rejected', 'expired', 'refused'] },
  code: { ...code, optional: true },
  approvals: { check: 'count', about: 'How many have approved.' },
  needed: { check: 'count', about: 'How many must.' },
};

/** One of many, with the status that it would have had alone. */
const ofMany: Shape = { key: text('Its Idempotency-Key.'), status: { check: 'count', about: 'The status of HTTP.' } };

export const answerShapes: { readonly [name in AnswerName]: Shape } = {
  Done: done,
  Review: review,
  Would: would,
  Refused: refused,
  BulkDone: { ...ofMany, ...done },
  BulkReview: { ...ofMany, ...review },
  BulkRefused: { ...ofMany, ...refused },
  BulkSkipped: { key: ofMany.key!, outcome: { check: ['skipped'] }, about: text('Why it was not done.') },
  Account: {
    name: text('Its name.'),
    asset,
    kind: { check: [...Object.keys(kinds), 'other'] },
    balance: { ...money, about: 'What is there, held or not.' },
    held: { ...money, about: 'What is held for others.' },
    available: { ...money, about: 'What can be paid.' },
  },
  Quote: {
    quote: text('Its id.'),
    sell: asset,
    buy: asset,
    amount: { ...money, about: 'What is paid.' },
    bought: { ...money, about: 'What whoever is paid gets.' },
    margin: { ...money, about: "The operator's part, in what is bought; roundings are in it." },
    expires_at: at,
  },
  Limit: {
    per: { check: ['hour', 'day', 'month'] },
    what: { check: ['amount', 'count'] },
    most: text('Money or payments, as text.'),
    left: text('What may still be paid until the calendar turns.'),
  },
  Approval: approval,
  RefusedPayment: {
    outcome: { check: ['refused'] },
    id,
    payment,
    code,
    about: text('What happened.'),
    next: text('What to do.'),
    retry: refused.retry!,
  },
  Payment: {
    id: payment,
    asset,
    status: { check: PAYMENT_STATUSES },
    amount: { ...money, about: 'What was asked for.' },
    paid: money,
    held: money,
    refunded: money,
    fee: money,
    created_at: at,
    description: maybe('What it is for.'),
    reasons: { check: 'texts', optional: true, about: 'Why it waits for approval.' },
  },
  ...webhookAnswers,
  ...screeningAnswers,
  ...railAnswers,
};

export type AnswerName =
  | 'Done'
  | 'Review'
  | 'Would'
  | 'Refused'
  | 'BulkDone'
  | 'BulkReview'
  | 'BulkRefused'
  | 'BulkSkipped'
  | 'Account'
  | 'Quote'
  | 'Limit'
  | 'Approval'
  | 'Payment'
  | 'RefusedPayment'
  | WebhookAnswer
  | ScreeningAnswer
  | RailAnswer;
