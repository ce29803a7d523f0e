/**
 * The MessagePack door: for clients in any language. Frames as src/wire/msgpack.ts describes them; many requests in flight on a connection, replies as they
 * come, matched by id. A connection that sends more than it may have in flight is not read until replies have left.
 */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { DoorCounters } from '../../base/index.ts';
import type { LanePort } from '../ingress.ts';
import { Pool } from '../pool.ts';
import type { Certificates } from '../security/certificates.ts';
import { checkExposure } from '../security/exposure.ts';
import { RolePort } from '../security/roles.ts';
import type { Authenticator } from '../security/tokens.ts';
import { closedWithin, SocketCounts } from '../socket-counts.ts';
import { Connection } from './connection.ts';
import type { ConnectionLimits } from './connection-options.ts';

export interface MessagePackOptions extends Partial<ConnectionLimits> {
  readonly connectionsMax?: number;
  /** Of what connections may have in the lanes, shared with other doors; by default one of its own. */
  readonly pool?: Pool;
  /** Left out: no TLS, on loopback only. */
  readonly certificates?: Certificates;
  /** Says who calls, by the token of their hello. Left out: whoever gets here may. */
  readonly authenticator?: Authenticator;
}

const DEFAULTS: ConnectionLimits & { readonly connectionsMax: number } = {
  inFlightMax: 256,
  repliesMax: 4 * 1024 * 1024,
  connectionsMax: 10_000,
  frameTimeoutMs: 10_000,
  writeTimeoutMs: 30_000,
  helloMs: 5000,
};

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
  readonly #port: LanePort;
  readonly #pool: Pool;
  readonly #connections = new Set<Connection>();

  constructor(port: LanePort, options: MessagePackOptions = {}) {
    const limits = { ...DEFAULTS, ...options };
    this.#options = options;
    this.#limits = limits;
    this.#port = port;
    this.#pool = options.pool ?? new Pool();
    const { certificates } = options;
    const take = (socket: Socket): void => this.#accept(socket);
    const plain = { noDelay: true, allowHalfOpen: true };
    if (certificates === undefined) this.#server = createServer(plain, take);
    else {
      const server = createTlsServer({ ...certificates.options, ...plain, handshakeTimeout: limits.helloMs }, take);
      // Whoever does not shake hands in time stays, unless somebody ends it.
      server.on('tlsClientError', (_error, socket) => socket.destroy());
      certificates.serve(server);
      this.#server = server;
    }
    this.#server.maxConnections = limits.connectionsMax;
    this.#counts.watch(this.#server);
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Rejects with `invalid_argument` for a host beyond loopback that would let strangers in. */
  listen(port: number, host: string): Promise<AddressInfo> {
    const { certificates, authenticator } = this.#options;
    return new Promise((resolve, reject) => {
      checkExposure({
        host,
        tls: certificates !== undefined,
        clientCertificates: certificates?.options.requestCert === true,
        tokens: authenticator !== undefined,
      });
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  #accept(socket: Socket): void {
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const { authenticator } = this.#options;
    const connection = new Connection(socket, {
      limits: this.#limits,
      counters: this.counters,
      port: this.#port,
      pool: this.#pool,
      gone: () => this.#connections.delete(connection),
      ...(authenticator === undefined
        ? {}
        : { known: async (token) => new RolePort(this.#port, await authenticator.authenticate(token)) }),
    });
    this.#connections.add(connection);
  }

  /** Takes no more connections and requests, answers what is in flight, and closes; clients that have not left by then are cut off. */
  async drain(milliseconds: number = DRAIN_MS): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    await closedWithin(closed, milliseconds, this.#counts);
  }
}
