/**
 * The MessagePack door: for clients in any language. Frames as src/wire/msgpack.ts describes them; many requests in flight on a connection, replies as they
 * come, matched by id. A connection that sends more than it may have in flight is not read until replies have left.
 */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { DoorCounters } from '../../base/index.ts';
import { invalid } from '../../model/index.ts';
import type { LanePort } from '../ingress.ts';
import { isLoopback } from '../security/exposure.ts';
import { closedWithin, SocketCounts } from '../socket-counts.ts';
import { Connection, type ConnectionLimits } from './connection.ts';

export interface MessagePackOptions extends Partial<ConnectionLimits> {
  readonly connectionsMax?: number;
}

const DEFAULTS: Required<MessagePackOptions> = {
  inFlightMax: 256,
  repliesMax: 4 * 1024 * 1024,
  connectionsMax: 10_000,
  frameTimeoutMs: 10_000,
  writeTimeoutMs: 30_000,
};

/** How long clients may take to leave. */
const DRAIN_MS = 10_000;

export class MessagePackServer {
  readonly counters: DoorCounters = new DoorCounters('msgpack');
  readonly #counts: SocketCounts = new SocketCounts(this.counters);
  readonly #server: Server;
  readonly #options: Required<MessagePackOptions>;
  readonly #port: LanePort;
  readonly #connections = new Set<Connection>();

  constructor(port: LanePort, options: MessagePackOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#port = port;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = this.#options.connectionsMax;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** On loopback only: the protocol has neither TLS nor tokens. Rejects with `invalid_argument` elsewhere. */
  listen(port: number, host: string): Promise<AddressInfo> {
    if (!isLoopback(host)) {
      return Promise.reject(
        invalid(`MessagePack has neither TLS nor tokens, so it listens on loopback only, not on ${host}`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  #accept(socket: Socket): void {
    const { counters } = this;
    this.#counts.add(socket);
    const connection = new Connection(socket, this.#port, this.#options, counters, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
  }

  /** Takes no more connections and requests, answers what is in flight, and closes; clients that have not left by then are cut off. */
  async drain(milliseconds: number = DRAIN_MS): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    await closedWithin(closed, milliseconds, this.#counts);
  }
}
