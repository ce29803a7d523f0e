/** The options of `connect`, checked, and what becomes of them and of the described connection in a session. */
import type { ConnectionOptions } from 'node:tls';
import { type Consistency, checkOptions, type Pin, TallystickError } from '../model/index.ts';
import { NATIVE_PORT, parseUnix } from './addresses.ts';
import { type Described, refuseInTheClear } from './described.ts';
import { parseGrpc } from './grpc-port.ts';
import type { Address, OpenSocket, TcpAddress } from './link.ts';
import { parseServer } from './server-url.ts';
import { CONNECT_TIMEOUT_MS, RECONNECT_TIMEOUT_MS, type SessionOptions } from './session-options.ts';
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
   * Send creates again that were not answered when a connection ended. They get their first reply, or reject with
   * `session_expired`.
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
   * never goes back to an older op. Creates go to the leader either way.
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
  /**
   * Path of a JSON file that describes the connection: `address`, `token`, `tokenFile` or `tokenCommand`, `ca`,
   * `certificate`, `key`. Left out: `TALLYSTICK_CONNECTION`, if it is set.
   */
  readonly connection?: string;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
  /** Opens the socket, in place of plain TCP. */
  readonly openSocket?: OpenSocket;
}

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
  'connection',
  'signal',
  'openSocket',
];
const LANE_NUMBERS = { normal: 0, high: 1, critical: 2 } as const;

function checkedTimeout(timeoutMs: number, name = 'timeoutMs'): number {
  if (typeof timeoutMs === 'number' && timeoutMs > 0) return timeoutMs;
  throw new TallystickError('invalid_argument', `${name} is a number of milliseconds above 0`);
}

/** Programs without types shall hear of a slip before anything is sent. */
export function checkConnect(options: ConnectOptions): void {
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

/** The token of the options, or the described one where others cannot read it on its way. Throws `invalid_argument`. */
export function describedToken(
  { addresses, token }: Described,
  options: Pick<ConnectOptions, 'token'>,
): TokenSource | undefined {
  if (options.token !== undefined || token === undefined) return options.token;
  for (const address of addresses) {
    const plain = /^grpc:/.test(address) ? parseGrpc(address) : /^tcp:/.test(address) ? parseTcp(address) : undefined;
    if (plain !== undefined) refuseInTheClear(address, plain.host);
  }
  return token;
}

export function sessionOptions(described: Described, options: ConnectOptions): SessionOptions {
  const { addresses } = described;
  const cluster = options.cluster ?? 0n;
  if (typeof cluster !== 'bigint' || cluster < 0n || cluster >= 1n << 128n)
    throw new TallystickError('invalid_argument', 'a cluster id is a u128');
  const given = options.tls;
  const tls = given === undefined ? (described.tls ?? (() => ({}))) : () => given;
  const token = describedToken(described, options);
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
    ...(token === undefined ? {} : { token }),
    ...(options.openSocket === undefined ? {} : { openSocket: options.openSocket }),
    ...(/^tcps:/.test(addresses[0]!) ? { tls } : {}),
  };
}

/** `unix:/path` of a server's `--socket`, or what {@link parseTcp} takes. */
export function parseAddress(address: string): Address {
  return parseUnix(address) ?? parseTcp(address);
}

/** `tcp://host:port` or `tcps://host:port`, the host a name or an address; without a port 3000. */
export function parseTcp(address: string): TcpAddress {
  const server = parseServer(address, /^tcps?:$/, NATIVE_PORT);
  if (server === undefined) {
    throw new TallystickError(
      'invalid_argument',
      `${address} is no address of a server: tcp://host:port, tcps://host:port or unix:/path`,
    );
  }
  return { host: server.host, port: server.port };
}
