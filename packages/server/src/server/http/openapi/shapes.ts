/** What routes read and answer, as OpenAPI writes it: one record, lists, pages, and parameters of questions. */
import { CHANGE_EVENTS_MAX, EVENTS_MAX, recordSchemas } from 'tallystick/internal/model';
import type { OperationByName } from 'tallystick/internal/wire';
import type { Parameter } from '../route.ts';
import { fieldSchema, inputName, type Json, ref, WIDE_ID } from './schemas.ts';

export function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

export function listOf(items: Json, maxItems?: number): Json {
  return { type: 'array', items, ...(maxItems === undefined ? {} : { maxItems }) };
}

/** One event of an operation: a record, or a bare id. */
function eventOf({ event }: OperationByName): Json {
  const record = recordSchemas.find(({ name }) => name === event?.name);
  return record === undefined ? WIDE_ID : ref(inputName(record));
}

/** Events of a request by an operation's name: an array, of the one filter of a query also without the array. */
export function eventsOf(operation: OperationByName): Json {
  const item = eventOf(operation);
  if (!operation.single) return listOf(item, operation.eventsMax);
  return { oneOf: [item, { ...listOf(item, 1), minItems: 1 }] };
}

export function oneOrMany(operation: OperationByName): Json {
  const item = eventOf(operation);
  return { oneOf: [listOf(item, EVENTS_MAX), item] };
}

export function resultsOf({ reply }: OperationByName): Json {
  return json({ oneOf: [listOf(ref(reply.name)), ref(reply.name)] });
}

export function pageOf(list: string, { reply }: OperationByName): Json {
  return {
    type: 'object',
    properties: {
      [list]: listOf(ref(reply.name)),
      next: { type: ['string', 'null'], description: 'Cursor of the next page; null at the end.' },
    },
    required: [list, 'next'],
  };
}

export const changesContent: Json = {
  ...json({
    type: 'object',
    properties: {
      changes: listOf(ref('ChangeEvent')),
      next: { type: 'string', description: '`since` of the next page.' },
    },
    required: ['changes', 'next'],
  }),
  'application/x-ndjson': { schema: { type: 'string', description: 'A change a line.' } },
  'text/event-stream': { schema: { type: 'string', description: 'Events whose data is a change each.' } },
};

export const TIME: Json = { type: 'string', description: 'Nanoseconds since the epoch, or RFC 3339.' };
const reversed = { name: 'reversed', description: 'Newest first.', schema: { type: 'boolean', default: false } };
const cursor = {
  name: 'cursor',
  description: 'Goes on where a page ended: its `next`.',
  schema: { type: 'string' },
};

/** Fields of an operation's filter that are parameters of its pages; the flags have parameters of their own. */
export function filterParameters({ event }: OperationByName): Parameter[] {
  return recordSchemas
    .find(({ name }) => name === event!.name)!
    .fields.filter(({ name, bytes }) => bytes === undefined && name !== 'flags' && name !== 'account_id')
    .map((field) => {
      const { name } = field;
      if (name === 'limit') {
        const schema = { type: 'integer', minimum: 1, maximum: EVENTS_MAX, default: 100 };
        return { name, description: 'Of one page.', schema };
      }
      const { description, ...schema } = fieldSchema(field, true);
      return { name, description: String(description), schema: name.startsWith('timestamp') ? TIME : schema };
    });
}

export function pageParameters(operation: OperationByName, ofAccount: boolean): Parameter[] {
  const sides = ofAccount
    ? ['debits', 'credits'].map((name) => ({
        name,
        description: `Only ${name} of the account; neither given: both sides.`,
        schema: { type: 'boolean' },
      }))
    : [];
  return [...filterParameters(operation), ...sides, reversed, cursor];
}

const said = (description: string): Json => ({ type: 'string', description });

export const identitySchema: Json = {
  type: 'object',
  description: 'A server that asks for no credentials says how it was shown, and the scopes, alone.',
  required: ['scopes', 'shown'],
  properties: {
    subject: said('The name in the credential.'),
    tenant: said('The organization that the subject belongs to, if the credential names one.'),
    role: said('`read`, `write`, `admin`, or a role of the identity file.'),
    scopes: said('Rights, separated by spaces, or `all`.'),
    ledgers: said('Codes and ranges of the ledgers that it may touch and see, or `all`.'),
    accounts: said('How ids of its accounts begin, or `all`.'),
    shown: { enum: ['token', 'key', 'static token', 'certificate', 'nothing'], description: 'By what it is known.' },
    expires: said('Until when, in ISO 8601, or `never`.'),
  },
};

export const atParameter: Parameter = {
  name: 'at',
  description: 'Only the balances that the account had then.',
  schema: TIME,
};

export const changesParameters: readonly Parameter[] = [
  { name: 'since', description: 'Changes after that timestamp.', schema: { ...TIME, default: '0' } },
  {
    name: 'limit',
    description: 'Of one page of JSON.',
    schema: { type: 'integer', minimum: 1, maximum: CHANGE_EVENTS_MAX, default: 512 },
  },
  {
    name: 'follow',
    description: 'Lines of JSON: whether to wait for more.',
    schema: { type: 'boolean', default: true },
  },
];
