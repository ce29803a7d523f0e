/**
 * The HTTP door: JSON over HTTP/1.1 on Node's own server, which parses, keeps connections alive and times slow ones
 * out; a table of routes wants no framework. Beyond loopback it listens only with TLS and callers that are known. On
 * loopback without tokens it answers to loopback's names alone, so that no page in a browser reaches it by a name of
 * its own.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { DoorCounters, isLoopback } from 'tallystick/internal/base';
import type { Port } from 'tallystick/internal/model';
import {
  type Access,
  type Admit,
  admitting,
  bearer,
  type Expiry,
  exposureOf,
  watchExpiry,
} from '../../identity/index.ts';
import { CONSISTENCY_NAME, isStale } from '../consistency.ts';
import { Guests, welcoming } from '../guests.ts';
import { KEY_HEADER } from '../idempotency.ts';
import { laneOf } from '../lanes.ts';
import { addressOf, type DoorAddress, DRAIN_MS, openAt, sweepWhileOpen } from '../listen.ts';
import { Newest, POLL_MS } from '../newest.ts';
import { Presence, timeoutOf } from '../presence.ts';
import { holdTo, PIN_NAME, pinText, type Served, UNTOLD } from '../served.ts';
import { closedWithin, SocketCounts } from '../socket-counts.ts';
import { Answers, Share } from './answers.ts';
import { Bodies } from './body.ts';
import type { Exchange } from './exchange.ts';
import { FirstTurns } from './first-turns.ts';
import { Line, type Turn, Waiting } from './line.ts';
import { makeServer } from './make-server.ts';
import { openApi } from './openapi/document.ts';
import { Origins } from './origins.ts';
import { HttpError, type Leader, problemOf } from './problem.ts';
import type { FeedOptions } from './route.ts';
import { answerByRoute } from './router.ts';
import { routes } from './routes.ts';
import { HTTP_LIMITS, type HttpLimits, type HttpOptions } from './server-options.ts';
import { askService, type HttpService } from './services.ts';
import type { HttpSite } from './site.ts';
import { hostOf, targetOf } from './target.ts';

const HEARTBEAT_MS = 15_000;
const LANE_HEADER = 'tallystick-lane';
const TIMEOUT_HEADER = 'tallystick-timeout-ms';

export class HttpServer {
  readonly counters: DoorCounters;
  readonly #counts: SocketCounts;
  readonly #admit: Admit;
  readonly #limits: HttpLimits;
  readonly #served: Served;
  readonly #guests: Guests;
  /** Callers show tokens. */
  readonly #tokens: boolean;
  readonly #tls: boolean;
  readonly #server: Server;
  readonly #bodies: Bodies;
  readonly #answers: Answers;
  readonly #waiting: Waiting;
  readonly #feeds: FeedOptions;
  readonly #services: readonly HttpService[];
  readonly #origins: Origins;
  readonly #document: string = JSON.stringify(openApi(routes));
  readonly #site: HttpSite | undefined;
  readonly #lines = new Map<Socket, Line>();
  readonly #firstTurns = new FirstTurns();
  /** Answers that go on until somebody ends them. */
  readonly #endless = new Set<AbortController>();
  #draining = false;

  private constructor(port: Port, options: HttpOptions) {
    const { certificates, pollMs = POLL_MS, heartbeatMs = HEARTBEAT_MS } = options;
    const limits = { ...HTTP_LIMITS, ...options.limits };
    this.counters = options.counters ?? new DoorCounters('http');
    this.#counts = new SocketCounts(this.counters);
    this.#admit = admitting('http', port, options);
    this.#limits = limits;
    this.#served = options.served ?? UNTOLD;
    this.#tokens = options.authenticator !== undefined;
    this.#tls = certificates !== undefined;
    this.#bodies = new Bodies(limits.bodyMax, limits.bodiesMax, options.budget);
    this.#answers = new Answers(limits.answersMax, options.budget);
    this.#services = options.services ?? [];
    this.#origins = new Origins(options.origins ?? []);
    this.#site = options.site;
    this.#waiting = new Waiting(limits.waitingMax);
    this.#feeds = { newest: new Newest(port, pollMs), heartbeatMs };
    this.#server = makeServer(certificates, limits, (request, response) => this.#take(request, response));
    const welcome = welcoming(exposureOf(options), options);
    const { connectionsMax, writeMs } = limits;
    this.#guests = new Guests(this.#server, { ...welcome, connectionsMax, counters: this.counters });
    this.#counts.watch(this.#server);
    this.#server.on(this.#tls ? 'secureConnection' : 'connection', (socket: Socket) => this.#attend(socket));
    sweepWhileOpen(this.#server, [writeMs], () => this.#sweep());
  }

  /** Rejects with `invalid_argument` for a host beyond loopback that would let strangers in, and `not_listening`. */
  static listen(port: Port, options: HttpOptions = {}): Promise<HttpServer> {
    return openAt(options, exposureOf(options), () => {
      const door = new HttpServer(port, options);
      return { door, server: door.#server };
    });
  }

  #sweep(): void {
    const now = performance.now();
    this.#counts.sweep(now, this.#limits.writeMs, this.#answers.shortFor(now));
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
    this.#lines.set(socket, new Line(socket, this.#limits.requestsMax, this.#waiting));
    socket.once('close', () => this.#lines.delete(socket));
    if (this.#tokens) this.#firstTurns.add(socket, this.#guests.of(socket));
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
    // What is answered before it is known who asks.
    if (this.#origins.greet(request, response)) return;
    try {
      if (await this.#visit(request, response, line)) return;
      const access = await this.#accessOf(request, response, line, bearer(request.headers.authorization));
      const exchange = this.#exchange(request, response, turn, access);
      const service = this.#services.find((one) => one.owns(exchange.path));
      await (service === undefined
        ? answerByRoute(exchange, { feed: this.#feeds, document: this.#document })
        : askService(exchange, service));
    } catch (error) {
      if (!turn.ended) this.#refuse(request, response, error);
    }
  }

  /** Whether the site has answered. */
  #visit(request: IncomingMessage, response: ServerResponse, line: Line): Promise<boolean> | boolean {
    if (this.#site === undefined) return false;
    return this.#site.handle({
      request,
      response,
      wantsToken: this.#tokens && (request.socket as Partial<TLSSocket>).authorized !== true,
      admit: (token) => this.#accessOf(request, response, line, token),
      read: () => this.#bodies.read(request),
    });
  }

  /** What the caller has here. The first refusal of a stranger is the last thing that its connection hears. */
  async #accessOf(
    request: IncomingMessage,
    response: ServerResponse,
    line: Line,
    token: string | undefined,
  ): Promise<Access> {
    const guest = this.#guests.of(request.socket);
    try {
      const open = !this.#tokens && !this.#tls;
      if (open && !isLoopback(hostOf(request.headers.host))) throw misdirected();
      const access = await this.#admit(token, request.socket);
      if (this.#tokens) guest?.known(access.expiry?.until);
      line.known();
      return access;
    } catch (error) {
      if (!this.#tokens || guest?.isStranger !== false) {
        line.close();
        response.setHeader('connection', 'close');
      }
      throw error;
    }
  }

  #exchange(request: IncomingMessage, response: ServerResponse, turn: Turn, access: Access): Exchange {
    const served = this.#served;
    response.setHeader(PIN_NAME, pinText(served));
    holdTo(served, request.headers[PIN_NAME]);
    const { path, search } = targetOf(request.url ?? '/');
    const { traceparent } = request.headers;
    const presence = new Presence(request.socket);
    turn.atEnd(() => presence.leave());
    const heard = {
      wish: laneOf(request.headers[LANE_HEADER], LANE_HEADER),
      stale: isStale(request.headers[CONSISTENCY_NAME]),
      timeoutMs: timeoutOf(request.headers[TIMEOUT_HEADER], TIMEOUT_HEADER).timeoutMs,
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
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
      service: access.service,
      expiry: access.expiry,
      terms: presence.terms,
      door: this.counters,
      heard,
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
    const { status, retryAfter, code, location, body } = problemOf(error, this.#leaderFor(request), request.url);
    this.counters.refuse(code);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    response.statusCode = status;
    response.setHeader('content-type', 'application/problem+json');
    response.setHeader('content-length', Buffer.byteLength(body));
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    if (location !== undefined) response.setHeader('location', location);
    if (status === 401) response.setHeader('www-authenticate', 'Bearer');
    // The rest of a body that nobody reads would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close');
    response.end(body);
  }

  #leaderFor({ headers }: IncomingMessage): Leader | undefined {
    const { leaderHttp: http } = this.#served;
    // A browser would ask the other node as a page of another origin, without the page's session.
    return http === undefined ? undefined : { http, redirects: headers['sec-fetch-site'] === undefined };
  }

  /**
   * Takes no more connections, answers what is in flight, ends the feeds, and closes; clients that have not left by
   * then are cut off.
   */
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
