/** The paths of payouts and of what comes in at banks, below those of payments. */
import { invalidField, type ServiceAnswer, type ServiceRequest } from 'tallystick/internal/model';
import { checkShape } from '../payments/shapes.ts';
import type { RailShape } from '../rails/shapes.ts';
import { checkEmpty, type Route } from './route.ts';

const ok = (body: object): ServiceAnswer => ({ status: 200, body });

function railOf({ query }: ServiceRequest): string {
  const rail = query.get('rail');
  if (rail === null) throw invalidField('rail', 'is missing: on which rail?');
  return rail;
}

function checked<T>(shape: RailShape, body: unknown): T {
  checkShape(shape, body);
  return body as T;
}

export const payoutRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/payouts/{payout}',
    about: 'A payout as it is: held, in a file, accepted, settled, or why it was not.',
    answers: { 200: ['Payout'] },
    act: async (payments, _asked, payout) => ok(await payments.payouts.view(payout)),
  },
  {
    method: 'POST',
    path: '/payouts/{payout}/cancellation',
    about: 'Cancels a payout that is in no file yet; it answers what the payout is then.',
    answers: { 200: ['Payout'] },
    act: async (payments, { body }, payout) => {
      checkEmpty(body, 'the body of a cancellation is {}');
      return ok(await payments.payouts.cancel(payout));
    },
  },
  {
    method: 'POST',
    path: '/statements',
    about: 'Books the entries of a statement or a notification, each once.',
    body: 'statement',
    answers: { 200: ['Imported'] },
    act: async (payments, asked) => {
      const { rail, document } = checked<{ readonly rail: string; readonly document: string }>('statement', asked.body);
      return ok(await payments.payouts.importStatement(rail, document));
    },
  },
  {
    method: 'GET',
    path: '/unmatched',
    about: 'Entries of a bank that nobody could place, the oldest first, 1,000 at most.',
    may: ['rail'],
    answers: { 200: ['Unmatched'] },
    list: true,
    act: async (payments, asked) => ok(await payments.payouts.unmatched(railOf(asked))),
  },
  {
    method: 'POST',
    path: '/unmatched/{entry}/assignment',
    about: 'Books such an entry to an account of ours, whole and once.',
    body: 'assignment',
    answers: { 200: ['Unmatched'] },
    act: async (payments, asked, entry) => {
      const { rail, account } = checked<{ readonly rail: string; readonly account: string }>('assignment', asked.body);
      return ok(await payments.payouts.assign(rail, entry, account));
    },
  },
  {
    method: 'GET',
    path: '/messages-aside',
    about: 'Messages of banks that nobody understands, as they came, 100 at most.',
    answers: { 200: ['Aside'] },
    list: true,
    act: async (payments) => ok(await payments.payouts.aside()),
  },
];
