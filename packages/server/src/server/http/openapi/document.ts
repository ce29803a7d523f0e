/** The HTTP door as OpenAPI 3.1, printed from its table of routes and from the schema of records. */
import { type ErrorCode, enumSchemas, recordSchemas, TallystickError } from 'tallystick/internal/model';
import { operationScopes } from '../../../identity/index.ts';
import { problemOf } from '../problem.ts';
import type { Parameter, Route } from '../route.ts';
import { answerHeaders, requestHeaders } from './headers.ts';
import { enumSchema, inputName, type Json, problemSchema, recordSchema, ref } from './schemas.ts';

/** Reply schemas are named after the record; what is sent has `Input` behind it. */
export function openApi(routes: readonly Route[]): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tallystick',
      version: '1',
      contact: { name: 'Tallystick' },
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'A double-entry ledger. Ids, amounts and 64-bit numbers are decimal text in answers; requests may also give ' +
        'them as integers up to 2^53 - 1 or as 0x text, ids as UUIDs too. A field that is left out is 0, or empty, ' +
        'unless it says otherwise. ' +
        'The status of an event tells its outcome; the HTTP status tells that of the request. Creating is idempotent ' +
        'by id: an event that was created before answers `exists`, and a linked chain ' +
        '`exists, linked_event_failed, …`.',
    },
    servers: [{ url: '/', description: 'The server that sends this document.' }],
    tags,
    security,
    paths: paths(routes),
    components: { schemas: schemas(), parameters: requestHeaders, responses: problems(), securitySchemes },
  };
}

const tags: readonly Json[] = [
  { name: 'accounts', description: 'Accounts, their balances and transfers.' },
  { name: 'transfers', description: 'Money that moves between two accounts.' },
  { name: 'changes', description: 'The feed of everything that changed balances.' },
  { name: 'operations', description: "The ledger's operations by name, many events at a time." },
  { name: 'server', description: 'The server itself.' },
];

const securitySchemes: Json = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A token, where the server asks for tokens.' },
  certificate: { type: 'mutualTLS', description: 'A client certificate, where the server asks for one.' },
};

/** A server at which everybody is known, as on loopback, asks for none of them. */
const security: readonly Json[] = [{}, { bearer: [] }, { certificate: [] }];

/** Scopes that a caller needs, where the server asks for callers. */
function scopesOf({ asks }: Route): string[] {
  return [...new Set(asks.map(({ number }) => operationScopes[number]))];
}

function schemas(): Json {
  const found: { [name: string]: Json } = {};
  for (const record of recordSchemas) {
    if (record.way !== 'in') found[record.name] = recordSchema(record, false);
    if (record.way !== 'out') found[inputName(record)] = recordSchema(record, true);
  }
  for (const schema of enumSchemas) if (schema.kind !== 'flags') found[schema.name] = enumSchema(schema);
  found.Problem = problemSchema();
  return found;
}

function paths(routes: readonly Route[]): Json {
  const found: { [path: string]: { [method: string]: Json } } = {};
  for (const route of routes) {
    found[route.path] ??= {};
    found[route.path]![route.method.toLowerCase()] = operationOf(route);
  }
  return found;
}

function operationOf(route: Route): Json {
  const { operationId, tag, summary, description, body, content, example } = route.told;
  const scopes = scopesOf(route);
  const answer = example === undefined ? content : withExample(content, example.answer);
  return {
    operationId,
    tags: [tag],
    summary,
    description: [description, ...scopes.map((scope) => `Takes the scope \`${scope}\`.`)].join(' '),
    'x-scopes': scopes,
    parameters: parametersOf(route),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: withExample({ 'application/json': { schema: body } }, example?.body),
          },
        }),
    responses: {
      200: {
        description: 'The request was done, and its effects are durable.',
        headers: answerHeaders,
        content: answer,
      },
      ...Object.fromEntries(statusesOf(route).map((name) => [problemTable[name]!.status, responseRef(name)])),
      default: responseRef('Problem'),
    },
  };
}

function withExample(content: Json, example: unknown): Json {
  if (example === undefined) return content;
  const { 'application/json': first, ...others } = content as { readonly [type: string]: object };
  return { 'application/json': { ...first, example }, ...others };
}

function parametersOf({ path, query, told }: Route): Json[] {
  const id = path.includes('/accounts/') ? 'account' : 'transfer';
  const place = {
    name: 'id',
    in: 'path',
    required: true,
    description: `Id of the ${id}: decimal, 0x or UUID.`,
    schema: { type: 'string' },
    example: id === 'account' ? '1' : '100',
  };
  const described =
    (kind: string) =>
    (parameter: Parameter): Json => {
      const { name, description, schema } = parameter;
      return { name, in: kind, description, schema };
    };
  return [
    ...(path.includes('{id}') ? [place] : []),
    ...(query ?? []).map(described('query')),
    ...(told.headers ?? []).map(described('header')),
    ...Object.keys(requestHeaders).map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ];
}

interface ProblemRow {
  readonly status: number;
  readonly code: ErrorCode;
  readonly description: string;
}

const problemTable: { readonly [name: string]: ProblemRow } = {
  Elsewhere: { status: 307, code: 'not_leader', description: 'Another node of the cluster leads: ask that one.' },
  Refused: { status: 400, code: 'invalid_argument', description: 'The request is wrong; `detail` names the place.' },
  Unauthenticated: { status: 401, code: 'unauthenticated', description: 'The caller has not shown who it is.' },
  Forbidden: { status: 403, code: 'forbidden', description: 'The caller lacks the scope, or the ledger is not its.' },
  NotFound: { status: 404, code: 'not_found', description: 'There is no such record.' },
  OtherLedger: { status: 412, code: 'ledger_changed', description: 'The pin names another ledger, or a later state.' },
  TooMuch: { status: 413, code: 'too_much_data', description: 'The body or the limit is too large.' },
  Reused: { status: 422, code: 'request_reused', description: 'The idempotency key named other events before.' },
  Busy: { status: 429, code: 'lane_full', description: 'The lane is full; nothing was done.' },
  Unavailable: { status: 503, code: 'closed', description: 'The server has no room, or stops; `code` says which.' },
  Late: { status: 504, code: 'deadline_exceeded', description: 'The time that the client waits is over.' },
};

function statusesOf({ path, told, asks }: Route): string[] {
  if (asks.length === 0) return ['Refused', 'Unauthenticated'];
  const creates = asks.some(({ name }) => name.startsWith('create_'));
  const left = new Set([
    ...(path.includes('{id}') ? [] : ['NotFound']),
    ...(told.body === undefined ? ['TooMuch'] : []),
    ...(creates ? [] : ['Reused']),
  ]);
  return Object.keys(problemTable).filter((name) => !left.has(name));
}

function responseRef(name: string): Json {
  return { $ref: `#/components/responses/${name}` };
}

function problems(): Json {
  const found: { [name: string]: Json } = {};
  for (const [name, { code, status, description }] of Object.entries(problemTable)) {
    const waits = status === 429 || status === 503;
    const leader = status === 307 ? { http: 'https://machine-1:8080', redirects: true } : undefined;
    const example = JSON.parse(problemOf(new TallystickError(code), leader).body) as Json;
    found[name] = {
      description,
      ...(waits ? { headers: retryAfter } : {}),
      ...(status === 307 ? { headers: location } : {}),
      content: { 'application/problem+json': { schema: ref('Problem'), example } },
    };
  }
  found.Problem = {
    description: 'The request failed; `code` says what happened, `next` what to do.',
    content: { 'application/problem+json': { schema: ref('Problem') } },
  };
  return found;
}

const location: Json = {
  Location: { description: 'The same request, at the node that leads.', schema: { type: 'string' } },
};
const retryAfter: Json = {
  'Retry-After': { description: 'Seconds, rounded up; `retry_after_ms` is exact.', schema: { type: 'integer' } },
};
