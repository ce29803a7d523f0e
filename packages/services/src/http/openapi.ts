/** The paths of payments as OpenAPI 3.1, printed from the rows that the router has. */
import {
  type Check,
  DOCUMENT_MAX,
  type Field,
  isChoice,
  isList,
  NAME_MAX,
  PARTS_MAX,
  SECONDS_MAX,
  type Shape,
  TEXT_MAX,
} from '../base/shape.ts';
import { type RequestShape, shapes } from '../payments/shapes.ts';
import { type AnswerName, answerShapes } from './answers.ts';
import type { Route } from './route.ts';
import { routes } from './table.ts';

type Json = { readonly [name: string]: unknown };

const REFUSED = [402, 404, 409, 422];

export function paymentsOpenApi(): Json {
  const paths: { [path: string]: { [method: string]: Json } } = {};
  for (const route of routes) {
    const path = `/v1/payments${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  const schemas: { [name: string]: Json } = {};
  for (const [name, shape] of Object.entries(shapes)) schemas[requestName(name)] = objectOf(shape);
  for (const [name, shape] of Object.entries(answerShapes)) schemas[name] = objectOf(shape);
  schemas.Problem = {
    type: 'object',
    description: 'The request failed; `code` says what happened, `next` what to do.',
    properties: Object.fromEntries(['type', 'title', 'detail', 'code', 'next'].map((one) => [one, { type: 'string' }])),
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tallystick payments',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: 'Money moves whole or not at all, and a request that is sent twice is done once.',
    },
    servers: [{ url: 'http://localhost:8080', description: 'tallystick serve --services payments' }],
    security: [{}, { bearer: [] }],
    paths,
    components: { schemas, securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}

function operation(route: Route): Json {
  const { method, about, answers, list } = route;
  const responses: { [status: string]: Json } = {};
  for (const [status, names] of Object.entries(answers)) {
    const one = oneOf(names);
    responses[status] = content('application/json', list === true ? { type: 'array', items: one } : one, SAID[status]!);
  }
  if (route.keyed === true) {
    for (const status of REFUSED) responses[status] = content('application/problem+json', ref('Refused'), 'Refused.');
  }
  responses.default = content('application/problem+json', ref('Problem'), 'Not done, or unknown: see `code`.');
  const isPost = method === 'POST';
  return {
    operationId: nameOf(route),
    summary: about,
    parameters: parametersOf(route),
    ...(isPost ? { requestBody: { required: true, ...content('application/json', bodyOf(route)) } } : {}),
    responses,
  };
}

const SAID: { readonly [status: string]: string } = {
  200: 'As it is, or as it was done before under the same key.',
  201: 'Done now, and durable.',
  202: 'The money is held until others approve.',
};

/** Such as `captureHold` would be hard to keep; the path in words is what it is: `post_payment_captures`. */
function nameOf({ method, path }: Route): string {
  const words = path.replace(/[{}]/g, '').replaceAll('-', '_').split('/').filter(Boolean);
  return [method.toLowerCase(), ...(words.length === 0 ? ['payment'] : words)].join('_');
}

function parametersOf({ path, keyed, inAsset, may = [] }: Route): Json[] {
  const parameters: Json[] = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  if (inAsset === true) parameters.push({ name: 'asset', in: 'query', required: true, schema: { type: 'string' } });
  for (const name of may) parameters.push({ name, in: 'query', required: true, schema: { type: 'string' } });
  if (keyed === true) {
    const description = 'Your name for this wish. A dry run needs none.';
    const schema = { type: 'string', minLength: 1, maxLength: 255 };
    parameters.push({ name: 'Idempotency-Key', in: 'header', description, schema });
  }
  return parameters;
}

function bodyOf({ body, without }: Route): Json {
  if (body === undefined) return { type: 'object', maxProperties: 0 };
  if (without === undefined) return ref(requestName(body));
  const { [without]: _, ...shape } = shapes[body];
  return objectOf(shape);
}

const requestName = (shape: RequestShape | string): string => `${shape[0]!.toUpperCase()}${shape.slice(1)}Request`;

function objectOf(shape: Shape): Json {
  const fields = Object.entries(shape);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, fieldOf(field)])),
    required: fields.filter(([, { optional }]) => optional !== true).map(([name]) => name),
    additionalProperties: false,
  };
}

function fieldOf({ check, about, parts = PARTS_MAX }: Field): Json {
  return { ...schemaOf(check, parts), ...(about === undefined ? {} : { description: about }) };
}

function schemaOf(check: Check, parts: number): Json {
  if (check === 'text') return { type: 'string', minLength: 1, maxLength: TEXT_MAX };
  if (check === 'document') return { type: 'string', minLength: 1, maxLength: DOCUMENT_MAX };
  if (check === 'name') return { type: 'string', minLength: 1, maxLength: NAME_MAX };
  if (check === 'yes') return { type: 'boolean' };
  if (check === 'seconds') return { type: 'integer', minimum: 1, maximum: SECONDS_MAX };
  if (check === 'count') return { type: 'integer', minimum: 0 };
  if (check === 'texts') return { type: 'array', items: { type: 'string' } };
  if (isChoice(check)) return { type: 'string', enum: check };
  if (isList(check)) return { type: 'array', items: objectOf(check[0]), minItems: 1, maxItems: parts };
  return objectOf(check);
}

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const oneOf = (names: readonly AnswerName[]): Json =>
  names.length === 1 ? ref(names[0]!) : { oneOf: names.map((name) => ref(name)) };

function content(type: string, schema: Json, description?: string): Json {
  return { ...(description === undefined ? {} : { description }), content: { [type]: { schema } } };
}
