/**
 * One connection of the MessagePack door: frames in, replies out as they come, and no more of either than the client
 * may have on its way.
 */
import type { Socket } from 'node:net';
import { assert } from 'tallystick/internal/base';
import { Cells, invalid, named, type Port, TallystickError } from 'tallystick/internal/model';
import {
  asTallystickError,
  cellsCount,
  type OperationByName,
  operationsByName,
  packEvents,
} from 'tallystick/internal/wire';
import { type Believed, expired, watchExpiry } from '../../identity/index.ts';
import {
  type Asker,
  decodeMessage,
  encodeRefusal,
  encodeWelcomed,
  FRAME_SIZE_MAX,
  HELLO,
  HELLO_FRAME_SIZE_MAX,
  type Message,
  packedReplyRoom,
  readTransfers,
  writePackedReply,
} from '../../msgpack/index.ts';
import { Allowance } from '../allowance.ts';
import { contextOf, type Heard } from '../context.ts';
import { Frames } from '../frames.ts';
import { namedBySession } from '../idempotency.ts';
import { laneOf } from '../lanes.ts';
import { Place, pooledCells } from '../place.ts';
import { HALF_CLOSED_MS, Presence, timeoutOf } from '../presence.ts';
import { holdTo, pinText } from '../served.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Replies } from './replies.ts';

const createTransfers = operationsByName.get('create_transfers')!;

export class Connection implements Believed {
  readonly #socket: Socket;
  /** Undefined until it is known who asks. */
  #port: Port | undefined;
  /** A token is being looked at: nothing is taken until then. */
  #greeting = false;
  readonly #options: ConnectionOptions;
  readonly #frames: Frames;
  readonly #replies: Replies;
  readonly allowance: Allowance;
  readonly #place: Place;
  #draining = false;
  /** The client has nothing more to say. */
  #ended = false;
  #resuming = false;
  #frameTimer: NodeJS.Timeout | undefined;
  #unwatch = (): void => {};
  readonly #presence = new Presence();
  #leaving: NodeJS.Timeout | undefined;
  /** Said when everything else is. */
  #lastWord: TallystickError | undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    const { limits, pool, tokens } = options;
    this.#socket = socket;
    this.#options = options;
    this.#place = new Place(pool, () => this.#workSoon());
    this.#frames = new Frames(tokens ? HELLO_FRAME_SIZE_MAX : FRAME_SIZE_MAX);
    if (tokens) {
      const late = new TallystickError('timed_out', `a hello did not come within ${limits.helloMs} ms`);
      this.#frameTimer = setTimeout(() => this.#refuseAll(late), limits.helloMs);
    } else {
      const access = options.admit(undefined);
      assert(!(access instanceof Promise), 'a door without tokens waits for nobody');
      this.#port = access.port;
    }
    this.#replies = new Replies(socket, limits.writeMs, () => {
      this.#endIfDone();
      this.#workSoon();
    });
    const standing = (): number => this.#replies.standing;
    this.allowance = new Allowance({ ...options, standing, wake: () => this.#workSoon() });
    socket.on('data', (chunk: Buffer) => {
      if (this.#draining) return;
      this.#frames.push(chunk);
      this.#work();
    });
    socket.on('drain', () => this.#work());
    socket.on('end', () => {
      this.#ended = true;
      this.#leaving = setTimeout(() => this.#presence.leave(), HALF_CLOSED_MS).unref();
      this.#work();
    });
    // A peer that resets a connection is its own business; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#frameTimer);
      clearTimeout(this.#leaving);
      this.#unwatch();
      this.#presence.leave();
      this.#replies.close();
      this.allowance.close();
      this.#place.leave();
      options.gone();
    });
  }

  /** A hello needs none: whoever waits to be known must not be taken for one who says nothing. */
  get #hasRoom(): boolean {
    if (this.#port === undefined) return true;
    return !this.#place.taken && this.allowance.has();
  }

  /** Takes whole frames for as long as their replies have room, and reads on when there is none left to take. */
  #work(): void {
    if (this.#draining || this.#socket.destroyed) return;
    const frames = this.#frames;
    let took = false;
    let waiting = false;
    try {
      while (!waiting && !this.#greeting && !this.#draining && (frames.pending === 0 || this.#hasRoom)) {
        waiting = !frames.next();
        if (waiting) break;
        took = true;
        this.#handle();
      }
    } catch (error) {
      // Behind a malformed frame nothing can be read.
      this.#refuseAll(error);
      return;
    }
    if (!this.#draining && waiting && this.#ended) this.drain();
    if (this.#draining) return;
    if (waiting === this.#socket.isPaused()) {
      if (waiting) this.#socket.resume();
      else this.#socket.pause();
    }
    this.#watchFrame(waiting, took);
  }

  /** Says why, answers what is in flight, and ends. */
  #refuseAll(error: unknown, asker?: Asker): void {
    this.#refuse(error, asker);
    this.drain();
  }

  /** Half a frame may not sit here for ever, unless it is we who do not read the rest. */
  #watchFrame(reading: boolean, took: boolean): void {
    if (this.#port === undefined) return;
    const half = reading && this.#frames.pending > 0;
    if (this.#frameTimer !== undefined && (took || !half)) {
      clearTimeout(this.#frameTimer);
      this.#frameTimer = undefined;
    }
    if (!half) return;
    const { frameMs } = this.#options.limits;
    const late = (): void =>
      this.#refuseAll(new TallystickError('timed_out', `the rest of a frame did not come within ${frameMs} ms`));
    this.#frameTimer ??= setTimeout(late, frameMs).unref();
  }

  #handle(): void {
    const { bytes, start, end } = this.#frames;
    const plain = this.#port === undefined ? undefined : readTransfers(bytes, start, end);
    if (plain !== undefined) {
      this.#submit(plain, createTransfers, plain.count, {
        operation: createTransfers.number,
        events: plain.bytes,
        wish: undefined,
      });
      return;
    }
    let message: Message | undefined;
    try {
      message = decodeMessage(bytes.subarray(start, end));
      if (message.complaint !== undefined) throw message.complaint;
      if (message.operation === HELLO) this.#greet(message);
      else if (this.#port === undefined)
        throw new TallystickError('unauthenticated', 'the first message must be a hello');
      else this.#run(message, this.#port);
    } catch (error) {
      if (this.#port === undefined) this.#refuseAll(error, message);
      else this.#refuse(error, message);
    }
  }

  #greet({ id, asArray, events: token, pin }: Message): void {
    const asker = { id, asArray };
    if (this.#port !== undefined) {
      if (this.#options.tokens && typeof token === 'string') throw invalid('a second hello with a token');
      this.#welcome(asker, pin);
      return;
    }
    this.#greeting = true;
    Promise.resolve(this.#options.admit(typeof token === 'string' ? token : undefined)).then(
      (access) => {
        clearTimeout(this.#frameTimer);
        this.#frameTimer = undefined;
        this.#greeting = false;
        this.#options.known(access);
        this.#port = access.port;
        this.#unwatch = watchExpiry(access.expiry, this);
        this.#frames.sizeMax = FRAME_SIZE_MAX;
        this.#welcome(asker, pin);
        this.#work();
      },
      () => {
        this.#greeting = false;
        // Why is for us to know.
        this.#refuseAll(new TallystickError('unauthenticated'), asker);
      },
    );
  }

  /** A client that is at the wrong ledger hears so, and nothing that it has sent behind its hello is taken. */
  #welcome(asker: Asker, pin: unknown): void {
    try {
      holdTo(this.#options.served, pin);
    } catch (error) {
      this.#refuseAll(error, asker);
      return;
    }
    this.#say(encodeWelcomed(asker, pinText(this.#options.served)));
  }

  #run(message: Message, port: Port): void {
    const operation = operationsByName.get(message.operation);
    if (operation === undefined) throw invalid(`there is no operation ${named(message.operation)}`);
    const wish = laneOf(message.lane, 'a lane');
    const { timeoutMs } = timeoutOf(message.timeout, 'timeout_ms');
    const { count, bytes } = packEvents(operation, message.events);
    if (count > port.eventsMax) throw new TallystickError('too_much_data');
    if (count === 0) this.#answer(message, operation, Cells.none, 0, 0);
    else {
      const { traceparent } = message.caller;
      const { once } = namedBySession(message.session, message.request, operation.number, bytes);
      this.#submit(message, operation, count, {
        operation: operation.number,
        wish,
        events: bytes,
        timeoutMs,
        traceparent,
        once,
      });
    }
  }

  #submit({ id, asArray }: Asker, operation: OperationByName, count: number, said: Heard): void {
    const asker = { id, asArray };
    const { events, wish } = said;
    const reply = operation.single ? FRAME_SIZE_MAX : packedReplyRoom(asker, operation.reply, count);
    // The cells of the pool are the place's.
    const cost = { cells: 1 + cellsCount(events.length), pooled: 0, reply };
    const pooled = pooledCells(wish, operation.number, count, events.length);
    this.allowance.take(cost);
    this.allowance.settle();
    const answered = (): void => {
      this.#place.give(pooled);
      this.allowance.give(cost);
      this.#workSoon();
    };
    this.#place.enter(pooled, () => {
      // One `then`: `catch` and `finally` behind it make five more functions and promises, for each transfer.
      this.#port!.request({
        operation: operation.number,
        count,
        write: (cells, at) => cells.bytes.set(events, at),
        read: (cells, at, size) => this.#answer(asker, operation, cells, at, size),
        context: contextOf(this.#presence.terms, this.#options.counters, said),
      }).then(answered, (error: unknown) => {
        this.#refuse(error, asker);
        answered();
      });
    });
  }

  #answer(asker: Asker, { reply }: OperationByName, cells: Cells, from: number, size: number): void {
    const count = size / reply.size;
    const written = this.#replies.add(packedReplyRoom(asker, reply, count), (to, at) =>
      writePackedReply(to, at, asker, reply, cells, from, size, this.#options.served.op),
    );
    if (written) return;
    const why =
      `${count} results take more than ${FRAME_SIZE_MAX} bytes, which a frame has at most: ask with a smaller ` +
      'limit';
    this.#refuse(new TallystickError('too_much_data', why), asker);
  }

  #refuse(error: unknown, asker: Asker | undefined): void {
    const { code, message, retriable, next, retryAfterMs } = asTallystickError(error);
    const wait = retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs };
    this.#options.counters.refuse(code);
    this.#say(encodeRefusal(asker, { code, message, retriable, next, ...wait }));
  }

  #say(bytes: Uint8Array): void {
    this.#replies.add(bytes.length, (to, at) => {
      to.set(bytes, at);
      return at + bytes.length;
    });
  }

  /** Once for all requests that were answered in a turn, if the reader waits for that. */
  #workSoon(): void {
    if (this.#resuming || this.#draining || !this.#socket.isPaused()) return;
    this.#resuming = true;
    setImmediate(() => {
      this.#resuming = false;
      this.#work();
    });
  }

  #endIfDone(): void {
    if (!this.#draining || this.allowance.requests > 0 || !this.#replies.empty) return;
    const word = this.#lastWord;
    this.#lastWord = undefined;
    if (word === undefined) this.#replies.end();
    else this.#refuse(word, undefined);
  }

  /** The client's token is not good any more: what was taken is answered, then it hears why nothing else is. */
  expire(): void {
    if (this.#draining) return;
    this.#lastWord = expired();
    this.drain();
  }

  /** Takes no more requests, and ends when those that were taken are answered. */
  drain(): void {
    this.#draining = true;
    clearTimeout(this.#frameTimer);
    // Nothing of it is kept, but a socket that is not read does not hear that its peer has gone.
    this.#socket.resume();
    this.#endIfDone();
  }
}
