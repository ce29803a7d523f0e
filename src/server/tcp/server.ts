/** The native door: listens, keeps its connections, and leaves in peace. */
import { createServer, type Server, type Socket } from 'node:net';
import type { DoorCounters } from '../../base/index.ts';
import { TallystickError } from '../../model/index.ts';
import { Slabs } from '../../wire/index.ts';
import { Pool } from '../pool.ts';
import { checkExposure, type Exposure } from '../security/exposure.ts';
import { SocketCounts } from '../socket-counts.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Landing, readChunks } from './landing.ts';
import { NATIVE_LIMITS, type NativeLimits } from './limits.ts';
import type { OpenNativePort } from './port.ts';
import { listenAtFile } from './socket-file.ts';

export interface NativeServerOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Absolute, of a socket's file, in place of host and port: for processes of the same user. */
  readonly path?: string;
  /** What keeps strangers out; by default nothing does, and only loopback is allowed. */
  readonly exposure?: Omit<Exposure, 'host'>;
  readonly cluster?: bigint;
  readonly ledgerId?: bigint;
  readonly limits?: Partial<NativeLimits>;
  /** Shared with other doors; by default one of its own. */
  readonly pool?: Pool;
  readonly counters?: DoorCounters;
  /** Every connection gets a ledger of its own, whose time it tells. */
  readonly replay?: boolean;
  /** The port makes spans, so clients shall send theirs along. */
  readonly traces?: boolean;
  /** How a socket is read; by default as plain sockets are best read, or such as `createServer` makes. */
  readonly read?: ConnectionOptions['read'];
  /** What listens, given who takes its sockets: `net.createServer` by default. */
  readonly createServer?: (options: { readonly allowHalfOpen: true }, take: (socket: Socket) => void) => Server;
}

/** Where it listens. */
export interface NativeAddress {
  readonly host: string;
  readonly port: number;
}

const SWEEP_MS_MAX = 1000;
/** Connections above the limit that are told why they are refused; more are just closed. */
const REFUSED_MAX = 64;
/** A client whose machine is gone says no goodbye: after so much silence it is asked whether it is still there. */
const KEEP_ALIVE_MS = 30_000;
/** How long clients may take to hear goodbye and leave. */
const DRAIN_MS = 10_000;
const NOTHING_KEPT_OUT: Omit<Exposure, 'host'> = { tls: false, clientCertificates: false, tokens: false };

export class NativeServer {
  readonly #server: Server;
  readonly #options: ConnectionOptions;
  readonly #connections = new Set<Connection>();
  readonly #counts: SocketCounts | undefined;
  readonly #sweeping: NodeJS.Timeout;
  #drained: Promise<void> | undefined;

  private constructor(server: Server, options: ConnectionOptions) {
    this.#server = server;
    this.#options = options;
    this.#counts = options.counters === undefined ? undefined : new SocketCounts(options.counters);
    // Handshakes count too; what is above that is not even told why.
    server.maxConnections = options.limits.connectionsMax + REFUSED_MAX;
    const { helloMs, frameMs, writeMs } = options.limits;
    const every = Math.min(SWEEP_MS_MAX, helloMs, frameMs, writeMs);
    this.#sweeping = setInterval(() => this.#sweep(), every).unref();
  }

  /** Throws `invalid_argument`, `unreachable`, or for a path `not_listening`. */
  static async listen(port: OpenNativePort, options: NativeServerOptions): Promise<NativeServer> {
    const { host = '127.0.0.1', path } = options;
    if (path === undefined) checkExposure({ host, ...(options.exposure ?? NOTHING_KEPT_OUT) });
    const limits = { ...NATIVE_LIMITS, ...options.limits };
    const take = (socket: Socket): void => native.#accept(socket);
    const landing = new Landing();
    const server =
      options.createServer?.({ allowHalfOpen: true }, take) ??
      createServer({ allowHalfOpen: true, pauseOnConnect: true }, take);
    const native: NativeServer = new NativeServer(server, {
      limits,
      cluster: options.cluster ?? 0n,
      ledgerId: options.ledgerId ?? 0n,
      replay: options.replay === true,
      traces: options.traces === true,
      port,
      pool: options.pool ?? new Pool(limits.pooledCellsMax),
      slabs: new Slabs(),
      read:
        options.read ??
        (options.createServer === undefined ? (socket, receiver) => landing.read(socket, receiver) : readChunks),
      ...(options.counters === undefined ? {} : { counters: options.counters }),
    });
    try {
      if (path === undefined) await listenAtPort(server, host, options.port ?? 0);
      else await listenAtFile(server, path);
    } catch (error) {
      clearInterval(native.#sweeping);
      throw error;
    }
    return native;
  }

  /** Not of a server at a path. */
  get address(): NativeAddress {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new TallystickError('closed');
    return { host: address.address, port: address.port };
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Cells of all connections' unanswered requests that are not urgent. */
  get pooledCells(): number {
    return this.#options.pool.cells;
  }

  #accept(accepted: Socket): void {
    const over = this.#connections.size - this.#options.limits.connectionsMax;
    const connection = new Connection(accepted, this.#options);
    const { socket } = connection;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#counts?.add(socket);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    if (over >= 0) connection.refuse(new TallystickError('too_many_connections'));
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.sweep(now);
  }

  /** Takes no more connections, answers what was sent, and lets clients leave; those that do not in time are cut off. */
  drain(milliseconds: number = DRAIN_MS): Promise<void> {
    this.#drained ??= this.#drain(milliseconds);
    return this.#drained;
  }

  async #drain(milliseconds: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.leave();
    const deadline = setTimeout(() => this.destroy(), milliseconds);
    await closed;
    clearTimeout(deadline);
    clearInterval(this.#sweeping);
  }

  /** Ends all connections now. */
  destroy(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

function listenAtPort(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new TallystickError('unreachable', `cannot listen at ${host}:${port}`, { cause })),
    );
    server.listen(port, host, resolve);
  });
}
