/** One connection of the MessagePack door: frames in, replies out as they come, and no more of either than the client may have on its way. */
import type { Socket } from 'node:net';
import type { DoorCounters } from '../../base/index.ts';
import { type Cells, invalid, TallystickError } from '../../model/index.ts';
import {
  type Asker,
  decodeMessage,
  encodeRefusal,
  FRAME_SIZE_MAX,
  type Message,
  type OperationByName,
  operationsByName,
  packEvents,
  packedReplyRoom,
  readTransfers,
  writePackedReply,
} from '../../wire/index.ts';
import { Frames } from '../frames.ts';
import type { LanePort, RequestContext } from '../ingress.ts';
import { LANES, type Lane } from '../lanes.ts';
import { Replies } from './replies.ts';

export interface ConnectionLimits {
  /** Requests that a connection may have in flight. */
  readonly inFlightMax: number;
  /** Bytes of replies that a connection may have coming or standing; with that many its requests wait. */
  readonly repliesMax: number;
  /** A frame that has begun must be whole within that many milliseconds. */
  readonly frameTimeoutMs: number;
  /** The client must take its replies within that many milliseconds. */
  readonly writeTimeoutMs: number;
}

const createTransfers = operationsByName.get('create_transfers')!;
const none = new ArrayBuffer(0);
const NOTHING: Cells = { bytes: new Uint8Array(none), u32: new Uint32Array(none), view: new DataView(none) };

export class Connection {
  readonly #socket: Socket;
  readonly #port: LanePort;
  readonly #counters: DoorCounters;
  readonly #limits: ConnectionLimits;
  readonly #frames = new Frames(FRAME_SIZE_MAX);
  readonly #replies: Replies;
  #inFlight = 0;
  /** Bytes that the requests in flight may be answered with. */
  #expected = 0;
  #draining = false;
  /** The client has nothing more to say. */
  #ended = false;
  #resuming = false;
  #frameTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, port: LanePort, limits: ConnectionLimits, counters: DoorCounters, gone: () => void) {
    this.#socket = socket;
    this.#port = port;
    this.#counters = counters;
    this.#limits = limits;
    this.#replies = new Replies(socket, limits.writeTimeoutMs, () => this.#flushed());
    socket.on('data', (chunk: Buffer) => {
      if (this.#draining) return;
      this.#frames.push(chunk);
      this.#work();
    });
    socket.on('drain', () => this.#work());
    socket.on('end', () => {
      this.#ended = true;
      this.#work();
    });
    // A peer that resets a connection is its own business; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#frameTimer);
      this.#replies.close();
      gone();
    });
  }

  get #hasRoom(): boolean {
    const { inFlightMax, repliesMax } = this.#limits;
    return this.#inFlight < inFlightMax && this.#expected + this.#replies.standing < repliesMax;
  }

  /** Takes whole frames for as long as their replies have room, and reads on when there is none left to take. */
  #work(): void {
    if (this.#draining || this.#socket.destroyed) return;
    const frames = this.#frames;
    let took = false;
    let waiting = false;
    try {
      while (!waiting && (frames.pending === 0 || this.#hasRoom)) {
        waiting = !frames.next();
        if (waiting) break;
        took = true;
        this.#handle();
      }
    } catch (error) {
      // What follows a frame that cannot be read cannot be read either.
      this.#refuse(error, undefined);
      this.drain();
      return;
    }
    if (waiting && this.#ended) {
      this.drain();
      return;
    }
    if (waiting === this.#socket.isPaused()) {
      if (waiting) this.#socket.resume();
      else this.#socket.pause();
    }
    this.#watchFrame(waiting, took);
  }

  /** Half a frame may not sit here for ever, unless it is we who do not read the rest. */
  #watchFrame(reading: boolean, took: boolean): void {
    const half = reading && this.#frames.pending > 0;
    if (this.#frameTimer !== undefined && (took || !half)) {
      clearTimeout(this.#frameTimer);
      this.#frameTimer = undefined;
    }
    if (half) this.#frameTimer ??= setTimeout(() => this.#socket.destroy(), this.#limits.frameTimeoutMs).unref();
  }

  #handle(): void {
    const { bytes, start, end } = this.#frames;
    const plain = readTransfers(bytes, start, end);
    if (plain !== undefined) {
      this.#submit(plain, createTransfers, plain.count, { door: this.#counters, events: plain.bytes });
      return;
    }
    let message: Message | undefined;
    try {
      message = decodeMessage(bytes.subarray(start, end));
      this.#run(message);
    } catch (error) {
      this.#refuse(error, message);
    }
  }

  #run(message: Message): void {
    const operation = operationsByName.get(message.operation);
    if (operation === undefined) throw invalid(`there is no operation ${message.operation.slice(0, 64)}`);
    const wish = laneOf(message.lane);
    const { count, bytes } = packEvents(operation, message.events);
    if (count > this.#port.eventsMax) throw new TallystickError('too_much_data');
    if (count === 0) this.#answer(message, operation, NOTHING, 0, 0);
    else this.#submit(message, operation, count, { wish, door: this.#counters, events: bytes });
  }

  #submit(
    { id, asArray }: Asker,
    operation: OperationByName,
    count: number,
    context: RequestContext & { readonly events: Uint8Array },
  ): void {
    const asker = { id, asArray };
    const { events } = context;
    const expected = operation.single ? FRAME_SIZE_MAX : packedReplyRoom(asker, operation.reply, count);
    this.#inFlight++;
    this.#expected += expected;
    const answered = (): void => {
      this.#inFlight--;
      this.#expected -= expected;
      this.#workSoon();
    };
    this.#port
      .request(
        operation.number,
        count,
        (cells, at) => cells.bytes.set(events, at),
        (cells, at, size) => {
          this.#answer(asker, operation, cells, at, size);
          answered();
        },
        context,
      )
      .catch((error: unknown) => {
        this.#refuse(error, asker);
        answered();
      });
  }

  #answer(asker: Asker, { reply }: OperationByName, cells: Cells, from: number, size: number): void {
    const count = size / reply.size;
    const written = this.#replies.add(packedReplyRoom(asker, reply, count), (to, at) =>
      writePackedReply(to, at, asker, reply, cells, from, size),
    );
    if (written) return;
    const why = `${count} results take more than ${FRAME_SIZE_MAX} bytes, which a frame has at most: ask with a smaller limit`;
    this.#refuse(new TallystickError('too_much_data', why), asker);
  }

  #refuse(error: unknown, asker: Asker | undefined): void {
    const known =
      error instanceof TallystickError
        ? error
        : new TallystickError('engine_failed', error instanceof Error ? error.message : String(error));
    const { code, message, retriable, next } = known;
    this.#counters.refuse(code);
    const bytes = encodeRefusal(asker, { code, message, retriable, next });
    this.#replies.add(bytes.length, (to, at) => {
      to.set(bytes, at);
      return at + bytes.length;
    });
  }

  /** Once for all that was answered in a turn, if somebody waits for that. */
  #workSoon(): void {
    if (this.#resuming || this.#draining || !this.#socket.isPaused()) return;
    this.#resuming = true;
    setImmediate(() => {
      this.#resuming = false;
      this.#work();
    });
  }

  #flushed(): void {
    this.#endIfDone();
    this.#workSoon();
  }

  #endIfDone(): void {
    if (this.#draining && this.#inFlight === 0 && this.#replies.empty) this.#replies.end();
  }

  /** Takes no more requests, and ends when those that were taken are answered. */
  drain(): void {
    this.#draining = true;
    // Nothing of it is kept, but a socket that is not read does not hear that its peer has gone.
    this.#socket.resume();
    this.#endIfDone();
  }
}

function laneOf(lane: unknown): Lane {
  if (lane === undefined || lane === null) return 'normal';
  if (LANES.includes(lane as Lane)) return lane as Lane;
  throw invalid(`a lane is one of ${LANES.join(', ')}`);
}
