/** The native door: listens, keeps its connections, and leaves in peace. */
import { createServer, type Server, type Socket } from 'node:net';
import type { DoorCounters } from 'tallystick/internal/base';
import { TallystickError } from 'tallystick/internal/model';
import { listenAt } from 'tallystick/internal/platform';
import { Slabs } from 'tallystick/internal/wire';
import { Budget } from '../budget.ts';
import { type Gate, Guests, type GuestsOptions, knownBy as knownByOf } from '../guests.ts';
import { Pool } from '../pool.ts';
import { checkExposure, type Exposure } from '../security/exposure.ts';
import { type Served, UNTOLD } from '../served.ts';
import { SocketCounts } from '../socket-counts.ts';
import { slowest } from '../stall.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Landing, readChunks } from './landing.ts';
import { NATIVE_LIMITS, type NativeLimits } from './limits.ts';
import type { Admit } from './port.ts';
import { listenAtFile } from './socket-file.ts';

export interface NativeServerOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Absolute, of a socket's file, in place of host and port: for processes of the same user. */
  readonly path?: string;
  /** Keeps strangers out; by default nothing does, and only loopback is allowed. */
  readonly exposure?: Omit<Exposure, 'host'>;
  /** The share of the door that strangers get. */
  readonly gate?: Gate | undefined;
  readonly cluster?: bigint;
  /** The ledger that the server tells its clients of; by default it tells nothing. */
  readonly served?: Served;
  readonly limits?: Partial<NativeLimits>;
  /** Shared with other doors; by default one of its own. */
  readonly pool?: Pool;
  /** Bytes that all doors together may hold for clients. */
  readonly budget?: Budget | undefined;
  readonly counters?: DoorCounters;
  /** Every connection gets a ledger of its own, whose time it tells. */
  readonly replay?: boolean;
  /** The port makes spans, so clients shall send theirs along. */
  readonly traces?: boolean;
  /** How a socket is read; by default as plain sockets are best read, or such as `createServer` makes. */
  readonly read?: ConnectionOptions['read'];
  /** Makes the listener, given the function that takes its sockets: `net.createServer` by default. */
  readonly createServer?: (options: { readonly allowHalfOpen: true }, take: (socket: Socket) => void) => Server;
}

/** Where it listens. */
export interface NativeAddress {
  readonly host: string;
  readonly port: number;
}

const SWEEP_MS_MAX = 1000;
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
  readonly #guests: Guests;
  #drained: Promise<void> | undefined;

  private constructor(
    server: Server,
    options: ConnectionOptions,
    guests: Pick<GuestsOptions, 'gate' | 'knownBy' | 'handshakes'>,
  ) {
    this.#server = server;
    this.#options = options;
    this.#counts = options.counters === undefined ? undefined : new SocketCounts(options.counters);
    const { connectionsMax } = options.limits;
    // Refusals are counted where the client is told.
    this.#guests = new Guests(server, { ...guests, connectionsMax, counters: undefined, turnsAway: true });
    const { helloMs, frameMs, writeMs } = options.limits;
    const every = Math.min(SWEEP_MS_MAX, helloMs, frameMs, writeMs);
    const sweeping = setInterval(() => this.#sweep(), every).unref();
    server.once('close', () => clearInterval(sweeping));
  }

  /** Rejects with `invalid_argument` or `not_listening`. */
  static async listen(admit: Admit, options: NativeServerOptions): Promise<NativeServer> {
    const { host = '127.0.0.1', path } = options;
    if (path === undefined) checkExposure({ host, ...(options.exposure ?? NOTHING_KEPT_OUT) });
    const limits = { ...NATIVE_LIMITS, ...options.limits };
    const take = (socket: Socket): void => native.#accept(socket);
    const landing = new Landing();
    const server =
      options.createServer?.({ allowHalfOpen: true }, take) ??
      createServer({ allowHalfOpen: true, pauseOnConnect: true }, take);
    const { tokens = false, tls = false } = path === undefined ? (options.exposure ?? {}) : {};
    const knownBy = knownByOf(tls, tokens);
    const shared: ConnectionOptions = {
      limits,
      cluster: options.cluster ?? 0n,
      served: options.served ?? UNTOLD,
      replay: options.replay === true,
      traces: options.traces === true,
      admit: (token, socket) => native.#admitted(admit(token, socket), socket),
      pool: options.pool ?? new Pool(limits.pooledCellsMax),
      budget: new Budget(limits.bytesMax, options.budget),
      slabs: new Slabs(),
      read:
        options.read ??
        (options.createServer === undefined ? (socket, receiver) => landing.read(socket, receiver) : readChunks),
      ...(options.counters === undefined ? {} : { counters: options.counters }),
    };
    const native: NativeServer = new NativeServer(server, shared, {
      gate: options.gate,
      knownBy,
      ...(tls ? { handshakes: options.budget } : {}),
    });
    try {
      if (path === undefined) await listenAt(server, { host, port: options.port ?? 0 });
      else await listenAtFile(server, path);
    } catch (error) {
      server.close();
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

  /** Bytes of replies that are coming or standing. */
  get replyBytes(): number {
    return this.#options.budget.used;
  }

  /** Cells of all connections' unanswered requests that are not urgent. */
  get pooledCells(): number {
    return this.#options.pool.cells;
  }

  #accept(accepted: Socket): void {
    const guest = this.#guests.of(accepted);
    const connection = new Connection(accepted, this.#options);
    if (guest !== undefined) guest.end = () => connection.destroy();
    const { socket } = connection;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#counts?.add(socket);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    if (guest === undefined) connection.refuse(new TallystickError('too_many_connections'));
  }

  /** A caller that has access is known. */
  #admitted(access: ReturnType<Admit>, socket: Socket): ReturnType<Admit> {
    if (access instanceof Promise) return access.then((opened) => this.#admitted(opened, socket));
    this.#guests.of(socket)?.known(access.expiry?.until);
    return access;
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.sweep(now);
    const { budget, counters } = this.#options;
    const stalls = [...this.#connections].map((connection) => [connection, connection.patience.stall] as const);
    for (const connection of slowest(stalls, now, budget.shortFor(now))) {
      counters?.refuse('timed_out');
      connection.destroy();
    }
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
  }

  /** Ends all connections now. */
  destroy(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}
