/** Every path of payments: from these rows come the router and the document, so no path is in one alone. */
import { invalid, invalidField, type ServiceAnswer, type ServiceRequest } from 'tallystick/internal/model';
import type { BulkReceipt } from '../payments/bulk.ts';
import type { Payments } from '../payments/payments.ts';
import type { AccountRequest, BulkRequest, QuoteRequest, Requests, Verb } from '../payments/shapes.ts';
import { payoutRoutes } from './payout-table.ts';
import { checkEmpty, type Route } from './route.ts';
import { screeningRoutes } from './screening-table.ts';
import { told } from './told.ts';
import { webhookRoutes } from './webhook-table.ts';

const OUTCOMES = { 200: ['Done', 'Would'], 201: ['Done'], 202: ['Review'] } as const;
const ok = (body: object): ServiceAnswer => ({ status: 200, body });

const verb = (path: string, what: Verb, about: string): Route => ({
  method: 'POST',
  path,
  about,
  body: what,
  keyed: true,
  answers: OUTCOMES,
  act: (payments, asked) => ask(payments, asked, what, asked.body),
});

const verbAbout = (path: string, what: Verb, about: string): Route => ({
  ...verb(`/{payment}${path}`, what, about),
  without: 'payment',
  answers: { 200: ['Done', 'Would'], 201: ['Done'] },
  act: (payments, asked, payment) => {
    const { body } = asked;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw invalid('the request must be an object');
    }
    if ('payment' in body) throw invalidField('payment', 'is in the path already');
    return ask(payments, asked, what, { ...body, payment });
  },
});

/** Literal parts count before `{…}`. */
export const routes: readonly Route[] = [
  verb('', 'pay', 'Moves money, and the fee to the operator, or neither.'),
  verb('/holds', 'hold', 'Reserves money; when the hold expires, it is free again by itself.'),
  verb('/splits', 'split', 'Pays from many to many; the parts add up to the last cent.'),
  verb('/exchanges', 'exchange', 'Sells for what a quote says, once, before it expires.'),
  {
    method: 'POST',
    path: '/quotes',
    about: 'What an exchange would be, for as long as it says.',
    body: 'quote',
    keyed: true,
    answers: { 200: ['Quote'] },
    act: async (payments, { key, body }) => {
      if (key === undefined) throw invalid('Idempotency-Key is missing: choose one for each wish, and keep it');
      return ok(await payments.quote(key as string, body as QuoteRequest));
    },
  },
  {
    method: 'POST',
    path: '/bulk',
    about: 'Makes up to 1,000 payments, each under its own key; each has the status that it would have had alone.',
    body: 'bulk',
    answers: { 200: ['BulkDone', 'BulkReview', 'BulkRefused', 'BulkSkipped'] },
    list: true,
    act: async (payments, { body }) => ok((await payments.bulk(body as BulkRequest)).map(oneOfMany)),
  },
  {
    method: 'POST',
    path: '/accounts',
    about: 'Opens an account, or finds it open.',
    body: 'account',
    answers: { 200: ['Account'] },
    act: async (payments, { body }) => ok(await payments.openAccount(body as AccountRequest)),
  },
  {
    method: 'GET',
    path: '/accounts/{name}',
    about: 'The balances of an account.',
    inAsset: true,
    answers: { 200: ['Account'] },
    act: async (payments, asked, name) => ok(await payments.account(name, assetOf(asked))),
  },
  {
    method: 'GET',
    path: '/accounts/{name}/limits',
    about: 'The limits of an account, and what may still be paid.',
    inAsset: true,
    answers: { 200: ['Limit'] },
    list: true,
    act: async (payments, asked, name) => ok(await payments.limits(name, assetOf(asked))),
  },
  {
    method: 'GET',
    path: '/waiting',
    about: 'Payments that wait for approval, the oldest first, 1,000 at most.',
    inAsset: true,
    answers: { 200: ['Approval'] },
    list: true,
    act: async (payments, asked) => ok(await payments.waiting(assetOf(asked))),
  },
  {
    method: 'GET',
    path: '/{payment}',
    about: 'A payment as it is, or why it was refused.',
    answers: { 200: ['Payment', 'RefusedPayment'] },
    act: async (payments, _asked, payment) => ok(await payments.payment(payment)),
  },
  verbAbout('/captures', 'capture', 'Takes all that is held, or a part of it.'),
  verbAbout('/release', 'release', 'Frees what is held.'),
  verbAbout('/refunds', 'refund', 'Gives back a part, or all that is left.'),
  verbAbout('/reversal', 'reverse', 'Undoes a mistake, fee included, once, if nothing was given back.'),
  decision('/approval', 'Lets money move that waits, in the name of whoever calls.', 'approve'),
  decision('/rejection', 'Frees money that waits, in the name of whoever calls.', 'reject'),
  verb('/payouts', 'payout', 'Holds money for whom a bank shall pay; in the answer, `id` is the id of the payout.'),
  ...payoutRoutes,
  ...webhookRoutes,
  ...screeningRoutes,
];

function decision(path: string, about: string, what: 'approve' | 'reject'): Route {
  return {
    method: 'POST',
    path: `/{payment}${path}`,
    about,
    answers: { 200: ['Approval'] },
    act: async (payments, { body }, payment) => {
      checkEmpty(body, 'the body of a decision is {}: it is made in the name of whoever calls');
      return ok(await payments[what](payment));
    },
  };
}

function assetOf({ query }: ServiceRequest): string {
  const asset = query.get('asset');
  if (asset === null) throw invalidField('asset', 'is missing: in which asset?');
  return asset;
}

async function ask(payments: Payments, { key }: ServiceRequest, what: Verb, body: unknown): Promise<ServiceAnswer> {
  const isDry = (body as { readonly dry_run?: unknown } | null)?.dry_run === true;
  if (key === undefined && !isDry) throw invalid('Idempotency-Key is missing: choose one for each wish, and keep it');
  return told(await payments.ask(what, isDry ? 'dry-run' : (key as string), body as Requests[Verb]));
}

/** One of many: as it would have been answered alone, with the status that it would have had. */
function oneOfMany(receipt: BulkReceipt): object {
  const { key, ...alone } = receipt;
  if (alone.outcome === 'skipped') return { key, ...alone };
  const { status, body } = told(alone);
  return { key, ...body, status };
}
