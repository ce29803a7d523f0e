/**
 * The MessagePack door: for clients in any language. Frames as src/wire/msgpack.ts describes them; many requests in flight on a connection, replies as they
 * come, matched by id. A connection that sends more than it may have in flight is not read until replies have left.
 */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { ObjectLedger, RequestError } from '../../client/index.ts';
import { TallystickError } from '../../model/index.ts';
import {
  decodeMessage,
  encodeRefusal,
  encodeReply,
  FRAME_SIZE_MAX,
  type Message,
  operationsByName,
  type Refusal,
  runByName,
} from '../../wire/index.ts';
import { Frames } from '../frames.ts';
import type { LanePort } from '../ingress.ts';
import { LaneWish } from '../lane-wish.ts';
import { LANES, type Lane } from '../lanes.ts';

export interface MessagePackOptions {
  /** Requests that a connection may have in flight. */
  readonly inFlightMax?: number;
  readonly connectionsMax?: number;
  /** A frame that has begun must be whole within that many milliseconds. */
  readonly frameTimeoutMs?: number;
}

const DEFAULTS: Required<MessagePackOptions> = { inFlightMax: 256, connectionsMax: 10_000, frameTimeoutMs: 10_000 };

export class MessagePackServer {
  readonly #server: Server;
  readonly #options: Required<MessagePackOptions>;
  readonly #ledgers: { readonly [lane in Lane]: ObjectLedger };
  readonly #connections = new Set<Connection>();

  constructor(port: LanePort, options: MessagePackOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    const ledger = (lane: Lane): ObjectLedger => new ObjectLedger(new LaneWish(port, lane));
    this.#ledgers = { critical: ledger('critical'), high: ledger('high'), normal: ledger('normal') };
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = this.#options.connectionsMax;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  listen(port: number, host: string): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  #accept(socket: Socket): void {
    const connection = new Connection(socket, this.#ledgers, this.#options, () => this.#connections.delete(connection));
    this.#connections.add(connection);
  }

  /** Takes no more connections and requests, answers what is in flight, and closes. */
  async drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    await closed;
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #ledgers: { readonly [lane in Lane]: ObjectLedger };
  readonly #options: Required<MessagePackOptions>;
  readonly #frames = new Frames(FRAME_SIZE_MAX);
  #inFlight = 0;
  #draining = false;
  #corked = false;
  #frameTimer: NodeJS.Timeout | undefined;

  constructor(
    socket: Socket,
    ledgers: { readonly [lane in Lane]: ObjectLedger },
    options: Required<MessagePackOptions>,
    gone: () => void,
  ) {
    this.#socket = socket;
    this.#ledgers = ledgers;
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
      this.#send(encodeRefusal(undefined, refusal(error)));
      this.drain();
      return;
    }
    this.#watchFrame();
    if (this.#inFlight >= this.#options.inFlightMax) this.#socket.pause();
  }

  /** Half a frame may not sit here for ever. */
  #watchFrame(): void {
    if (this.#frames.pending === 0) {
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
      this.#send(encodeRefusal(undefined, refusal(error)));
      return;
    }
    this.#inFlight++;
    this.#run(message).then((reply) => {
      this.#inFlight--;
      this.#send(reply);
      if (this.#draining && this.#inFlight === 0) this.#socket.end();
      else this.#resume();
    });
  }

  async #run(message: Message): Promise<Uint8Array> {
    try {
      const operation = operationsByName.get(message.operation);
      if (operation === undefined) {
        throw new TallystickError('invalid_argument', `there is no operation ${message.operation.slice(0, 64)}`);
      }
      const results = await runByName(this.#ledgers[laneOf(message.lane)], operation, message.events, same);
      return encodeReply(message, results);
    } catch (error) {
      return encodeRefusal(message, refusal(error));
    }
  }

  /** Replies of one turn leave together. */
  #send(bytes: Uint8Array): void {
    if (this.#socket.destroyed) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }

  #resume(): void {
    const room = this.#inFlight < this.#options.inFlightMax && !this.#socket.writableNeedDrain;
    if (room && !this.#draining && this.#socket.isPaused()) this.#socket.resume();
  }

  drain(): void {
    this.#draining = true;
    if (this.#inFlight === 0) this.#socket.end();
  }
}

/** MessagePack has a u64 of its own. */
function same(value: bigint): bigint {
  return value;
}

function laneOf(lane: unknown): Lane {
  if (lane === undefined || lane === null) return 'normal';
  if (LANES.includes(lane as Lane)) return lane as Lane;
  throw new TallystickError('invalid_argument', `a lane is one of ${LANES.join(', ')}`);
}

function refusal(error: unknown): Refusal {
  if (error instanceof TallystickError || error instanceof RequestError) {
    const { code, message, retriable, next } = error;
    return { code, message, retriable, next };
  }
  const failed = new TallystickError('engine_failed', String((error as Error)?.message ?? error));
  return { code: failed.code, message: failed.message, retriable: failed.retriable, next: failed.next };
}
