/**
 * The port for machines that watch: `/metrics` for Prometheus, `/live` (restart me if this fails) and `/ready` (send me
 * requests) for orchestrators. Open before recovery begins, so that a long recovery is seen and not mistaken for a
 * death.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls';
import { Admission, type House, isLoopback } from 'tallystick/internal/base';
import { TallystickError } from 'tallystick/internal/model';
import { listenAt } from 'tallystick/internal/platform';
import { createRegistry, openMetrics } from './registry.ts';
import type { Sources } from './sources.ts';

/** Where it answers; what is in deploy/ asks there. */
export const PATHS = { live: '/live', ready: '/ready', metrics: '/metrics' } as const;

export interface MetricsServerOptions {
  /** Loopback, unless there is TLS, and a way to know who asks. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Certificates, which may change. */
  readonly tls?: MetricsCertificates | undefined;
  /** The token that `/metrics` wants as `Authorization: Bearer …`. */
  readonly token?: string | undefined;
  /** Whether it takes the token of a header besides: rejects when it does not. */
  readonly authenticate?: ((header: string | undefined) => Promise<unknown>) | undefined;
  /** The connections that all ports of the process may hold together. */
  readonly house?: House | undefined;
}

export interface MetricsCertificates {
  readonly options: TlsOptions;
  /** The server gets new ones when there are any. */
  serve(server: { setSecureContext(options: SecureContextOptions): void }): void;
}

/**
 * Scrapers and probes come one at a time, and are quick. Nobody has a place for long, and whoever comes finds one: the
 * oldest connection of the address that holds most of them goes.
 */
const ADMISSION = { connectionsMax: 64, strangersMax: 48, peerMax: 24, strangerMs: 10_000 };
/** Connections that may be on their way out. */
const LEAVING_MAX = 192;
const SWEEP_MS = 1000;
const TIMEOUT_MS = 5000;
const HEADERS_SIZE_MAX = 8192;
/** A probe, and a caller who is turned away, leaves with its answer. */
const ONCE = { connection: 'close' };

export class MetricsServer {
  readonly #server: Server;
  readonly #sources: Sources;
  readonly #token: Buffer | undefined;
  readonly #authenticate: MetricsServerOptions['authenticate'];
  readonly #mutual: boolean;
  readonly #plain: Answers;
  readonly #open: Answers;
  readonly #admission: Admission;
  readonly #since = new WeakMap<object, number>();
  /** Sockets whose request is not answered yet. */
  readonly #asking = new WeakSet<object>();

  private constructor(sources: Sources, options: MetricsServerOptions) {
    this.#sources = sources;
    const registry = createRegistry(sources);
    this.#plain = new Answers(registry);
    this.#open = new Answers(openMetrics(registry));
    this.#token = options.token === undefined ? undefined : digest(`Bearer ${options.token}`);
    const limits = {
      headersTimeout: TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      keepAliveTimeout: TIMEOUT_MS,
      maxHeaderSize: HEADERS_SIZE_MAX,
    };
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.#take(request, response);
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
    this.#admission = new Admission(ADMISSION, options.house);
    this.#server.maxConnections = ADMISSION.connectionsMax + LEAVING_MAX;
    this.#server.prependListener('connection', (socket: Socket) => this.#admit(socket));
    const event = tls === undefined ? 'connection' : 'secureConnection';
    this.#server.on(event, (socket: Socket) => this.#since.set(socket, performance.now()));
    const sweeping = setInterval(() => this.#admission.sweep(performance.now(), Date.now()), SWEEP_MS).unref();
    this.#server.once('close', () => clearInterval(sweeping));
  }

  /** Rejects with `configuration_invalid` or `not_listening`. */
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
    await listenAt(server, options);
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

  #admit(socket: Socket): void {
    const guest = this.#admission.enter(socket.remoteAddress, performance.now(), () => socket.destroy());
    // Not at once: a socket that is destroyed has no handle for those who listen for it, too.
    if (guest === undefined) process.nextTick(() => socket.destroy());
    else socket.once('close', () => guest.leave());
  }

  /** Scrapers and probes wait for their answer before they ask again; whoever does not has no place here. */
  #take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (this.#asking.has(socket)) {
      socket.destroy();
      return;
    }
    this.#asking.add(socket);
    response.once('close', () => this.#asking.delete(socket));
    if (!socket.destroyed) void this.#answer(request, response);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, 'text/plain', 'GET or HEAD\n', { allow: 'GET, HEAD' });
      return;
    }
    const { ready, live } = this.#sources;
    const how = `${JSON.stringify(howItIs(this.#sources))}\n`;
    switch (request.url?.split('?')[0]) {
      case PATHS.live:
        send(response, live ? 200 : 503, 'application/json', how, ONCE);
        return;
      case PATHS.ready:
        send(response, ready ? 200 : 503, 'application/json', how, ONCE);
        return;
      case PATHS.metrics:
        if (this.#mutual && !isKnown(request.socket as TLSSocket)) {
          send(response, 403, 'text/plain', 'a client certificate is wanted\n', ONCE);
          return;
        }
        if (!(await this.#mayRead(request))) {
          send(response, 401, 'text/plain', 'a bearer token is wanted\n', { ...ONCE, 'www-authenticate': 'Bearer' });
          return;
        }
        try {
          const answers = request.headers.accept?.includes('application/openmetrics-text') ? this.#open : this.#plain;
          send(response, 200, answers.type, await answers.text(), this.#isOld(request) ? ONCE : {});
        } catch (error) {
          send(response, 500, 'text/plain', `${(error as Error).message}\n`);
        }
        return;
      default:
        send(response, 404, 'text/plain', '/metrics, /live or /ready\n');
    }
  }

  /** A scraper that keeps its connection is asked to leave before it is cut off. */
  #isOld({ socket }: IncomingMessage): boolean {
    const since = this.#since.get(socket);
    return since === undefined || performance.now() - since > ADMISSION.strangerMs / 2;
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

/** All metrics in one format. To write them down takes milliseconds: once for all who wait. */
export class Answers {
  readonly type: string;
  readonly #registry: { readonly contentType: string; metrics(): Promise<string> };
  #text: Promise<string> | undefined;

  constructor(registry: { readonly contentType: string; metrics(): Promise<string> }) {
    this.#registry = registry;
    this.type = registry.contentType;
  }

  text(): Promise<string> {
    this.#text ??= this.#registry.metrics().finally(() => {
      this.#text = undefined;
    });
    return this.#text;
  }
}

/** The body for probes: the state, the progress of recovery, threads that stand still. */
function howItIs({ state, role, recovered, stuck }: Sources): object {
  return {
    state,
    ...(role !== undefined && { role }),
    ...(state === 'recovering' && recovered !== undefined && { recovered: Math.floor(recovered * 1000) / 1000 }),
    ...(stuck.length > 0 && { stuck }),
  };
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

/** A session that a stranger resumes is called authorized, although nobody has shown a certificate. */
function isKnown(socket: TLSSocket): boolean {
  return socket.authorized && socket.getPeerX509Certificate() !== undefined;
}
