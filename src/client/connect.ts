/** `connect`: a ledger in another process, over the native protocol or gRPC. */
import {
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
import { type ConnectOptions, checkConnect, describedToken, parseAddress, sessionOptions } from './connect-options.ts';
import { type Described, describe } from './described.ts';
import type { GrpcOptions } from './grpc-options.ts';
import { GRPC_OPTIONS, grpcPort, parseGrpc } from './grpc-port.ts';
import type { Peer } from './peer.ts';
import { Session } from './session.ts';
import { connectTigerBeetle, isTigerBeetle } from './tigerbeetle.ts';

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
 * `grpcs://` are the same over TLS; `unix:/path` is the native door's on this machine. Several addresses of one door
 * are those of a cluster's nodes: the client finds the leader by itself. An address may name files
 * (`tcps://host?ca=ca.pem`); what neither it nor the options say comes from the environment (`TALLYSTICK_TOKEN` and
 * others) and from a file, the addresses included. `tigerbeetle://host:port,host:port?cluster=0` is a cluster of
 * TigerBeetle, through the package tigerbeetle-node. Rejects with `TallystickError`:
 * `invalid_argument`, `unreachable`, `timed_out`, `wrong_cluster`, `version_mismatch`, `unauthenticated`,
 * `too_many_connections`, `ledger_changed`, `ledger_behind`, `package_missing` (`traces`), or with the signal's reason.
 */
export async function connect(
  addresses: string | readonly string[] = [],
  options: ConnectOptions = {},
): Promise<RemoteLedger> {
  checkConnect(options);
  const named = addresses.length > 0 ? addresses : (process.env.TALLYSTICK_ADDRESS ?? '');
  if (isTigerBeetle(typeof named === 'string' ? named : named[0]!)) return connectedToTigerBeetle(named, options);
  const described = describe(typeof addresses === 'string' ? [addresses] : addresses, options.connection);
  const all = described.addresses;
  const address = all[0];
  if (address === undefined) throw new TallystickError('invalid_argument', 'connect wants the address of a server');
  const grpc = all.every((one) => /^grpcs?:/.test(one));
  const spans =
    options.traces === true ? await traced({ side: 'client', attributes: attributesOf(address) }) : undefined;
  const server = await (grpc ? connectedOverGrpc(described, options) : connectedNatively(described, options));
  return new RemoteLedger(spans?.(server) ?? server, server);
}

/**
 * The ledger of `tallystick serve --grpc-port` at `grpc://host:port`; without a port 50051. Rejects as {@link connect}
 * does.
 */
export async function connectGrpc(address: string, options: GrpcOptions = {}): Promise<RemoteLedger> {
  checkOptions(options, GRPC_OPTIONS, 'connectGrpc');
  const server = await connectedOverGrpc(describe([address]), options);
  return new RemoteLedger(server, server);
}

/** Attributes of the server, as OpenTelemetry names them. */
function attributesOf(address: string): Record<string, string | number> {
  const server = /^grpcs?:/.test(address) ? parseGrpc(address) : parseAddress(address);
  if ('path' in server) return { 'server.address': server.path };
  return { 'server.address': server.host, 'server.port': server.port };
}

async function connectedNatively(described: Described, options: ConnectOptions): Promise<Port & Peer> {
  const { addresses } = described;
  const secure = addresses.filter((address) => /^tcps:/.test(address)).length;
  if (secure > 0 && secure < addresses.length) {
    throw new TallystickError('invalid_argument', 'either all of the addresses are tcps://, or none is');
  }
  const session = new Session(sessionOptions(described, options));
  await session.connect(options.signal);
  return session;
}

async function connectedToTigerBeetle(
  addresses: string | readonly string[],
  { traces, ...others }: ConnectOptions,
): Promise<RemoteLedger> {
  const attributes = { 'db.system.name': 'tigerbeetle' };
  const spans = traces === true ? await traced({ side: 'client', attributes }) : undefined;
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  const port = await connectTigerBeetle(addresses, Object.fromEntries(given));
  return new RemoteLedger(spans?.(port) ?? port, port);
}

async function connectedOverGrpc(described: Described, options: ConnectOptions): Promise<Port & Peer> {
  const { cluster, openSocket, traces, connection: _, ...others } = options;
  const given = { cluster, openSocket };
  const native = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (native !== undefined) throw new TallystickError('invalid_argument', `${native} goes with tcp://, not with gRPC`);
  const token = describedToken(described, options);
  const tls = options.tls ?? described.tls;
  return grpcPort(described.addresses, {
    ...others,
    ...(token === undefined ? {} : { token }),
    ...(tls === undefined ? {} : { tls }),
  });
}

/** A fresh ledger of a server started with `--replay`, whose time the caller tells; it ends with the connection. */
export async function connectReplay(address: string, options: ConnectOptions = {}): Promise<ReplayPort> {
  const session = new Session(sessionOptions(describe([address], options.connection), options));
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
