/** Which path is answered by what. */
import { invalid, named } from 'tallystick/internal/model';
import type { OperationByName } from 'tallystick/internal/wire';
import { type FeedOptions, sendChanges } from './changes.ts';
import { type Exchange, readJson, sendJson, submit } from './exchange.ts';
import { checkParameters } from './parameters.ts';
import { HttpError } from './problem.ts';
import { operationOf, sendBalancesAt, sendOne, sendPage, textsOf } from './queries.ts';
import { askService, type HttpService } from './services.ts';

/** `document`: the description of all this, as JSON. `services` have paths of their own. */
export function route(
  exchange: Exchange,
  feed: FeedOptions,
  document: string,
  services: readonly HttpService[],
): Promise<void> | void {
  const { path, request } = exchange;
  const service = services.find((one) => one.owns(path));
  if (service !== undefined) return askService(exchange, service);
  const [, root, collection, id, part, ...rest] = path.split('/').map(decoded);
  if (path === '/openapi.json') return get(exchange, () => sendJson(exchange, document));
  if (root !== 'v1' || collection === undefined || rest.length > 0) throw noPath(path);
  if (id === undefined) {
    if (collection === 'changes') return get(exchange, () => sendChanges(exchange, feed));
    if (collection === 'accounts' || collection === 'transfers') {
      if (request.method === 'POST') return post(exchange, () => create(exchange, operationOf(`create_${collection}`)));
      return get(exchange, () => sendPage(exchange, operationOf(`query_${collection}`), collection), 'GET, HEAD, POST');
    }
    return post(exchange, () => run(exchange, operationOf(collection)));
  }
  if (part === undefined && (collection === 'accounts' || collection === 'transfers')) {
    return get(exchange, () => sendOne(exchange, operationOf(`lookup_${collection}`), id));
  }
  if (collection !== 'accounts') throw noPath(path);
  if (part === 'transfers')
    return get(exchange, () => sendPage(exchange, operationOf('get_account_transfers'), part, id));
  if (part !== 'balances') throw noPath(path);
  if (exchange.query.has('at')) return get(exchange, () => sendBalancesAt(exchange, id));
  return get(exchange, () => sendPage(exchange, operationOf('get_account_balances'), part, id));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('the path is not encoded as one');
  }
}

function noPath(path: string): HttpError {
  return new HttpError(404, 'not_found', `there is nothing at ${named(path, 200)}; /openapi.json lists all paths`);
}

function get(exchange: Exchange, answer: () => Promise<void> | void, allowed = 'GET, HEAD'): Promise<void> | void {
  const { method } = exchange.request;
  if (method !== 'GET' && method !== 'HEAD') throw notAllowed(exchange, allowed);
  return answer();
}

function post(exchange: Exchange, answer: () => Promise<void>): Promise<void> {
  if (exchange.request.method !== 'POST') throw notAllowed(exchange, 'POST');
  checkParameters(exchange.query, []);
  return answer();
}

function notAllowed({ request, response }: Exchange, allowed: string): HttpError {
  response.setHeader('allow', allowed);
  return new HttpError(405, 'invalid_argument', `${request.method} is not allowed here; use ${allowed}`);
}

/** An array gets an array of results, one object gets one result. */
async function create(exchange: Exchange, operation: OperationByName): Promise<void> {
  const body = await readJson(exchange);
  const events = Array.isArray(body) ? body : [body];
  const results = await submit(exchange, operation, events, textsOf(operation));
  sendJson(exchange, Array.isArray(body) ? `[${results.join(',')}]` : results[0]!);
}

/** Events as an array; the one filter of a query also on its own. */
async function run(exchange: Exchange, operation: OperationByName): Promise<void> {
  const body = await readJson(exchange);
  const events = operation.single && !Array.isArray(body) ? [body] : body;
  sendJson(exchange, `[${(await submit(exchange, operation, events, textsOf(operation))).join(',')}]`);
}
