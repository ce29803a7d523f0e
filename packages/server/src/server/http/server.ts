/**
 * The HTTP door: JSON over HTTP/1.1 on Node's own server, which parses, keeps connections alive and times slow ones out; thirteen routes want no framework.
 * Beyond loopback it listens only with TLS and callers that are known. On loopback without tokens it answers to loopback's names alone, so that no page in a
 * browser reaches it by a name of its own.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { DoorCounters, isLoopback } from 'tallystick/internal/base';
import type { Port } from 'tallystick/internal/model';
import { openApi } from 'tallystick/internal/wire';
import { type Access, accessOf, askerOf, bearer, type Expiry, exposureOf, watchExpiry } from '../../identity/index.ts';
import { Guests, knownBy } from '../guests.ts';
import { KEY_HEADER } from '../idempotency.ts';
import { laneOf } from '../lanes.ts';
import { addressOf, type DoorAddress, DRAIN_MS, openAt, sweepWhileOpen } from '../listen.ts';
import { Presence, timeoutOf } from '../presence.ts';
import { holdTo, PIN_NAME, pinText, UNTOLD } from '../served.ts';
import { closedWithin, SocketCounts } from '../socket-counts.ts';
import { AnswerBudget, Share } from './answers.ts';
import { BodyBudget } from './body.ts';
import { Newest } from './changes.ts';
import type { Exchange } from './exchange.ts';
import { FirstTurns } from './first-turns.ts';
import { Line, type Turn, Waiting } from './line.ts';
import { HttpError, problemOf } from './problem.ts';
import { route } from './routes.ts';
import type { HttpOptions } from './server-options.ts';
import type { HttpService } from './services.ts';
import { hostOf, targetOf } from './target.ts';

const MIB = 1024 * 1024;
const DEFAULTS = {
  served: UNTOLD,
  services: [] as readonly HttpService[],
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
const LANE_HEADER = 'tallystick-lane';
const TIMEOUT_HEADER = 'tallystick-timeout-ms';

export class HttpServer {
  readonly counters: DoorCounters = new DoorCounters('http');
  readonly #counts: SocketCounts = new SocketCounts(this.counters);
  readonly #port: Port;
  readonly #options: typeof DEFAULTS &
    Pick<HttpOptions, 'certificates' | 'authenticator' | 'gate' | 'budget' | 'anybody'>;
  readonly #server: Server;
  readonly #guests: Guests;
  readonly #bodies: BodyBudget;
  readonly #answers: AnswerBudget;
  readonly #waiting: Waiting;
  readonly #newest: Newest;
  readonly #document: string = JSON.stringify(openApi());
  readonly #lines = new Map<Socket, Line>();
  readonly #firstTurns = new FirstTurns();
  /** Answers that go on until somebody ends them. */
  readonly #endless = new Set<AbortController>();
  #draining = false;

  private constructor(port: Port, options: HttpOptions) {
    this.#port = port;
    this.#options = { ...DEFAULTS, ...options };
    const { certificates, connectionsMax, bodyMax, bodiesMax, answersMax, waitingMax, pollMs } = this.#options;
    const { headersTimeoutMs, requestTimeoutMs, writeTimeoutMs } = this.#options;
    this.#bodies = new BodyBudget(bodyMax, bodiesMax, options.budget);
    this.#answers = new AnswerBudget(answersMax, options.budget);
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
    this.#guests = new Guests(this.#server, {
      gate: options.gate,
      connectionsMax,
      counters: this.counters,
      knownBy: knownBy(certificates !== undefined, options.authenticator !== undefined),
      ...(certificates === undefined ? {} : { handshakes: options.budget }),
    });
    this.#counts.watch(this.#server);
    this.#server.on(certificates === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
      this.#attend(socket),
    );
    sweepWhileOpen(this.#server, [writeTimeoutMs], () => this.#sweep(writeTimeoutMs));
  }

  /** Rejects with `invalid_argument` for a host beyond loopback that would let strangers in, and `not_listening`. */
  static listen(port: Port, options: HttpOptions = {}): Promise<HttpServer> {
    return openAt(options, exposureOf(options), () => {
      const door = new HttpServer(port, options);
      return { door, server: door.#server };
    });
  }

  #sweep(writeTimeoutMs: number): void {
    const now = performance.now();
    this.#counts.sweep(now, writeTimeoutMs, this.#answers.shortFor(now));
  }

  /** Bytes of bodies that are being read. */
  get bodyBytes(): number {
    return this.#bodies.total;
  }

  /** Bytes of answers that are being made or stand for clients. */
  get answerBytes(): number {
    return this.#answers.used;
  }

  get address(): DoorAddress {
    return addressOf(this.#server);
  }

  #attend(socket: Socket): void {
    this.#counts.attend(socket);
    this.#lines.set(socket, new Line(socket, this.#options.inFlightMax, this.#waiting));
    socket.once('close', () => this.#lines.delete(socket));
    if (this.#options.authenticator !== undefined) this.#firstTurns.add(socket, this.#guests.of(socket));
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
      void this.#answer(request, response, turn, line);
    });
    if (taken) return;
    this.counters.refuse('lane_full');
    socket.destroy();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, turn: Turn, line: Line): Promise<void> {
    if (this.#draining) response.setHeader('connection', 'close');
    try {
      const access = await this.#accessOf(request, response, line);
      const exchange = this.#exchange(request, response, turn, access);
      const { heartbeatMs, services } = this.#options;
      await route(exchange, { newest: this.#newest, heartbeatMs }, this.#document, services);
    } catch (error) {
      if (!turn.ended) this.#refuse(request, response, error);
    }
  }

  /** What the caller has here. The first refusal of a stranger is the last thing that its connection hears. */
  async #accessOf(request: IncomingMessage, response: ServerResponse, line: Line): Promise<Access> {
    const { certificates, authenticator, anybody } = this.#options;
    const asker = askerOf('http', request.socket);
    const guest = this.#guests.of(request.socket);
    try {
      if (authenticator !== undefined) {
        const identity = await authenticator.authenticate(bearer(request.headers.authorization), asker);
        guest?.known(identity.expiry?.until);
        line.known();
        return accessOf(this.#port, identity);
      }
      if (certificates === undefined && !isLoopback(hostOf(request.headers.host))) throw misdirected();
      line.known();
      return { port: anybody?.(asker)(this.#port) ?? this.#port };
    } catch (error) {
      if (authenticator === undefined || guest?.isStranger !== false) {
        line.close();
        response.setHeader('connection', 'close');
      }
      throw error;
    }
  }

  #exchange(request: IncomingMessage, response: ServerResponse, turn: Turn, access: Access): Exchange {
    const { served } = this.#options;
    response.setHeader(PIN_NAME, pinText(served));
    holdTo(served, request.headers[PIN_NAME]);
    const { path, search } = targetOf(request.url ?? '/');
    const { traceparent } = request.headers;
    const presence = new Presence(request.socket);
    turn.atEnd(() => presence.leave());
    const context = {
      wish: laneOf(request.headers[LANE_HEADER], LANE_HEADER),
      door: this.counters,
      ...presence.terms,
      ...timeoutOf(request.headers[TIMEOUT_HEADER], TIMEOUT_HEADER),
      ...(typeof traceparent === 'string' ? { traceparent } : {}),
    };
    const share = new Share(this.#answers);
    turn.atEnd(() => share.end());
    return {
      request,
      response,
      served,
      share,
      path,
      query: new URLSearchParams(search),
      port: access.port,
      may: access.may,
      expiry: access.expiry,
      context,
      key: request.headers[KEY_HEADER],
      bodies: this.#bodies,
      ended: () => this.#endOf(turn, access.expiry),
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
  }
}

/** A page in a browser that calls this machine by a name of its own must not reach a door without tokens. */
function misdirected(): HttpError {
  const why = 'without tokens the server answers only to loopback names, such as localhost';
  return new HttpError(421, 'invalid_argument', why);
}
