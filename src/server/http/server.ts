/**
 * The HTTP door: JSON over HTTP/1.1 on Node's own server, which parses, keeps connections alive and times slow ones out; thirteen routes want no framework.
 * Beyond loopback it listens only with TLS and callers that are known. On loopback without tokens it answers to loopback's names alone, so that no page in a
 * browser reaches it by a name of its own.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { DoorCounters } from '../../base/index.ts';
import { openApi } from '../../wire/index.ts';
import type { LanePort } from '../ingress.ts';
import { laneOf } from '../lanes.ts';
import type { Certificates } from '../security/certificates.ts';
import { type Expiry, watchExpiry } from '../security/expiry.ts';
import { checkExposure, isLoopback } from '../security/exposure.ts';
import { RolePort } from '../security/roles.ts';
import { type Authenticator, bearer } from '../security/tokens.ts';
import { closedWithin, SocketCounts } from '../socket-counts.ts';
import { AnswerBudget, Share } from './answers.ts';
import { BodyBudget } from './body.ts';
import { Newest } from './changes.ts';
import type { Exchange } from './exchange.ts';
import { Line, type Turn, Waiting } from './line.ts';
import { HttpError, problemOf } from './problem.ts';
import { route } from './routes.ts';

export interface HttpOptions {
  /** Left out: plain HTTP, on loopback only. */
  readonly certificates?: Certificates;
  /** Says who calls. Left out: whoever is on this machine may. */
  readonly authenticator?: Authenticator;
  readonly connectionsMax?: number;
  /** Bytes of one request's body; 8,189 transfers with every field take about 4 MiB. */
  readonly bodyMax?: number;
  /** Bytes of all bodies that are being read. */
  readonly bodiesMax?: number;
  /** Requests of one connection that are answered at a time; the others wait, and the connection is not read. */
  readonly inFlightMax?: number;
  /** Requests that wait so, of all connections; a connection that brings more is ended. */
  readonly waitingMax?: number;
  /** Bytes of all answers that are being made or stand for clients; requests for which there is no room wait. */
  readonly answersMax?: number;
  /** Milliseconds in which a request's headers must have come. */
  readonly headersTimeoutMs?: number;
  /** Milliseconds in which a whole request must have come. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds without the client taking a byte of its answers. */
  readonly writeTimeoutMs?: number;
  readonly heartbeatMs?: number;
  /** How often the ledger is asked whether something changed, while somebody waits for that. */
  readonly pollMs?: number;
}

const MIB = 1024 * 1024;
const DEFAULTS = {
  connectionsMax: 10_000,
  bodyMax: 6 * MIB,
  bodiesMax: 256 * MIB,
  inFlightMax: 8,
  waitingMax: 16_384,
  answersMax: 128 * MIB,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  writeTimeoutMs: 30_000,
  heartbeatMs: 15_000,
  pollMs: 50,
};
const TIMEOUTS_CHECKED_MS = 1000;
/** How long clients may take to leave. */
const DRAIN_MS = 10_000;
const LANE_HEADER = 'tallystick-lane';

export class HttpServer {
  readonly counters: DoorCounters = new DoorCounters('http');
  readonly #counts: SocketCounts = new SocketCounts(this.counters);
  readonly #port: LanePort;
  readonly #options: typeof DEFAULTS & Pick<HttpOptions, 'certificates' | 'authenticator'>;
  readonly #server: Server;
  readonly #bodies: BodyBudget;
  readonly #answers: AnswerBudget;
  readonly #waiting: Waiting;
  readonly #newest: Newest;
  readonly #document: string = JSON.stringify(openApi());
  readonly #lines = new Map<Socket, Line>();
  /** Answers that go on until somebody ends them. */
  readonly #endless = new Set<AbortController>();
  readonly #sweeping: NodeJS.Timeout;
  #draining = false;

  constructor(port: LanePort, options: HttpOptions = {}) {
    this.#port = port;
    this.#options = { ...DEFAULTS, ...options };
    const { certificates, connectionsMax, bodyMax, bodiesMax, answersMax, waitingMax, pollMs } = this.#options;
    const { headersTimeoutMs, requestTimeoutMs, writeTimeoutMs } = this.#options;
    this.#bodies = new BodyBudget(bodyMax, bodiesMax);
    this.#answers = new AnswerBudget(answersMax);
    this.#waiting = new Waiting(waitingMax);
    this.#newest = new Newest(port, pollMs);
    const limits = {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUTS_CHECKED_MS, headersTimeoutMs),
      keepAliveTimeout: 65_000,
      noDelay: true,
    };
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.#take(request, response);
    this.#server =
      certificates === undefined
        ? createServer(limits, answer)
        : createTlsServer({ ...certificates.options, ...limits, handshakeTimeout: headersTimeoutMs }, answer);
    if (certificates !== undefined) certificates.serve(this.#server as Server & TlsServer);
    this.#server.maxConnections = connectionsMax;
    this.#counts.watch(this.#server);
    this.#server.on(certificates === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
      this.#attend(socket),
    );
    this.#sweeping = setInterval(
      () => this.#counts.sweep(performance.now(), writeTimeoutMs),
      Math.min(TIMEOUTS_CHECKED_MS, writeTimeoutMs),
    ).unref();
  }

  /** Bytes of bodies that are being read. */
  get bodyBytes(): number {
    return this.#bodies.total;
  }

  /** Bytes of answers that are being made or stand for clients. */
  get answerBytes(): number {
    return this.#answers.used;
  }

  /** Throws `invalid_argument` for a host beyond loopback that would let strangers in. */
  listen(port: number, host: string): Promise<AddressInfo> {
    const { certificates, authenticator } = this.#options;
    try {
      checkExposure({
        host,
        tls: certificates !== undefined,
        clientCertificates: certificates?.options.requestCert === true,
        tokens: authenticator !== undefined,
      });
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  #attend(socket: Socket): void {
    this.#counts.attend(socket);
    this.#lines.set(socket, new Line(socket, this.#options.inFlightMax, this.#waiting));
    socket.once('close', () => this.#lines.delete(socket));
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // A client that resets its connection is its own business; 'close' follows.
    response.on('error', () => {});
    const line = this.#lines.get(socket);
    if (line === undefined) return;
    const taken = line.add((turn) => {
      response.once('close', () => {
        turn.end();
        if (this.#draining && line.requests === 0) socket.destroySoon();
      });
      void this.#answer(request, response, turn);
    });
    if (taken) return;
    this.counters.refuse('lane_full');
    socket.destroy();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, turn: Turn): Promise<void> {
    if (this.#draining) response.setHeader('connection', 'close');
    try {
      const exchange = await this.#exchange(request, response, turn);
      await route(exchange, { newest: this.#newest, heartbeatMs: this.#options.heartbeatMs }, this.#document);
    } catch (error) {
      if (!turn.ended) this.#refuse(request, response, error);
    }
  }

  async #exchange(request: IncomingMessage, response: ServerResponse, turn: Turn): Promise<Exchange> {
    const { certificates, authenticator } = this.#options;
    if (authenticator === undefined && certificates === undefined && !isLoopback(hostOf(request.headers.host))) {
      throw new HttpError(421, 'invalid_argument', 'without tokens only loopback names are answered to');
    }
    const port =
      authenticator === undefined
        ? this.#port
        : new RolePort(this.#port, await authenticator.authenticate(bearer(request.headers.authorization)));
    const { path, search } = targetOf(request.url ?? '/');
    const { traceparent } = request.headers;
    const context = {
      wish: laneOf(request.headers[LANE_HEADER], LANE_HEADER),
      door: this.counters,
      ...(typeof traceparent === 'string' ? { traceparent } : {}),
    };
    const share = new Share(this.#answers);
    turn.atEnd(() => share.end());
    return {
      request,
      response,
      share,
      path,
      query: new URLSearchParams(search),
      port,
      context,
      bodies: this.#bodies,
      ended: () => this.#endOf(turn, port.expiry),
    };
  }

  #endOf(turn: Turn, expiry: Expiry | undefined): AbortSignal {
    const ended = new AbortController();
    const end = (): void => {
      this.#endless.delete(ended);
      unwatch();
      ended.abort();
    };
    const unwatch = watchExpiry(expiry, { expire: end });
    if (this.#draining) end();
    else this.#endless.add(ended);
    turn.atEnd(end);
    return ended.signal;
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { status, retryAfter, code, body } = problemOf(error);
    this.counters.refuse(code);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    response.statusCode = status;
    response.setHeader('content-type', 'application/problem+json');
    response.setHeader('content-length', Buffer.byteLength(body));
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    if (status === 401) response.setHeader('www-authenticate', 'Bearer');
    // The rest of a body that nobody reads would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close');
    response.end(body);
  }

  /** Takes no more connections, answers what is in flight, ends the feeds, and closes; clients that have not left by then are cut off. */
  async drain(milliseconds: number = DRAIN_MS): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#draining = true;
    for (const ended of this.#endless) ended.abort();
    for (const [socket, line] of this.#lines) if (line.requests === 0) socket.destroySoon();
    await closedWithin(closed, milliseconds, this.#counts);
    clearInterval(this.#sweeping);
  }
}

/** The name in a Host header, without its port. */
function hostOf(header: string | undefined): string {
  return (header ?? '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

/** A proxy may send the whole address (RFC 9112, 3.2.2). */
function targetOf(url: string): { readonly path: string; readonly search: string } {
  const target = url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, search: '' };
  return { path: target.slice(0, mark), search: target.slice(mark + 1) };
}
