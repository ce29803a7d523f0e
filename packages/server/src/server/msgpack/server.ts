/**
 * The MessagePack door: for clients in any language. Frames as msgpack/messages.ts describes them; many requests in
 * flight on a connection, replies as they come, matched by id. A connection that sends more than it may have in flight
 * is not read until replies have left.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { DoorCounters } from 'tallystick/internal/base';
import type { Port } from 'tallystick/internal/model';
import { type Admit, admitting, exposureOf } from '../../identity/index.ts';
import type { DoorOptions } from '../door.ts';
import { Guests, welcoming } from '../guests.ts';
import { addressOf, type DoorAddress, DRAIN_MS, KEEP_ALIVE_MS, openAt, sweepWhileOpen } from '../listen.ts';
import { Meter } from '../meter.ts';
import { poolOf } from '../place.ts';
import { UNTOLD } from '../served.ts';
import { closedWithin, SocketCounts } from '../socket-counts.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { MESSAGE_PACK_LIMITS, type MessagePackLimits } from './limits.ts';

export interface MessagePackOptions extends DoorOptions {
  readonly limits?: Partial<MessagePackLimits>;
}

export class MessagePackServer {
  readonly counters: DoorCounters;
  readonly #counts: SocketCounts;
  readonly #server: Server;
  readonly #admit: Admit;
  /** The same for each connection. */
  readonly #shared: Omit<ConnectionOptions, 'admit' | 'known' | 'gone'>;
  readonly #guests: Guests;
  readonly #connections = new Set<Connection>();

  private constructor(port: Port, options: MessagePackOptions) {
    const { certificates, authenticator, pool = poolOf(), served = UNTOLD } = options;
    const limits = { ...MESSAGE_PACK_LIMITS, ...options.limits };
    const budget = new Meter(limits.bytesMax, options.budget);
    this.counters = options.counters ?? new DoorCounters('msgpack');
    this.#counts = new SocketCounts(this.counters);
    this.#admit = admitting('msgpack', port, options);
    this.#shared = { limits, counters: this.counters, tokens: authenticator !== undefined, pool, budget, served };
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
    const { connectionsMax, writeMs } = limits;
    const welcome = welcoming(exposureOf(options), options);
    this.#guests = new Guests(this.#server, { ...welcome, connectionsMax, counters: this.counters });
    this.#counts.watch(this.#server);
    sweepWhileOpen(this.#server, [writeMs], () => this.#sweep());
  }

  /** Rejects with `invalid_argument` for a host beyond loopback that would let strangers in, and `not_listening`. */
  static listen(port: Port, options: MessagePackOptions = {}): Promise<MessagePackServer> {
    return openAt(options, exposureOf(options), () => {
      const door = new MessagePackServer(port, options);
      return { door, server: door.#server };
    });
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  get address(): DoorAddress {
    return addressOf(this.#server);
  }

  #accept(socket: Socket): void {
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const connection = new Connection(socket, {
      ...this.#shared,
      admit: (token) => this.#admit(token, socket),
      known: ({ expiry }) => this.#guests.of(socket)?.known(expiry?.until),
      gone: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    this.#counts.attend(socket);
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.allowance.settle();
    const { limits, budget } = this.#shared;
    this.#counts.sweep(now, limits.writeMs, budget.shortFor(now));
  }

  /** Bytes of replies that are coming or standing. */
  get replyBytes(): number {
    return this.#shared.budget.used;
  }

  /**
   * Takes no more connections and requests, answers what is in flight, and closes; clients that have not left by then
   * are cut off.
   */
  async drain(milliseconds: number = DRAIN_MS): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    await closedWithin(closed, milliseconds, this.#counts);
  }
}
