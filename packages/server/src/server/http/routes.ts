/**
 * The table of all routes of the HTTP door. The router, the OpenAPI document and the tests of scopes are made from it,
 * so a path without a row does not exist: each row says what it reads, which operations it asks the ledger for, and
 * what it answers. Services of the server have paths of their own (`services.ts`).
 */
import { type OperationByName, operationsByName } from 'tallystick/internal/wire';
import { describedIdentity } from '../../identity/index.ts';
import { sendChanges } from './changes.ts';
import { type Exchange, readJson, sendJson, submit } from './exchange.ts';
import { examples } from './openapi/examples.ts';
import { ref } from './openapi/schemas.ts';
import {
  atParameter,
  changesContent,
  changesParameters,
  eventsOf,
  identitySchema,
  json,
  listOf,
  oneOrMany,
  pageOf,
  pageParameters,
  resultsOf,
} from './openapi/shapes.ts';
import { sendBalances, sendOne, sendPage, textsOf } from './queries.ts';
import type { Call, Parameter, Route, Told } from './route.ts';

const key: Parameter = {
  name: 'Idempotency-Key',
  description:
    'Your name for this request, a random one. Sent again with the same key and events it gets its first reply, and ' +
    'nothing is done; with other events it answers 422. The ledger keeps the replies of the last 16,384 keys and ' +
    'sessions, 8 MiB at most.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const lastEventId: Parameter = {
  name: 'Last-Event-ID',
  description: 'As `since`, which it replaces.',
  schema: { type: 'string' },
};

const PAGED = 'Records equal every field that is given. `next` and the header `Link` lead to the following page.';

const known = (name: string): OperationByName => operationsByName.get(name)!;

/** A row whose example stands under the name of its operation. */
function row(fields: Omit<Route, 'told'>, told: Omit<Told, 'example'>): Route {
  const example = examples[told.operationId];
  return { ...fields, told: example === undefined ? told : { ...told, example } };
}

/** Routes of accounts, and those of transfers. */
function collection(name: 'account' | 'transfer'): Route[] {
  const tag = `${name}s` as const;
  const [create, query, lookup] = [known(`create_${tag}`), known(`query_${tag}`), known(`lookup_${tag}`)];
  return [
    row(
      {
        method: 'GET',
        path: `/v1/${tag}`,
        asks: [query],
        query: pageParameters(query, false),
        answer: (exchange, call) => sendPage(exchange, call, tag),
      },
      {
        operationId: `list_${tag}`,
        tag,
        summary: `A page of ${tag}.`,
        description: PAGED,
        content: json(pageOf(tag, query)),
      },
    ),
    row(
      { method: 'POST', path: `/v1/${tag}`, asks: [create], query: [], answer: sendResults },
      {
        operationId: `post_${tag}`,
        tag,
        summary: `Creates one ${name} or up to 8,189.`,
        description:
          'An array gets an array of results, in order; one object gets one result. ' +
          `\`/v1/${create.name}\` does the same with arrays alone, for clients with types.`,
        headers: [key],
        body: oneOrMany(create),
        content: resultsOf(create),
      },
    ),
    row(
      { method: 'GET', path: `/v1/${tag}/{id}`, asks: [lookup], query: [], answer: sendOne },
      {
        operationId: `get_${name}`,
        tag,
        summary: `One ${name} by its id.`,
        description: `404 if there is no such ${name}.`,
        content: json(ref(lookup.reply.name)),
      },
    ),
  ];
}

const [accountTransfers, accountBalances] = [known('get_account_transfers'), known('get_account_balances')];

const ofAccounts: readonly Route[] = [
  row(
    {
      method: 'GET',
      path: '/v1/accounts/{id}/transfers',
      asks: [accountTransfers],
      query: pageParameters(accountTransfers, true),
      answer: (exchange, call) => sendPage(exchange, call, 'transfers', call.id),
    },
    {
      operationId: 'list_account_transfers',
      tag: 'accounts',
      summary: 'A page of the transfers of one account.',
      description: PAGED,
      content: json(pageOf('transfers', accountTransfers)),
    },
  ),
  row(
    {
      method: 'GET',
      path: '/v1/accounts/{id}/balances',
      asks: [accountBalances, known('lookup_accounts')],
      query: [...pageParameters(accountBalances, true), atParameter],
      answer: sendBalances,
    },
    {
      operationId: 'list_account_balances',
      tag: 'accounts',
      summary: 'Balances of an account with the flag `history`.',
      description: 'A page with the balances after each of its transfers; with `at`, those at a time.',
      content: json({ oneOf: [pageOf('balances', accountBalances), ref(accountBalances.reply.name)] }),
    },
  ),
];

const changes = row(
  {
    method: 'GET',
    path: '/v1/changes',
    asks: [known('get_change_events')],
    query: changesParameters,
    answer: sendChanges,
  },
  {
    operationId: 'changes',
    tag: 'changes',
    summary: 'Everything that changed balances, oldest first.',
    description: 'By `Accept`: pages of JSON, lines of JSON, or server-sent events that go on for ever.',
    headers: [lastEventId],
    content: changesContent,
  },
);

/** An operation by its name. */
function byName(operation: OperationByName): Route {
  const { name, about, reply } = operation;
  return row(
    { method: 'POST', path: `/v1/${name}`, asks: [operation], query: [], answer: sendReplies },
    {
      operationId: name,
      tag: 'operations',
      summary: about,
      description: operation.single
        ? 'Takes one filter, and answers records as an array.'
        : `Takes an array of ${operation.eventsMax.toLocaleString('en')} events at most, and answers one.`,
      headers: name.startsWith('create_') ? [key] : [],
      body: eventsOf(operation),
      content: json(listOf(ref(reply.name))),
    },
  );
}

/** The document describes the routes of the ledger; this one says where it is found itself. */
const description: Route = {
  method: 'GET',
  path: '/openapi.json',
  asks: [],
  query: undefined,
  told: {
    operationId: 'openapi',
    tag: 'server',
    summary: 'This document.',
    description: 'OpenAPI 3.1, as JSON.',
    content: json({ type: 'object' }),
  },
  answer: (exchange, { document }) => sendJson(exchange, document),
};

/** Asks the ledger for nothing, so every known caller may ask. */
const identity: Route = row(
  {
    method: 'GET',
    path: '/v1/identity',
    asks: [],
    query: [],
    answer: (exchange) => {
      const { may } = exchange;
      sendJson(
        exchange,
        JSON.stringify(may === undefined ? { shown: 'nothing', scopes: 'all' } : describedIdentity(may)),
      );
    },
  },
  {
    operationId: 'identity',
    tag: 'server',
    summary: 'Whom the server takes its caller for.',
    description:
      'Subject, tenant, role with its scopes, ledgers, accounts, and until when. Every known caller may ask.',
    content: json(identitySchema),
  },
);

export const routes: readonly Route[] = [
  ...collection('account'),
  ...ofAccounts,
  ...collection('transfer'),
  changes,
  ...[...operationsByName.values()].map(byName),
  identity,
  description,
];

/** Creates: an array gets an array of results, one object gets one result. */
async function sendResults(exchange: Exchange, { route }: Call): Promise<void> {
  const [operation] = route.asks;
  const body = await readJson(exchange);
  const events = Array.isArray(body) ? body : [body];
  const results = await submit(exchange, operation!, events, textsOf(operation!));
  sendJson(exchange, Array.isArray(body) ? `[${results.join(',')}]` : results[0]!);
}

/** An operation by name: events as an array; the one filter of a query also on its own. */
async function sendReplies(exchange: Exchange, { route }: Call): Promise<void> {
  const [operation] = route.asks;
  const body = await readJson(exchange);
  const events = operation!.single && !Array.isArray(body) ? [body] : body;
  sendJson(exchange, `[${(await submit(exchange, operation!, events, textsOf(operation!))).join(',')}]`);
}
