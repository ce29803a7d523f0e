/** Finds the row that answers a request. A path that no row has is not answered, whatever the method. */
import { invalid, named } from 'tallystick/internal/model';
import type { Exchange } from './exchange.ts';
import { checkParameters } from './parameters.ts';
import { HttpError } from './problem.ts';
import type { Call, Route } from './route.ts';
import { routes } from './routes.ts';

/** One part of the paths of several routes: those that go on from it, and those that end here. */
interface Node {
  readonly parts: Map<string, Node>;
  /** What follows any part, which is an id. */
  any: Node | undefined;
  /** By method, HEAD left out. */
  readonly ends: Map<string, Route>;
}

const node = (): Node => ({ parts: new Map(), any: undefined, ends: new Map() });

function planted(table: readonly Route[]): Node {
  const root = node();
  for (const route of table) {
    let at = root;
    for (const part of route.path.split('/')) {
      if (part === '{id}') {
        at.any ??= node();
        at = at.any;
        continue;
      }
      let next = at.parts.get(part);
      if (next === undefined) {
        next = node();
        at.parts.set(part, next);
      }
      at = next;
    }
    if (at.ends.has(route.method)) throw new Error(`${route.method} ${route.path} is there twice`);
    at.ends.set(route.method, route);
  }
  return root;
}

const root = planted(routes);

/** Answers by the row that fits. Throws `HttpError`: 404 for a path without a row, 405 for a method without one. */
export function answerByRoute(exchange: Exchange, within: Omit<Call, 'route' | 'id'>): Promise<void> | void {
  let at: Node | undefined = root;
  let id = '';
  for (const part of exchange.path.split('/').map(decoded)) {
    const next: Node | undefined = at.parts.get(part);
    if (next === undefined) id = part;
    at = next ?? at.any;
    if (at === undefined) throw noPath(exchange.path);
  }
  if (at.ends.size === 0) throw noPath(exchange.path);
  const { method = '' } = exchange.request;
  const route = at.ends.get(method === 'HEAD' ? 'GET' : method);
  if (route === undefined) throw notAllowed(exchange, at.ends);
  if (route.query !== undefined) checkParameters(exchange.query, route.query);
  return route.answer(exchange, { ...within, route, id });
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

function notAllowed({ request, response }: Exchange, ends: ReadonlyMap<string, Route>): HttpError {
  const allowed = [...ends.keys()].map((method) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
  response.setHeader('allow', allowed);
  return new HttpError(405, 'invalid_argument', `${request.method} is not allowed here; use ${allowed}`);
}
