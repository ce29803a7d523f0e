/** The native door: listens, keeps its connections, and leaves in peace. */
import { createServer, type Server, type Socket } from 'node:net';
import { TallystickError } from 'tallystick/internal/model';
import { Slabs } from 'tallystick/internal/wire';
import type { Access, Admit, Exposure } from '../../identity/index.ts';
import type { DoorShare } from '../door.ts';
import { Guests, type GuestsOptions, welcoming } from '../guests.ts';
import {
  addressOf,
  type DoorAddress,
  type DoorPlace,
  DRAIN_MS,
  KEEP_ALIVE_MS,
  type MadeDoor,
  openAt,
  sweepWhileOpen,
} from '../listen.ts';
import { Meter } from '../meter.ts';
import { UNTOLD } from '../served.ts';
import { SocketCounts } from '../socket-counts.ts';
import { slowest } from '../stall.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Landing, readChunks } from './landing.ts';
import { NATIVE_LIMITS, type NativeLimits } from './limits.ts';

export interface NativeServerOptions extends DoorPlace, DoorShare {
  /** Keeps strangers out; by default nothing does, and only loopback is allowed. */
  readonly exposure?: Omit<Exposure, 'host'>;
  readonly cluster?: bigint;
  readonly limits?: Partial<NativeLimits>;
  /** Every connection gets a ledger of its own, whose time it tells. */
  readonly replay?: boolean;
  /** The port makes spans, so clients shall send theirs along. */
  readonly traces?: boolean;
  /** How a socket is read; by default as plain sockets are best read, or such as `createServer` makes. */
  readonly read?: ConnectionOptions['read'];
  /** Makes the listener, given the function that takes its sockets: `net.createServer` by default. */
  readonly createServer?: (options: { readonly allowHalfOpen: true }, take: (socket: Socket) => void) => Server;
}

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
    sweepWhileOpen(server, [helloMs, frameMs, writeMs], () => this.#sweep());
  }

  /** Rejects with `invalid_argument` or `not_listening`. */
  static listen(admit: Admit, options: NativeServerOptions): Promise<NativeServer> {
    const { exposure = NOTHING_KEPT_OUT } = options;
    return openAt(options, exposure, () => NativeServer.#make(admit, options));
  }

  static #make(admit: Admit, options: NativeServerOptions): MadeDoor<NativeServer> {
    const limits = { ...NATIVE_LIMITS, ...options.limits };
    const take = (socket: Socket): void => native.#accept(socket);
    const landing = new Landing();
    const server =
      options.createServer?.({ allowHalfOpen: true }, take) ??
      createServer({ allowHalfOpen: true, pauseOnConnect: true }, take);
    const exposure = (options.path === undefined ? options.exposure : undefined) ?? NOTHING_KEPT_OUT;
    const shared: ConnectionOptions = {
      limits,
      cluster: options.cluster ?? 0n,
      served: options.served ?? UNTOLD,
      replay: options.replay === true,
      traces: options.traces === true,
      admit: (token, socket) => native.#admitted(admit(token, socket), socket),
      pool: options.pool ?? new Meter(limits.pooledCellsMax),
      budget: new Meter(limits.bytesMax, options.budget),
      slabs: new Slabs(),
      read:
        options.read ??
        (options.createServer === undefined ? (socket, receiver) => landing.read(socket, receiver) : readChunks),
      ...(options.counters === undefined ? {} : { counters: options.counters }),
    };
    const native: NativeServer = new NativeServer(server, shared, welcoming(exposure, options));
    return { door: native, server };
  }

  /** Not of a server at a path. */
  get address(): DoorAddress {
    return addressOf(this.#server);
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
    return this.#options.pool.used;
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
  #admitted(access: Access | Promise<Access>, socket: Socket | undefined): Access | Promise<Access> {
    if (access instanceof Promise) return access.then((opened) => this.#admitted(opened, socket));
    if (socket !== undefined) this.#guests.of(socket)?.known(access.expiry?.until);
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

  /**
   * Takes no more connections, answers what was sent, and lets clients leave; those that do not in time are cut off.
   */
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
