/**
 * The port for machines that watch: `/metrics` for Prometheus, `/live` (restart me if this fails) and `/ready` (send me requests) for orchestrators. Open
 * before recovery begins, so that a long recovery is seen and not mistaken for a death.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls';
import { TallystickError } from '../model/index.ts';
import { createRegistry } from './registry.ts';
import type { Sources } from './sources.ts';

export interface MetricsServerOptions {
  /** Loopback, unless there is TLS, and a way to know who asks. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Certificates, which may change. */
  readonly tls?: MetricsCertificates | undefined;
  /** What `/metrics` wants as `Authorization: Bearer …`. */
  readonly token?: string | undefined;
  /** Whether it takes the token of a header besides: rejects when it does not. */
  readonly authenticate?: ((header: string | undefined) => Promise<unknown>) | undefined;
}

export interface MetricsCertificates {
  readonly options: TlsOptions;
  /** The server gets new ones when there are any. */
  serve(server: { setSecureContext(options: SecureContextOptions): void }): void;
}

/** Scrapers come one at a time, and are quick. */
const CONNECTIONS_MAX = 64;
const TIMEOUT_MS = 10_000;
const HEADERS_SIZE_MAX = 8192;

export class MetricsServer {
  readonly #server: Server;
  readonly #sources: Sources;
  readonly #token: Buffer | undefined;
  readonly #authenticate: MetricsServerOptions['authenticate'];
  readonly #mutual: boolean;
  readonly #registry: ReturnType<typeof createRegistry>;

  private constructor(sources: Sources, options: MetricsServerOptions) {
    this.#sources = sources;
    this.#registry = createRegistry(sources);
    this.#token = options.token === undefined ? undefined : digest(`Bearer ${options.token}`);
    const limits = {
      headersTimeout: TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      keepAliveTimeout: TIMEOUT_MS,
      maxHeaderSize: HEADERS_SIZE_MAX,
    };
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    const { tls } = options;
    if (tls === undefined) this.#server = createServer(limits, answer);
    else {
      // Orchestrators have no certificate, and may ask how we are nevertheless.
      const secure = { ...tls.options, rejectUnauthorized: false, handshakeTimeout: TIMEOUT_MS };
      const server = createSecureServer({ ...limits, ...secure }, answer);
      tls.serve(server);
      this.#server = server;
    }
    this.#mutual = tls?.options.requestCert === true;
    this.#authenticate = options.authenticate;
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Throws `address_in_use` or `not_listening`. */
  static async start(sources: Sources, options: MetricsServerOptions): Promise<MetricsServer> {
    const { host, tls, token, authenticate } = options;
    const known = token !== undefined || authenticate !== undefined || tls?.options.requestCert === true;
    if (!isLoopback(host) && (tls === undefined || !known)) {
      throw new TallystickError(
        'configuration_invalid',
        `metrics would be open to everybody at ${host}: they need TLS there, and tokens or client certificates`,
      );
    }
    const started = new MetricsServer(sources, options);
    const server = started.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) =>
        reject(
          new TallystickError(
            'not_listening',
            `the metrics port ${options.host}:${options.port} cannot be opened (${cause.code ?? cause.message})`,
            { cause },
          ),
        ),
      );
      server.listen(options.port, options.host, resolve);
    });
    server.on('error', () => {
      // One connection's trouble is not the server's.
    });
    // Being watched keeps nobody alive.
    server.unref();
    return started;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, 'text/plain', 'GET or HEAD\n', { allow: 'GET, HEAD' });
      return;
    }
    const { state, ready } = this.#sources;
    switch (request.url?.split('?')[0]) {
      case '/live':
        send(response, state === 'failed' ? 503 : 200, 'application/json', `${JSON.stringify({ state })}\n`);
        return;
      case '/ready':
        send(response, ready ? 200 : 503, 'application/json', `${JSON.stringify({ state })}\n`);
        return;
      case '/metrics':
        if (this.#mutual && !isKnown(request.socket as TLSSocket)) {
          send(response, 403, 'text/plain', 'a client certificate is wanted\n');
          return;
        }
        if (!(await this.#mayRead(request))) {
          send(response, 401, 'text/plain', 'a bearer token is wanted\n', { 'www-authenticate': 'Bearer' });
          return;
        }
        try {
          send(response, 200, this.#registry.contentType, await this.#registry.metrics());
        } catch (error) {
          send(response, 500, 'text/plain', `${(error as Error).message}\n`);
        }
        return;
      default:
        send(response, 404, 'text/plain', '/metrics, /live or /ready\n');
    }
  }

  /** By the token for metrics, or by one that opens the doors. */
  async #mayRead({ headers: { authorization } }: IncomingMessage): Promise<boolean> {
    if (this.#token !== undefined && timingSafeEqual(digest(authorization ?? ''), this.#token)) return true;
    if (this.#authenticate === undefined) return this.#token === undefined;
    return this.#authenticate(authorization).then(
      () => true,
      () => false,
    );
  }
}

/** Comparing digests takes as long whatever was sent, and however much of it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(body);
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** A session that a stranger resumes is called authorized, although nobody has shown a certificate. */
function isKnown(socket: TLSSocket): boolean {
  return socket.authorized && socket.getPeerX509Certificate() !== undefined;
}
