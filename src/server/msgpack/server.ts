/**
 * The MessagePack door: for clients in any language. Frames as src/wire/msgpack.ts describes them; many requests in flight on a connection, replies as they
 * come, matched by id. A connection that sends more than it may have in flight is not read until replies have left.
 */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { DoorCounters } from '../../base/index.ts';
import { type Cells, invalid, TallystickError } from '../../model/index.ts';
import {
  decodeMessage,
  encodeRefusal,
  encodeReply,
  FRAME_SIZE_MAX,
  type Message,
  operationsByName,
  type PlainRecord,
  packEvents,
} from '../../wire/index.ts';
import { Frames } from '../frames.ts';
import type { LanePort } from '../ingress.ts';
import { LANES, type Lane } from '../lanes.ts';
import { isLoopback } from '../security/exposure.ts';
import { closedWithin, SocketCounts } from '../socket-counts.ts';

export interface MessagePackOptions {
  /** Requests that a connection may have in flight. */
  readonly inFlightMax?: number;
  readonly connectionsMax?: number;
  /** A frame that has begun must be whole within that many milliseconds. */
  readonly frameTimeoutMs?: number;
}

const DEFAULTS: Required<MessagePackOptions> = { inFlightMax: 256, connectionsMax: 10_000, frameTimeoutMs: 10_000 };

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
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
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

class Connection {
  readonly #socket: Socket;
  readonly #port: LanePort;
  readonly #counters: DoorCounters;
  readonly #options: Required<MessagePackOptions>;
  readonly #frames = new Frames(FRAME_SIZE_MAX);
  #inFlight = 0;
  #draining = false;
  #outbox: Uint8Array[] = [];
  #frameTimer: NodeJS.Timeout | undefined;

  constructor(
    socket: Socket,
    port: LanePort,
    options: Required<MessagePackOptions>,
    counters: DoorCounters,
    gone: () => void,
  ) {
    this.#socket = socket;
    this.#port = port;
    this.#counters = counters;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#resume());
    socket.on('end', () => this.drain());
    // A peer that resets a connection is its own business; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#frameTimer);
      gone();
    });
  }

  #receive(chunk: Buffer): void {
    try {
      for (const body of this.#frames.push(chunk)) this.#handle(body);
    } catch (error) {
      // What follows a frame that cannot be read cannot be read either.
      this.#send(this.#refusal(error));
      this.drain();
      return;
    }
    if (this.#inFlight >= this.#options.inFlightMax) this.#socket.pause();
    this.#watchFrame();
  }

  /** Half a frame may not sit here for ever, unless it is we who do not read the rest. */
  #watchFrame(): void {
    if (this.#frames.pending === 0 || this.#socket.isPaused()) {
      clearTimeout(this.#frameTimer);
      this.#frameTimer = undefined;
    } else {
      this.#frameTimer ??= setTimeout(() => this.#socket.destroy(), this.#options.frameTimeoutMs).unref();
    }
  }

  #handle(body: Buffer): void {
    if (this.#draining) return;
    let message: Message;
    try {
      message = decodeMessage(body);
    } catch (error) {
      this.#send(this.#refusal(error));
      return;
    }
    this.#inFlight++;
    let reply: Promise<Uint8Array>;
    try {
      reply = this.#run(message);
    } catch (error) {
      this.#answer(this.#refusal(error, message));
      return;
    }
    reply.then(
      (bytes) => this.#answer(bytes),
      (error: unknown) => this.#answer(this.#refusal(error, message)),
    );
  }

  #answer(reply: Uint8Array): void {
    this.#inFlight--;
    this.#send(reply);
    this.#resume();
  }

  #run(message: Message): Promise<Uint8Array> {
    const operation = operationsByName.get(message.operation);
    if (operation === undefined) throw invalid(`there is no operation ${message.operation.slice(0, 64)}`);
    const context = { wish: laneOf(message.lane), door: this.#counters };
    const { count, bytes } = packEvents(operation, message.events);
    if (count > this.#port.eventsMax) throw new TallystickError('too_much_data');
    if (count === 0) return Promise.resolve(encodeReply(message, operation.reply, NOTHING, 0, 0));
    return this.#port.request(
      operation.number,
      count,
      (cells, at) => cells.bytes.set(bytes, at),
      (cells, at, size) => this.#reply(message, operation.reply, cells, at, size),
      { ...context, events: bytes },
    );
  }

  #reply(message: Message, record: PlainRecord, cells: Cells, at: number, size: number): Uint8Array {
    const reply = encodeReply(message, record, cells, at, size);
    if (reply.length <= 4 + FRAME_SIZE_MAX) return reply;
    const count = size / record.size;
    const why = `${count} results take ${reply.length} bytes, a frame has ${FRAME_SIZE_MAX} at most: ask with a smaller limit`;
    return this.#refusal(new TallystickError('too_much_data', why), message);
  }

  #refusal(error: unknown, message?: Message): Uint8Array {
    const known =
      error instanceof TallystickError
        ? error
        : new TallystickError('engine_failed', error instanceof Error ? error.message : String(error));
    const { code, message: text, retriable, next } = known;
    this.#counters.refuse(code);
    return encodeRefusal(message, { code, message: text, retriable, next });
  }

  /** Replies of one turn leave together, as one piece: a write for each would cost more than the replies. */
  #send(bytes: Uint8Array): void {
    if (this.#socket.destroyed) return;
    if (this.#outbox.length === 0) setImmediate(() => this.#flush());
    this.#outbox.push(bytes);
  }

  #flush(): void {
    const replies = this.#outbox;
    this.#outbox = [];
    if (this.#socket.destroyed) return;
    this.#socket.write(replies.length === 1 ? replies[0]! : Buffer.concat(replies));
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#draining && this.#inFlight === 0 && this.#outbox.length === 0) this.#socket.end();
  }

  #resume(): void {
    const room = this.#inFlight < this.#options.inFlightMax && !this.#socket.writableNeedDrain;
    if (!room || this.#draining || !this.#socket.isPaused()) return;
    this.#socket.resume();
    this.#watchFrame();
  }

  drain(): void {
    this.#draining = true;
    this.#endIfDone();
  }
}

const none = new ArrayBuffer(0);
const NOTHING: Cells = { bytes: new Uint8Array(none), u32: new Uint32Array(none), view: new DataView(none) };

function laneOf(lane: unknown): Lane {
  if (lane === undefined || lane === null) return 'normal';
  if (LANES.includes(lane as Lane)) return lane as Lane;
  throw invalid(`a lane is one of ${LANES.join(', ')}`);
}
