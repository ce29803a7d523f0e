/**
 * The HTTP server of models, in a process of its own: `/v1` is the OpenAI API, `/v2` the one of KServe, `/metrics` what
 * Prometheus reads. Nobody but this machine reaches it without an identity.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TallystickError } from 'tallystick/internal';
import { anybody, type Caller, checkReach, type Identify, loopback, Quotas } from './callers.ts';
import { Exchange, retryHeaders, statusOf, wordsOf } from './exchange.ts';
import type { ServingMetrics } from './metrics.ts';
import { OpenAiApi, type ServedLanguage, sendError } from './openai.ts';

/** A part of the server with paths of its own. Rejects with what its errors are made of. */
export interface Api {
  handle(exchange: Exchange, method: string, path: string): Promise<void>;
}

export interface AiServerOptions {
  readonly host?: string | undefined;
  /** 0: any that is free. */
  readonly port?: number | undefined;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Undefined: whoever is on this machine may ask. */
  readonly identify?: Identify | undefined;
  /** Shared with other servers of the same models; by default nobody has one. */
  readonly quotas?: Quotas | undefined;
  /** By the names that callers give. */
  readonly languages?: ReadonlyMap<string, ServedLanguage> | undefined;
  /** Answers below `/v2`. */
  readonly tensors?: Api | undefined;
  readonly metrics: ServingMetrics;
  /** Of an answer. */
  readonly timeoutMs?: number | undefined;
  /** Hears of our own mistakes. */
  readonly log?: ((error: unknown) => void) | undefined;
}

const TIMEOUT_MS = 600_000;
const CONNECTIONS_MAX = 1024;
const HEADERS_MS = 10_000;

export class AiServer {
  readonly #options: AiServerOptions;
  readonly #server: Server;
  readonly #openai: OpenAiApi;
  readonly #quotas: Quotas;

  private constructor(options: AiServerOptions) {
    this.#options = options;
    this.#openai = new OpenAiApi(options.languages ?? new Map(), options.timeoutMs ?? TIMEOUT_MS);
    this.#quotas = options.quotas ?? new Quotas({});
    const take = (request: IncomingMessage, response: ServerResponse): void => void this.#take(request, response);
    this.#server = options.tls === undefined ? createServer(take) : createSecureServer(options.tls, take);
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.headersTimeout = HEADERS_MS;
  }

  /** Rejects with `configuration_invalid` where others could reach it and nobody would ask who they are. */
  static async listen(options: AiServerOptions): Promise<AiServer> {
    const { host = '127.0.0.1', port = 0, identify } = options;
    checkReach(host, identify);
    const server = new AiServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', (cause) => {
        reject(new TallystickError('not_listening', `port ${port} of ${host}: ${cause.message}`, { cause }));
      });
      server.#server.listen(port, host, resolve);
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no more requests; answers that are under way have `graceMs` to end. */
  async close(graceMs = 0): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').replace(/[?].*$/, '').replace(/^\/\//, '/');
    const api = path.startsWith('/v1/') ? 'openai' : path.startsWith('/v2') ? 'kserve' : 'server';
    let exchange = new Exchange(request, response, anybody);
    let release = (): void => {};
    try {
      exchange = new Exchange(request, response, await this.#callerOf(request, path));
      if (request.method === 'POST') release = this.#quotas.take(exchange.caller);
      await this.#route(exchange, path);
    } catch (error) {
      this.#fail(exchange, api, error);
    } finally {
      release();
      this.#options.metrics.request(api, exchange.caller.tenant, response.statusCode);
    }
  }

  async #callerOf(request: IncomingMessage, path: string): Promise<Caller> {
    const { identify } = this.#options;
    if (path === '/v2/health/live') return anybody;
    if (identify !== undefined) return identify(request.headers.authorization);
    // A page in a browser may reach this port, whoever wrote it: by its name for us, or from its own origin.
    const name = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (request.headers.origin === undefined && loopback.test(name)) return anybody;
    throw new TallystickError('forbidden', 'pages of other sites may not ask this server');
  }

  async #route(exchange: Exchange, path: string): Promise<void> {
    const method = exchange.request.method ?? 'GET';
    const { tensors, metrics } = this.#options;
    if (path.startsWith('/v1/')) await this.#openai.handle(exchange, method, path);
    else if (path.startsWith('/v2') && tensors !== undefined) await tensors.handle(exchange, method, path);
    else if (method === 'GET' && path === '/metrics') {
      const { text, type } = await metrics.print();
      exchange.sendBytes(200, new TextEncoder().encode(text), { 'content-type': type });
    } else throw new TallystickError('not_found', `there is no ${method} ${path}`);
  }

  #fail(exchange: Exchange, api: string, error: unknown): void {
    if (exchange.gone.aborted) return;
    if (statusOf(error) === 500) this.#options.log?.(error);
    if (exchange.response.headersSent) exchange.response.destroy();
    else if (api === 'openai') sendError(exchange, error);
    else exchange.send(statusOf(error), { error: wordsOf(error) }, retryHeaders(error));
    // What is left of a body that was refused is not read.
    if (!exchange.request.complete) exchange.request.destroy();
  }
}
