/**
 * The gRPC door: an HTTP/2 server that knows one service of its own, health and reflection. Why not a library:
 * docs/adr/0008-grpc-on-http2.md.
 */
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Server } from 'node:net';
import { DoorCounters } from 'tallystick/internal/base';
import { type Port, TallystickError } from 'tallystick/internal/model';
import { GrpcStatus } from 'tallystick/internal/wire';
import { type Access, type Admit, admitting, bearer, expired, exposureOf, watchExpiry } from '../../identity/index.ts';
import { Guests, welcoming } from '../guests.ts';
import { addressOf, type DoorAddress, DRAIN_MS, type MadeDoor, openAt, sweepWhileOpen } from '../listen.ts';
import { Meter } from '../meter.ts';
import { Newest, POLL_MS } from '../newest.ts';
import { poolOf } from '../place.ts';
import { UNTOLD } from '../served.ts';
import { deadlinePassed, GrpcCall } from './call.ts';
import { CallCount } from './call-count.ts';
import { Connections } from './connections.ts';
import { type GrpcDoor, isHeld, type OpenCall } from './door.ts';
import { describedFiles } from './gen/descriptors.ts';
import { Health } from './health.ts';
import { GRPC_LIMITS } from './limits.ts';
import { type Method, methodsOf, type Opened } from './methods.ts';
import type { GrpcServerOptions } from './server-options.ts';
import { Unread } from './unread.ts';

/** Bytes that a client may have on their way unread, on one stream. */
const STREAM_WINDOW = 512 * 1024;
const HEADERS_SIZE_MAX = 16 * 1024;
/** Health checks that may be open, watches among them. */
const PROBES_MAX = { connection: 8, all: 512 };
/** Calls of strangers that may be open before their token is found good. */
const ASKING_MAX = { connection: 128, all: 2048 };
/** Room that is short for less will come by itself; then clients have so long to take a byte. */
const SHORT = { ms: 1000, writeMs: 2000 };

export class GrpcServer {
  readonly counters: DoorCounters;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #door: GrpcDoor;
  readonly #admit: Admit;
  /** Calls want a token, but for health. */
  readonly #tokens: boolean;
  readonly #health: Health;
  readonly #connections: Connections;
  readonly #calls = new Set<OpenCall>();
  /** Calls that want no token. */
  readonly #probes = new CallCount(PROBES_MAX.connection, PROBES_MAX.all, 'the oldest goes');
  /** Calls whose token is being looked at. */
  readonly #asking = new CallCount(ASKING_MAX.connection, ASKING_MAX.all);
  readonly #methods: ReadonlyMap<string, Method>;
  readonly #unread: Unread;
  #drained: Promise<void> | undefined;

  private constructor(
    server: Http2Server | Http2SecureServer,
    door: GrpcDoor,
    options: GrpcServerOptions,
    guests: Guests,
  ) {
    const { services = [] } = options;
    this.counters = door.counters;
    this.#server = server;
    this.#door = door;
    this.#admit = admitting('grpc', door.port, options);
    this.#tokens = options.authenticator !== undefined;
    this.#unread = new Unread(door.budget);
    const names = [...describedFiles.map(({ service }) => service), ...services.map(({ name }) => name)];
    this.#health = new Health(names);
    this.#methods = methodsOf(this.#health, door.limits.messageMs, services);
    this.#connections = new Connections(server, door.limits, door.counters, guests);
    server.on('stream', (stream, headers) => this.#open(stream, headers));
    const { helloMs, messageMs, writeMs, pingMs, pongMs } = door.limits;
    sweepWhileOpen(server, [helloMs, messageMs, writeMs, pingMs, pongMs], () => this.#sweep());
  }

  /**
   * Rejects with `invalid_argument` for an address where strangers would get in, `not_listening` for one that cannot be
   * had.
   */
  static listen(port: Port, options: GrpcServerOptions): Promise<GrpcServer> {
    return openAt(options, exposureOf(options), () => GrpcServer.#make(port, options));
  }

  static #make(port: Port, options: GrpcServerOptions): MadeDoor<GrpcServer> {
    const { certificates } = options;
    const limits = { ...GRPC_LIMITS, ...options.limits };
    // Node's own limit refuses new calls where replies stand; what counts is the budget.
    const maxSessionMemory = Math.ceil(limits.bytesMax / 2 ** 20) * 2;
    const settings = {
      initialWindowSize: STREAM_WINDOW,
      maxConcurrentStreams: limits.callsMax,
      maxHeaderListSize: HEADERS_SIZE_MAX,
      enablePush: false,
    };
    const http2 =
      certificates === undefined
        ? createServer({ settings, maxSessionMemory })
        : createSecureServer({ settings, maxSessionMemory, ...certificates.options, handshakeTimeout: limits.helloMs });
    if (certificates !== undefined) certificates.serve(http2 as Http2SecureServer);
    const server = http2 as Server;
    const counters = options.counters ?? new DoorCounters('grpc');
    const welcome = welcoming(exposureOf(options), options);
    const guests = new Guests(server, { ...welcome, connectionsMax: limits.connectionsMax, counters });
    const { pool = poolOf(), served = UNTOLD } = options;
    const budget = new Meter(limits.bytesMax, options.budget);
    const newest = new Newest(port, options.pollMs ?? POLL_MS);
    const door = { port, limits, budget, pool, counters, served, newest };
    return { door: new GrpcServer(http2, door, options, guests), server };
  }

  get address(): DoorAddress {
    return addressOf(this.#server as Server);
  }

  /** Bytes that clients' requests and replies hold, for the observers. */
  get bytesHeld(): number {
    return this.#door.budget.used;
  }

  /** Takes no new calls, answers what was taken, then lets go of everything. */
  drain(graceMs: number = DRAIN_MS): Promise<void> {
    this.#drained ??= this.#drain(graceMs);
    return this.#drained;
  }

  async #drain(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#health.serving = false;
    this.#connections.announceLeaving();
    for (const call of this.#calls) call.drain();
    this.#connections.close();
    const timer = setTimeout(() => this.#connections.destroy(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  #open(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const call = new GrpcCall(stream, headers);
    if (!isGrpc(call)) {
      this.#connections.refused(stream);
      return;
    }
    if (this.#drained !== undefined) {
      call.fail(new TallystickError('closed', 'the server is going down; nothing was done'));
      return;
    }
    const method = this.#methods.get(headers[':path'] ?? '');
    if (method === undefined) {
      call.refuse(GrpcStatus.unimplemented, `there is no method ${headers[':path']}`);
      this.#connections.refused(stream);
      return;
    }
    let opened: Opened | undefined;
    const timed = call.watchDeadline(() => {
      if (opened?.expire === undefined) call.fail(deadlinePassed(false));
      else opened.expire();
    });
    if (!timed) {
      call.refuse(GrpcStatus.internal, 'grpc-timeout is malformed');
      this.#connections.refused(stream);
      return;
    }
    const start = (access: Access): void => {
      if (call.ended || !isHeld(call, this.#door.served)) return;
      const open = method.open(call, { ...this.#door, port: access.port, may: access.may, service: access.service });
      opened = open;
      this.#calls.add(open);
      const unwatch = watchExpiry(access.expiry, { expire: () => open.drain(expired()) });
      stream.once('close', () => {
        unwatch();
        this.#calls.delete(open);
      });
      if (this.#drained !== undefined) open.drain();
    };
    if (method.callers === 'known') this.#enter(call, start);
    else if (this.#probes.enter(stream) === undefined) this.#refuseOneTooMany(call, 'health checks');
    else start({ port: this.#door.port });
  }

  /** Starts a call as soon as it is known who its caller is. */
  #enter(call: GrpcCall, start: (access: Access) => void): void {
    const { stream, headers } = call;
    const guest = this.#connections.guestOf(stream);
    const place = this.#tokens ? this.#asking.enter(stream) : undefined;
    if (this.#tokens && place === undefined && guest?.isStranger !== false) {
      this.#refuseOneTooMany(call, 'calls whose token is not checked yet');
      return;
    }
    const access = this.#admit(bearer(headers.authorization), stream.session?.socket);
    if (!(access instanceof Promise)) {
      start(access);
      return;
    }
    access.then(
      (opened) => {
        place?.leave();
        guest?.known(opened.expiry?.until);
        start(opened);
      },
      () => {
        // Why is for us to know.
        this.counters.refuse('unauthenticated');
        call.fail(new TallystickError('unauthenticated'));
        this.#connections.refused(stream);
      },
    );
  }

  #refuseOneTooMany(call: GrpcCall, what: string): void {
    this.counters.refuse('lane_full');
    call.refuse(GrpcStatus.resource_exhausted, `too many ${what} are open`);
  }

  #sweep(): void {
    const now = performance.now();
    // Where room is short, patience is, too.
    this.#unread.sweep(this.#calls);
    const short = this.#door.budget.shortFor(now) > SHORT.ms;
    for (const call of this.#calls) call.sweep(now, short ? SHORT.writeMs : this.#door.limits.writeMs);
    this.#connections.sweep(now);
  }
}

/** Whether a call speaks gRPC as we do; if not, it is refused. */
function isGrpc(call: GrpcCall): boolean {
  const { stream, headers } = call;
  if (headers[':method'] !== 'POST' || !/^application\/grpc(\+proto)?(;|$)/.test(headers['content-type'] ?? '')) {
    stream.respond({ ':status': 415 }, { endStream: true });
    return false;
  }
  if ((headers['grpc-encoding'] ?? 'identity') === 'identity') return true;
  call.refuse(GrpcStatus.unimplemented, 'messages are taken as they are, not compressed', {
    'grpc-accept-encoding': 'identity',
  });
  return false;
}
