/** The connections of a gRPC server: counted, pinged, and closed if the peer does not answer. */
import {
  constants,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { DoorCounters, Guest } from 'tallystick/internal/base';
import type { Guests } from '../guests.ts';
import type { GrpcLimits } from './limits.ts';

/** Bytes that a client may have on their way unread, on all its streams together. */
const WINDOW = 2 * 1024 * 1024;
const LAST_STREAM = 2 ** 31 - 1;
/** A stranger's connection ends after so many refusals: clients with several callers behind one token have as many. */
const REFUSALS_MAX = 16;

interface Connection {
  readonly since: number;
  readonly guest: Guest | undefined;
  /** Whether the client has said anything. */
  greeted: boolean;
  pinged: number;
  answered: boolean;
  /** Calls that were refused while its caller was a stranger. */
  refusals: number;
}

export class Connections {
  readonly #limits: GrpcLimits;
  readonly #counters: DoorCounters;
  readonly #guests: Guests;
  readonly #sessions = new Map<ServerHttp2Session, Connection>();
  readonly #sockets = new Map<Socket, { received: number; sent: number }>();
  #leaving = false;

  constructor(server: Http2Server | Http2SecureServer, limits: GrpcLimits, counters: DoorCounters, guests: Guests) {
    this.#guests = guests;
    this.#limits = limits;
    this.#counters = counters;
    server.on('connection', (socket: Socket) => this.#count(socket));
    server.on('drop', () => counters.refuse('too_many_connections'));
    server.on('session', (session) => this.#welcome(session));
    // An error before there is a session is not from our client, or not in our protocol.
    server.on('sessionError', () => undefined);
  }

  #welcome(session: ServerHttp2Session): void {
    const now = performance.now();
    const guest = session.destroyed ? undefined : this.#guests.of(session.socket);
    const connection = { since: now, guest, greeted: false, pinged: now, answered: true, refusals: 0 };
    this.#sessions.set(session, connection);
    session.setLocalWindowSize(WINDOW);
    session.once('remoteSettings', () => {
      connection.greeted = true;
    });
    session.on('error', () => undefined);
    session.once('close', () => this.#sessions.delete(session));
    if (this.#leaving) session.close();
  }

  /** The connection of a call, as the door admitted it. */
  guestOf({ session }: ServerHttp2Stream): Guest | undefined {
    return this.#sessions.get(session as ServerHttp2Session)?.guest;
  }

  /** A call was refused because nobody knows its caller. The last one that a stranger hears of ends its connection. */
  refused({ session }: ServerHttp2Stream): void {
    const connection = this.#sessions.get(session as ServerHttp2Session);
    if (connection?.guest?.isStranger !== true || ++connection.refusals !== REFUSALS_MAX) return;
    session?.close();
  }

  /** Bytes as the kernel has them, TLS included. */
  #count(socket: Socket): void {
    this.#counters.connections++;
    this.#counters.connectionsAccepted++;
    this.#sockets.set(socket, { received: 0, sent: 0 });
    socket.once('close', () => {
      this.#countBytes(socket);
      this.#sockets.delete(socket);
      this.#counters.connections--;
    });
  }

  #countBytes(socket: Socket): void {
    const counted = this.#sockets.get(socket)!;
    this.#counters.bytesReceived += socket.bytesRead - counted.received;
    this.#counters.bytesSent += socket.bytesWritten - counted.sent;
    counted.received = socket.bytesRead;
    counted.sent = socket.bytesWritten;
  }

  sweep(now: number): void {
    for (const socket of this.#sockets.keys()) this.#countBytes(socket);
    const { helloMs, pingMs, pongMs } = this.#limits;
    for (const [session, connection] of this.#sessions) {
      if (session.destroyed) continue;
      const silent = !connection.greeted && now - connection.since >= helloMs;
      if (silent || (!connection.answered && now - connection.pinged >= pongMs)) session.destroy();
      else if (connection.answered && now - connection.pinged >= pingMs) ping(session, connection, now);
    }
  }

  /** Clients hear that they should go elsewhere with new calls. */
  announceLeaving(): void {
    this.#leaving = true;
    for (const session of this.#alive()) session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM);
  }

  /** Each ends with its last call. */
  close(): void {
    for (const session of this.#alive()) session.close();
  }

  destroy(): void {
    for (const session of this.#alive()) session.destroy();
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  #alive(): ServerHttp2Session[] {
    return [...this.#sessions.keys()].filter((session) => !session.destroyed);
  }
}

function ping(session: ServerHttp2Session, connection: Connection, now: number): void {
  connection.pinged = now;
  connection.answered = false;
  session.ping((error) => {
    connection.answered = error === null;
  });
}
