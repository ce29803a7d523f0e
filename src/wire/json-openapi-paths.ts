/** The paths of the HTTP door. */
import { CHANGE_EVENTS_MAX, EVENTS_MAX, operationSchemas, type RecordSchema, recordSchemas } from '../model/index.ts';
import { fieldSchema, inputName, type Json, ref, WIDE_ID } from './json-openapi-schemas.ts';

const lane = { $ref: '#/components/parameters/lane' };
const timeout = { $ref: '#/components/parameters/timeout' };
const key = { $ref: '#/components/parameters/key' };
const pin = { $ref: '#/components/parameters/pin' };
/** The headers that every request may have. */
const headers = [lane, timeout, pin];

const told: Json = {
  'Tallystick-Pin': {
    description: 'The ledger and the last op that this answer vouches for.',
    schema: { type: 'string' },
  },
};

function answers(content: Json): Json {
  return {
    200: { description: 'The request was done, and its effects are durable.', headers: told, content },
    429: { $ref: '#/components/responses/Busy' },
    default: { $ref: '#/components/responses/Problem' },
  };
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

function arrayOf(items: Json, maxItems?: number): Json {
  return { type: 'array', items, ...(maxItems === undefined ? {} : { maxItems }) };
}

export function paths(): Json {
  const found: { [path: string]: Json } = {};
  for (const name of ['account', 'transfer'] as const) {
    const record = recordSchemas.find((known) => known.name.toLowerCase() === name)!;
    found[`/v1/${name}s`] = {
      post: creating(name, record),
      get: paged(`query_${name}s`, `${name}s`, []),
    };
    found[`/v1/${name}s/{id}`] = {
      get: {
        operationId: `get_${name}`,
        summary: `One ${name}; 404 if there is none.`,
        parameters: [idParameter(name), ...headers],
        responses: answers(json(ref(record.name))),
      },
    };
  }
  found['/v1/accounts/{id}/transfers'] = { get: paged('get_account_transfers', 'transfers', [idParameter('account')]) };
  found['/v1/accounts/{id}/balances'] = { get: balances() };
  found['/v1/changes'] = { get: changes() };
  for (const operation of operationSchemas) {
    if (operation.name !== 'pulse') found[`/v1/${operation.name}`] = { post: byName(operation) };
  }
  return found;
}

function creating(name: string, record: RecordSchema): Json {
  const input = ref(inputName(record));
  const result = ref(`Create${record.name}Result`);
  return {
    operationId: `post_${name}s`,
    summary: `Creates one ${name} or up to 8,189, each with a result of its own, in order.`,
    parameters: [...headers, key],
    requestBody: { required: true, content: json({ oneOf: [arrayOf(input, EVENTS_MAX), input] }) },
    responses: answers(json({ oneOf: [arrayOf(result), result] })),
  };
}

function idParameter(name: string): Json {
  return {
    name: 'id',
    in: 'path',
    required: true,
    description: `Id of the ${name}: decimal, 0x or UUID.`,
    schema: { type: 'string' },
  };
}

function parameter(name: string, description: string, schema: Json): Json {
  return { name, in: 'query', description, schema };
}

const time = { type: 'string', description: 'Nanoseconds since the epoch, or RFC 3339.' };
const reversed = parameter('reversed', 'Newest first.', { type: 'boolean', default: false });
const cursor = parameter('cursor', 'Goes on where a page ended: its `next`.', { type: 'string' });

function paged(operation: string, list: string, before: Json[]): Json {
  const { event, reply, about } = operationSchemas.find(({ name }) => name === operation)!;
  const ofAccount = event === 'AccountFilter';
  const fields = recordSchemas
    .find(({ name }) => name === event)!
    .fields.filter(({ name, bytes }) => bytes === undefined && name !== 'flags' && name !== 'account_id')
    .map((field) => {
      if (field.name === 'limit') {
        return parameter('limit', 'Of one page.', { type: 'integer', minimum: 1, maximum: EVENTS_MAX, default: 100 });
      }
      const isTime = field.name.startsWith('timestamp');
      const { description, ...schema } = fieldSchema(field, true);
      return parameter(field.name, String(description), isTime ? time : schema);
    });
  const sides = ofAccount
    ? ['debits', 'credits'].map((side) =>
        parameter(side, `Only ${side} of the account; neither given: both sides.`, { type: 'boolean' }),
      )
    : [];
  return {
    operationId: `list_${operation.replace(/^(get|query)_/, '')}`,
    summary: about,
    parameters: [...before, ...fields, ...sides, reversed, cursor, ...headers],
    responses: answers(json(page(list, reply))),
  };
}

function page(list: string, reply: string): Json {
  return {
    type: 'object',
    properties: {
      [list]: arrayOf(ref(reply)),
      next: { type: ['string', 'null'], description: 'Cursor of the next page; null at the end.' },
    },
    required: [list, 'next'],
  };
}

function balances(): Json {
  const list = paged('get_account_balances', 'balances', [idParameter('account')]);
  const at = parameter('at', 'Only the balances that the account had then.', time);
  return {
    ...list,
    summary: 'Balances of an account with the flag `history`: after each of its transfers, or at a time.',
    parameters: [...(list.parameters as Json[]), at],
    responses: answers(json({ oneOf: [page('balances', 'AccountBalance'), ref('AccountBalance')] })),
  };
}

function changes(): Json {
  const stream = { schema: { type: 'string' } };
  return {
    operationId: 'changes',
    summary:
      'Everything that changed balances, oldest first: pages, lines of JSON, or server-sent events that go on for ever.',
    parameters: [
      parameter('since', 'Changes after that timestamp.', { ...time, default: '0' }),
      parameter('limit', 'Of one page of JSON.', {
        type: 'integer',
        minimum: 1,
        maximum: CHANGE_EVENTS_MAX,
        default: 512,
      }),
      parameter('follow', 'Lines of JSON: whether to wait for more.', { type: 'boolean', default: true }),
      {
        name: 'Last-Event-ID',
        in: 'header',
        description: 'As `since`, which it replaces.',
        schema: { type: 'string' },
      },
      ...headers,
    ],
    responses: answers({
      ...json({
        type: 'object',
        properties: {
          changes: arrayOf(ref('ChangeEvent')),
          next: { type: 'string', description: '`since` of the next page.' },
        },
        required: ['changes', 'next'],
      }),
      'application/x-ndjson': stream,
      'text/event-stream': stream,
    }),
  };
}

function byName({ name, about, event, reply, eventsMax }: (typeof operationSchemas)[number]): Json {
  const record = recordSchemas.find((known) => known.name === event);
  const item = record === undefined ? WIDE_ID : ref(inputName(record));
  const events = eventsMax === 1 ? { oneOf: [item, { ...arrayOf(item, 1), minItems: 1 }] } : arrayOf(item, eventsMax);
  return {
    operationId: name,
    summary: about,
    parameters: [...headers],
    requestBody: { required: true, content: json(events) },
    responses: answers(json(arrayOf(ref(reply)))),
  };
}
