/**
 * Cross-origin requests (CORS): pages of the origins that the operator lists may call the server from a browser. An
 * origin is compared whole, and the answer names it; `*` is never sent, nor is anything that makes a browser add
 * credentials of its own. A browser asks first (a preflight, without a token): it is told what pages may send, and
 * nothing of the ledger. All other origins are answered as if there were no such thing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerHeaders, requestHeaders } from './openapi/headers.ts';
import { routes } from './routes.ts';

const METHODS = 'GET, HEAD, POST';
const HEADERS = [
  'Authorization',
  'Content-Type',
  'traceparent',
  ...Object.values(requestHeaders).map(({ name }) => name),
  ...new Set(routes.flatMap(({ told }) => (told.headers ?? []).map(({ name }) => name))),
].join(', ');
/** What pages may read of an answer, besides its body. */
const EXPOSED = ['Allow', 'Link', 'Retry-After', ...Object.keys(answerHeaders)].join(', ');
/** Seconds for which a browser need not ask again. */
const MAX_AGE = '600';

export class Origins {
  readonly #allowed: ReadonlySet<string>;

  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed);
  }

  /** Marks the answer for the page that asks. True for a preflight, which is answered with that. */
  greet(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#allowed.size === 0) return false;
    response.setHeader('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !this.#allowed.has(origin)) return false;
    response.setHeader('access-control-allow-origin', origin);
    const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (!preflight) {
      response.setHeader('access-control-expose-headers', EXPOSED);
      return false;
    }
    response.setHeader('access-control-allow-methods', METHODS);
    response.setHeader('access-control-allow-headers', HEADERS);
    response.setHeader('access-control-max-age', MAX_AGE);
    // The rest of a body that nobody reads would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close');
    response.statusCode = 204;
    response.end();
    return true;
  }
}
