/** `connect`: a ledger in another process, over the native protocol or gRPC. */
import type { ConnectionOptions } from 'node:tls';
import {
  type Consistency,
  checkOptions,
  NO_CONTEXT,
  ObjectLedger,
  type Operation,
  operationShapes,
  type Pin,
  type Port,
  type ReplayPort,
  TallystickError,
} from '../model/index.ts';
import { traced } from '../trace/index.ts';
import { parseUnix } from './addresses.ts';
import type { GrpcOptions } from './grpc-options.ts';
import { GRPC_OPTIONS, grpcPort, parseGrpc } from './grpc-port.ts';
import type { Address, OpenSocket, TcpAddress } from './link.ts';
import type { Peer } from './peer.ts';
import { parseServer } from './server-url.ts';
import { Session } from './session.ts';
import { CONNECT_TIMEOUT_MS, RECONNECT_TIMEOUT_MS, type SessionOptions } from './session-options.ts';
import { openTls } from './tls.ts';
import type { TokenSource } from './token.ts';

/** How `connect` reaches a server, and what a call does when the connection is lost. */
export interface ConnectOptions {
  /** The cluster that the server must serve; 0 (the default) means any. */
  readonly cluster?: bigint;
  /**
   * Shows who is asking, where the server wants to know. A connection ends with its token: a function is asked for a
   * fresh one for every connection, and what it throws is what calls that wait for one reject with, unless it has one
   * before `reconnectTimeoutMs` are over.
   */
  readonly token?: TokenSource;
  /** For one attempt, hello included; milliseconds, 5,000 by default. */
  readonly connectTimeoutMs?: number;
  /** For how long calls wait for a connection that was lost to come back; milliseconds, 10,000 by default. */
  readonly reconnectTimeoutMs?: number;
  /**
   * From a call to its answer, milliseconds; none by default. The server gives a read up with its caller:
   * `deadline_exceeded`, nothing was done. A create that was sent rejects with `timed_out`: what became of it is
   * unknown. A call may have a time of its own.
   */
  readonly timeoutMs?: number;
  /**
   * Send creates again that were not answered when a connection ended. Over the native protocol they get their first
   * reply, or reject with `session_expired`; over gRPC what had been done answers `exists`, a chain
   * `exists, linked_event_failed, …`.
   * Without it such calls reject with `connection_lost`: what became of their events is unknown. Reads are sent again
   * either way. What a full lane refuses is sent again, too, once there should be room, for as long as
   * `reconnectTimeoutMs`; without it such calls reject with `lane_full` and `retryAfterMs`.
   */
  readonly retry?: boolean;
  /** The lane that small requests ask for; the server may refuse the wish. */
  readonly lane?: 'normal' | 'high' | 'critical';
  /**
   * What reads show that do not say so themselves. `stale`: whichever node of a cluster the client has reached answers,
   * one that follows included; {@link RemoteLedger.pin} has the op, {@link RemoteLedger.ageMs} the age. The client
   * never goes back to an older op. Creates go to the leader either way. Native door only.
   */
  readonly consistency?: Consistency;
  /**
   * For `tcps://` and `grpcs://`: authorities to trust, a certificate to show, and so on; by default those that Node
   * trusts, and none.
   */
  readonly tls?: ConnectionOptions;
  /**
   * Makes a span for every call, below the one that is active, and tells the server, whose own spans go below it. Takes
   * an SDK of OpenTelemetry that the program has set up; without one nothing happens. Default: no spans, and
   * OpenTelemetry is not even loaded.
   */
  readonly traces?: boolean;
  /**
   * The ledger that the server must have, and up to which op at least: what {@link RemoteLedger.pin} said when it was
   * last kept. Left out: that of the first server. A server with another ledger, or an older state of it, is sent
   * nothing: calls reject with `ledger_changed` or `ledger_behind` until the right one is back.
   */
  readonly pin?: Pin;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
  /** Opens the socket, in place of plain TCP. */
  readonly openSocket?: OpenSocket;
}

const PORT_DEFAULT = 3000;
const OPTIONS: readonly (keyof ConnectOptions)[] = [
  'cluster',
  'token',
  'connectTimeoutMs',
  'reconnectTimeoutMs',
  'timeoutMs',
  'retry',
  'lane',
  'consistency',
  'tls',
  'traces',
  'pin',
  'signal',
  'openSocket',
];
const LANE_NUMBERS = { normal: 0, high: 1, critical: 2 } as const;

/** A ledger behind a server. */
export class RemoteLedger extends ObjectLedger {
  readonly #peer: Peer;

  constructor(port: Port, peer: Peer) {
    super(port);
    this.#peer = peer;
  }

  /**
   * The server's cluster and ledger; undefined while there is no connection, and over gRPC, which does not tell the
   * cluster.
   */
  get server(): { readonly cluster: bigint; readonly ledgerId: bigint } | undefined {
    return this.#peer.welcome;
  }

  /**
   * The server's ledger and the last op that an answer has vouched for: keep it, and give it to the next `connect`.
   * Whatever server it is, it is held to this.
   */
  get pin(): Pin {
    return this.#peer.pin!;
  }

  /**
   * How old the ledger was that the last answer has shown, milliseconds: the time since the node knew that it had
   * everything that the cluster had stored. 0 without a cluster.
   */
  get ageMs(): number {
    return this.#peer.ageMs;
  }

  /** Asks the server for an answer; resolves to the round trip in milliseconds. */
  ping(): Promise<number> {
    return this.#peer.ping();
  }
}

/**
 * Connects to `tallystick serve`: `tcp://host:port` is the native door, `grpc://host:port` that of gRPC; `tcps://` and
 * `grpcs://` are the same over TLS; `unix:/path` is the native door's on this machine. Several addresses of the native
 * door are those of a cluster's nodes: the client finds the leader by itself. Rejects with `TallystickError`:
 * `invalid_argument`, `unreachable`, `timed_out`, `wrong_cluster`, `version_mismatch`, `unauthenticated`,
 * `too_many_connections`, `ledger_changed`, `ledger_behind`, `package_missing` (`traces`), or with the signal's reason.
 */
export async function connect(
  addresses: string | readonly string[],
  options: ConnectOptions = {},
): Promise<RemoteLedger> {
  checkConnect(options);
  const all = typeof addresses === 'string' ? [addresses] : addresses;
  const address = all[0];
  if (address === undefined) throw new TallystickError('invalid_argument', 'connect wants the address of a server');
  const grpc = all.length === 1 && /^grpcs?:/.test(address);
  const spans =
    options.traces === true ? await traced({ side: 'client', attributes: attributesOf(address) }) : undefined;
  const server = await (grpc ? connectedOverGrpc(address, options) : connectedNatively(all, options));
  return new RemoteLedger(spans?.(server) ?? server, server);
}

/**
 * The ledger of `tallystick serve --grpc-port` at `grpc://host:port`; without a port 50051. Rejects as {@link connect}
 * does.
 */
export async function connectGrpc(address: string, options: GrpcOptions = {}): Promise<RemoteLedger> {
  checkOptions(options, GRPC_OPTIONS, 'connectGrpc');
  const server = await grpcPort(address, options);
  return new RemoteLedger(server, server);
}

/** Attributes of the server, as OpenTelemetry names them. */
function attributesOf(address: string): Record<string, string | number> {
  const server = /^grpcs?:/.test(address) ? parseGrpc(address) : parseAddress(address);
  if ('path' in server) return { 'server.address': server.path };
  return { 'server.address': server.host, 'server.port': server.port };
}

async function connectedNatively(addresses: readonly string[], options: ConnectOptions): Promise<Port & Peer> {
  const secure = addresses.filter((address) => /^tcps:/.test(address)).length;
  if (secure > 0 && secure < addresses.length) {
    throw new TallystickError('invalid_argument', 'either all of the addresses are tcps://, or none is');
  }
  const session = new Session(sessionOptions(addresses, options));
  await session.connect(options.signal);
  return session;
}

function connectedOverGrpc(address: string, options: ConnectOptions): Promise<Port & Peer> {
  const { cluster, openSocket, consistency, traces, ...others } = options;
  const given = { cluster, openSocket, consistency };
  const native = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (native !== undefined) throw new TallystickError('invalid_argument', `${native} goes with tcp://, not with gRPC`);
  return grpcPort(address, others);
}

/** A fresh ledger of a server started with `--replay`, whose time the caller tells; it ends with the connection. */
export async function connectReplay(address: string, options: ConnectOptions = {}): Promise<ReplayPort> {
  const session = new Session(sessionOptions([address], options));
  await session.connect(options.signal);
  if (session.welcome?.replay !== true) {
    await session.close();
    throw new TallystickError('invalid_argument', `${address} was not started with --replay`);
  }
  return {
    request: (operation, events, timestamp) =>
      session.request({
        operation: operation as Operation,
        count: events.length / operationShapes[operation as Operation].eventSize,
        write: ({ bytes }, at) => bytes.set(events, at),
        read: ({ bytes }, at, size) => bytes.slice(at, at + size),
        context: timestamp === undefined ? NO_CONTEXT : { timestamp },
      }),
    advance: (nanoseconds) => session.advance(nanoseconds),
    close: () => session.close(),
  };
}

function checkedTimeout(timeoutMs: number, name = 'timeoutMs'): number {
  if (typeof timeoutMs === 'number' && timeoutMs > 0) return timeoutMs;
  throw new TallystickError('invalid_argument', `${name} is a number of milliseconds above 0`);
}

/** Programs without types shall hear of a slip before anything is sent. */
function checkConnect(options: ConnectOptions): void {
  checkOptions(options, OPTIONS, 'connect');
  const { connectTimeoutMs, reconnectTimeoutMs, timeoutMs, lane = 'normal', retry = false, traces = false } = options;
  if (connectTimeoutMs !== undefined) checkedTimeout(connectTimeoutMs, 'connectTimeoutMs');
  if (reconnectTimeoutMs !== undefined && reconnectTimeoutMs !== 0) {
    checkedTimeout(reconnectTimeoutMs, 'reconnectTimeoutMs');
  }
  if (timeoutMs !== undefined) checkedTimeout(timeoutMs);
  if (!Object.hasOwn(LANE_NUMBERS, lane)) {
    throw new TallystickError('invalid_argument', 'lane must be normal, high or critical');
  }
  if (options.consistency !== undefined && !['linearizable', 'stale'].includes(options.consistency)) {
    throw new TallystickError('invalid_argument', 'consistency must be linearizable or stale');
  }
  if (typeof retry !== 'boolean' || typeof traces !== 'boolean') {
    throw new TallystickError('invalid_argument', 'retry and traces must be true or false');
  }
}

function sessionOptions(addresses: readonly string[], options: ConnectOptions): SessionOptions {
  const cluster = options.cluster ?? 0n;
  if (typeof cluster !== 'bigint' || cluster < 0n || cluster >= 1n << 128n)
    throw new TallystickError('invalid_argument', 'a cluster id is a u128');
  const openSocket = options.openSocket ?? (/^tcps:/.test(addresses[0]!) ? openTls(options.tls ?? {}) : undefined);
  return {
    addresses: addresses.map(parseAddress),
    cluster,
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    reconnectTimeoutMs: options.reconnectTimeoutMs ?? RECONNECT_TIMEOUT_MS,
    retry: options.retry === true,
    lane: LANE_NUMBERS[options.lane ?? 'normal'],
    ...(options.consistency === undefined ? {} : { consistency: options.consistency }),
    ...(options.pin === undefined ? {} : { pin: options.pin }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: checkedTimeout(options.timeoutMs) }),
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(openSocket === undefined ? {} : { openSocket }),
  };
}

/** `unix:/path` of a server's `--socket`, or what {@link parseTcp} takes. */
export function parseAddress(address: string): Address {
  return parseUnix(address) ?? parseTcp(address);
}

/** `tcp://host:port` or `tcps://host:port`, the host a name or an address; without a port 3000. */
export function parseTcp(address: string): TcpAddress {
  const server = parseServer(address, /^tcps?:$/, PORT_DEFAULT);
  if (server === undefined) {
    throw new TallystickError(
      'invalid_argument',
      `${address} is no address of a server: tcp://host:port, tcps://host:port or unix:/path`,
    );
  }
  return { host: server.host, port: server.port };
}
