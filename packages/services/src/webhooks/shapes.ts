/** What may be asked of webhooks, and what is answered, as data. */
import type { Field, Shape } from '../base/shape.ts';
import { EVENT_TYPES } from './events.ts';

const text = (about: string): Field => ({ check: 'text', about });
const maybe = (about: string): Field => ({ check: 'text', optional: true, about });

export type WebhookShape = 'webhook' | 'rotation' | 'replay';

export const webhookShapes: { readonly [shape in WebhookShape]: Shape } = {
  webhook: {
    url: text('Where events are sent: https, and no private network unless the operator has allowed it.'),
    types: { check: 'texts', optional: true, about: `Some of ${EVENT_TYPES.join(', ')}; left out: all.` },
    after: maybe('A cursor: events behind it are sent. `0`: from the first on; left out: from now on.'),
    description: maybe('Whose it is, or what for.'),
  },
  rotation: {
    overlap: {
      check: 'seconds',
      optional: true,
      about: 'Seconds for which the secret before signs too; a day if left out.',
    },
  },
  replay: { after: maybe('A cursor: events behind it are sent again. Left out: it goes on where it was.') },
};

const id = text('The id of the webhook.');
const error = maybe('Why it is paused, or why the last attempt failed.');
const cursor = text('Nanoseconds since the epoch; whoever has seen it goes on behind it.');
const event: Shape = {
  id: text('The same in every attempt: do nothing twice.'),
  type: { check: EVENT_TYPES },
  cursor,
  payment: text('The id of the payment.'),
  asset: maybe('The code of its asset.'),
  amount: maybe('What moved, was held or became free; of a split, this part of it.'),
  code: maybe('Why it was refused.'),
};

export type WebhookAnswer = 'Webhook' | 'WebhookSecret' | 'WebhookTry' | 'WebhookRetry' | 'DeadLetter' | 'EventPage';

export const webhookAnswers: { readonly [name in WebhookAnswer]: Shape } = {
  Webhook: {
    id,
    url: text('Where events are sent.'),
    types: { check: 'texts', about: 'What it is told of.' },
    description: maybe('Whose it is, or what for.'),
    state: { check: ['on', 'failing', 'paused'] },
    cursor: { ...cursor, about: 'Everything up to it was delivered, or given up.' },
    error,
    attempts: { check: 'count', about: 'Attempts at the event that it is at.' },
  },
  WebhookSecret: { id, secret: text('What its events are signed with.') },
  WebhookTry: { delivered: { check: 'yes' }, error },
  WebhookRetry: { delivered: { check: 'count', about: 'So many have arrived now.' }, error },
  DeadLetter: {
    event: { check: event },
    attempts: { check: 'count' },
    error: text('Why the last attempt failed.'),
  },
  EventPage: {
    events: { check: [event] },
    cursor,
    more: { check: 'yes', about: 'Whether there is more to look at.' },
  },
};
