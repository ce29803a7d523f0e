/** The paths of webhooks, below those of payments. */
import {
  invalid,
  invalidField,
  type ServiceAnswer,
  type ServiceRequest,
  TallystickError,
} from 'tallystick/internal/model';
import { checkShape } from '../payments/shapes.ts';
import type { WebhookShape } from '../webhooks/shapes.ts';
import type { WebhookRequest, Webhooks } from '../webhooks/webhooks.ts';
import { type Beside, checkEmpty, type Route } from './route.ts';

const OVERLAP_SECONDS = 24 * 3600;
const ok = (body: object): ServiceAnswer => ({ status: 200, body });

function on({ webhooks }: Beside): Webhooks {
  if (webhooks !== undefined) return webhooks;
  throw new TallystickError('not_found', 'webhooks are off on this server: its setting webhooks.key is not set');
}

type Act = (webhooks: Webhooks, asked: ServiceRequest, id: string) => Promise<object>;

/** A route that takes a body. */
const post = (
  path: string,
  about: string,
  answers: Route['answers'],
  body: WebhookShape | undefined,
  act: Act,
): Route => ({
  method: 'POST',
  path: `/webhooks${path}`,
  about,
  ...(body === undefined ? {} : { body }),
  answers,
  act: async (_payments, asked, id, beside) => {
    const webhooks = on(beside);
    if (body === undefined) checkEmpty(asked.body);
    else checkShape(body, asked.body);
    return ok(await act(webhooks, asked, id));
  },
});

const get = (path: string, about: string, answers: Route['answers'], act: Act): Route => ({
  method: 'GET',
  path: `/webhooks${path}`,
  about,
  guarded: true,
  answers,
  act: async (_payments, asked, id, beside) => ok(await act(on(beside), asked, id)),
});

export const webhookRoutes: readonly Route[] = [
  {
    ...post(
      '',
      'Tells an address of events from now on.',
      { 200: ['Webhook'] },
      'webhook',
      (webhooks, { key, body }) => {
        if (typeof key !== 'string')
          throw invalid('Idempotency-Key is missing: choose one for each webhook, and keep it');
        return webhooks.add(key, body as WebhookRequest);
      },
    ),
    keyed: true,
  },
  { ...get('', 'All webhooks.', { 200: ['Webhook'] }, (webhooks) => webhooks.all()), list: true },
  {
    method: 'GET',
    path: '/events',
    about: 'Events behind a cursor, the oldest first: for a receiver that missed some.',
    may: ['after'],
    answers: { 200: ['EventPage'] },
    act: async (_payments, { ledger, query }, _part, beside) => {
      const after = query.get('after');
      if (after === null) throw invalidField('after', 'is missing: behind which cursor? 0 is before the first event');
      return ok(await on(beside).events(ledger, after));
    },
  },
  get('/{webhook}', 'A webhook as it stands.', { 200: ['Webhook'] }, (webhooks, _asked, id) => webhooks.view(id)),
  get('/{webhook}/secret', 'What its events are signed with.', { 200: ['WebhookSecret'] }, async (webhooks, _, id) => {
    return { id, secret: await webhooks.secret(id) };
  }),
  post(
    '/{webhook}/rotation',
    'Replaces its secret; the one before signs as well for a while.',
    { 200: ['WebhookSecret'] },
    'rotation',
    async (webhooks, { body }, id) => {
      const { overlap = OVERLAP_SECONDS } = body as { readonly overlap?: number };
      return { id, secret: await webhooks.rotate(id, overlap) };
    },
  ),
  post(
    '/{webhook}/replay',
    'Sends events behind a cursor again, with the same ids; also resumes a webhook that is paused.',
    { 200: ['Webhook'] },
    'replay',
    (webhooks, { body }, id) => webhooks.replay(id, (body as { readonly after?: string }).after),
  ),
  post(
    '/{webhook}/try',
    'Sends an event that says nothing, now.',
    { 200: ['WebhookTry'] },
    undefined,
    (webhooks, _, id) => webhooks.try(id),
  ),
  {
    ...get(
      '/{webhook}/dead-letters',
      'Events that were given up, the oldest first, 100 at most.',
      { 200: ['DeadLetter'] },
      (webhooks, _asked, id) => webhooks.dead(id),
    ),
    list: true,
  },
  post(
    '/{webhook}/dead-letters',
    'Tries them again, the oldest first, until one fails.',
    { 200: ['WebhookRetry'] },
    undefined,
    (webhooks, _asked, id) => webhooks.retryDead(id),
  ),
  post(
    '/{webhook}/removal',
    'Sends nothing to it any more.',
    { 200: ['Webhook'] },
    undefined,
    async (webhooks, _, id) => {
      const view = await webhooks.view(id);
      await webhooks.remove(id);
      return { ...view, state: 'paused', error: 'it was removed' };
    },
  ),
];
