/**
 * The MessagePack door: for clients in any language. Frames as src/wire/msgpack.ts describes them; many requests in flight on a connection, replies as they
 * come, matched by id. A connection that sends more than it may have in flight is not read until replies have left.
 */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { DoorCounters } from 'tallystick/internal/base';
import type { Port } from 'tallystick/internal/model';
import { listenAt } from 'tallystick/internal/platform';
import { Budget } from '../budget.ts';
import { type Gate, Guests, knownBy } from '../guests.ts';
import { Pool } from '../pool.ts';
import { askerOf } from '../security/asker.ts';
import type { Certificates } from '../security/certificates.ts';
import { checkExposure, exposureOf } from '../security/exposure.ts';
import { accessOf } from '../security/roles.ts';
import type { Authenticator } from '../security/tokens.ts';
import type { Anybody } from '../security/watchful.ts';
import { type Served, UNTOLD } from '../served.ts';
import { closedWithin, SocketCounts } from '../socket-counts.ts';
import { Connection } from './connection.ts';
import type { ConnectionLimits } from './connection-options.ts';

export interface MessagePackOptions extends Partial<ConnectionLimits> {
  readonly connectionsMax?: number;
  /** Limit on cells queued in the lanes. Pass one pool to several doors to share it; default: a pool of its own. */
  readonly pool?: Pool;
  /** Left out: no TLS, on loopback only. */
  readonly certificates?: Certificates;
  /** Checks the token of a caller's hello. Left out: every caller may do everything. */
  readonly authenticator?: Authenticator;
  /** Stands before callers who show nothing. */
  readonly anybody?: Anybody | undefined;
  /** Bytes of replies of all connections. */
  readonly bytesMax?: number;
  /** Bytes that all doors together may hold for clients. */
  readonly budget?: Budget | undefined;
  /** The share of the door that strangers get. */
  readonly gate?: Gate | undefined;
  /** The ledger that the server tells its clients of; by default it tells nothing. */
  readonly served?: Served;
}

const DEFAULTS: ConnectionLimits & { readonly connectionsMax: number } = {
  inFlightMax: 256,
  repliesMax: 4 * 1024 * 1024,
  connectionsMax: 10_000,
  frameTimeoutMs: 10_000,
  writeTimeoutMs: 30_000,
  helloMs: 5000,
};

const BYTES_MAX = 256 * 1024 * 1024;
const SWEEP_MS_MAX = 1000;
/** A client whose machine is gone says no goodbye: after so much silence it is asked whether it is still there. */
const KEEP_ALIVE_MS = 30_000;
/** How long clients may take to leave. */
const DRAIN_MS = 10_000;

export class MessagePackServer {
  readonly counters: DoorCounters = new DoorCounters('msgpack');
  readonly #counts: SocketCounts = new SocketCounts(this.counters);
  readonly #server: Server;
  readonly #options: MessagePackOptions;
  readonly #limits: ConnectionLimits;
  readonly #port: Port;
  readonly #pool: Pool;
  readonly #budget: Budget;
  readonly #guests: Guests;
  readonly #connections = new Set<Connection>();

  constructor(port: Port, options: MessagePackOptions = {}) {
    const limits = { ...DEFAULTS, ...options };
    this.#options = options;
    this.#limits = limits;
    this.#port = port;
    this.#pool = options.pool ?? new Pool();
    this.#budget = new Budget(options.bytesMax ?? BYTES_MAX, options.budget);
    const { certificates } = options;
    const take = (socket: Socket): void => this.#accept(socket);
    const plain = { noDelay: true, allowHalfOpen: true };
    if (certificates === undefined) this.#server = createServer(plain, take);
    else {
      const server = createTlsServer({ ...certificates.options, ...plain, handshakeTimeout: limits.helloMs }, take);
      // Node leaves the socket of a late handshake open; we close it.
      server.on('tlsClientError', (_error, socket) => socket.destroy());
      certificates.serve(server);
      this.#server = server;
    }
    this.#guests = new Guests(this.#server, {
      gate: options.gate,
      connectionsMax: limits.connectionsMax,
      counters: this.counters,
      knownBy: knownBy(certificates !== undefined, options.authenticator !== undefined),
      ...(certificates === undefined ? {} : { handshakes: options.budget }),
    });
    this.#counts.watch(this.#server);
    const every = Math.min(SWEEP_MS_MAX, limits.writeTimeoutMs);
    const sweeping = setInterval(() => this.#sweep(), every).unref();
    this.#server.once('close', () => clearInterval(sweeping));
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Rejects with `invalid_argument` for a host beyond loopback that would let strangers in, and `not_listening`. */
  async listen(port: number, host: string): Promise<AddressInfo> {
    checkExposure({ host, ...exposureOf(this.#options) });
    return listenAt(this.#server, { host, port });
  }

  #accept(socket: Socket): void {
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const { authenticator, anybody } = this.#options;
    const connection = new Connection(socket, {
      limits: this.#limits,
      counters: this.counters,
      port: anybody?.(askerOf('msgpack', socket))(this.#port) ?? this.#port,
      pool: this.#pool,
      budget: this.#budget,
      served: this.#options.served ?? UNTOLD,
      gone: () => this.#connections.delete(connection),
      ...(authenticator === undefined
        ? {}
        : {
            known: async (token) => {
              const identity = await authenticator.authenticate(token, askerOf('msgpack', socket));
              this.#guests.of(socket)?.known(identity.expiry?.until);
              return accessOf(this.#port, identity);
            },
          }),
    });
    this.#connections.add(connection);
    this.#counts.attend(socket);
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.room.settle();
    this.#counts.sweep(now, this.#limits.writeTimeoutMs, this.#budget.shortFor(now));
  }

  /** Bytes of replies that are coming or standing. */
  get replyBytes(): number {
    return this.#budget.used;
  }

  /** Takes no more connections and requests, answers what is in flight, and closes; clients that have not left by then are cut off. */
  async drain(milliseconds: number = DRAIN_MS): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    await closedWithin(closed, milliseconds, this.#counts);
  }
}
