/**
 * One client of the native door: frames in, requests to the lanes, replies out as they come. Reads no further while the
 * client has used up its credit or leaves its replies standing.
 *
 *   socket ──bytes──> FrameReader ──frames──> port.request ──replies──> Outbox ──> socket
 */
import type { Socket } from 'node:net';
import { FrameStatus, type Operation, operationShapes, TallystickError } from 'tallystick/internal/model';
import {
  BODY_CELLS_MAX,
  Control,
  encodeError,
  encodeWelcome,
  type Frame,
  FrameReader,
  HELLO_CELLS_MAX,
  invalidFrame,
} from 'tallystick/internal/wire';
import { type Access, expired, watchExpiry } from '../../identity/index.ts';
import { Allowance } from '../allowance.ts';
import { HALF_CLOSED_MS, Presence } from '../presence.ts';
import { UNTOLD } from '../served.ts';
import { complaint, costOf, isUrgent, tokenOf } from './check.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { keptFrame, releaseFrame, type Sending, sendAdvance, sendFrame } from './events.ts';
import { Outbox } from './outbox.ts';
import { Patience } from './patience.ts';

const noSession = new Uint8Array(16);
const nothing = new Uint8Array(0);

export class Connection {
  /** The one to use; not the one that was accepted. */
  readonly socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader: FrameReader;
  readonly patience: Patience;
  #outbox: Outbox;
  #session: Uint8Array = noSession;
  /** Undefined until the client has said hello. */
  #access: Access | undefined;
  /** Waits for its access. */
  #greeting = false;
  readonly #allowance: Allowance;
  /** Taken out of the reader, and waiting in line. */
  #held: Frame | undefined;
  #paused = false;
  #scheduled = false;
  #leaving = false;
  /** The client was told why it must go: what it still sends is thrown away until it has heard. */
  #refused = false;
  #expired = false;
  #unwatch = (): void => {};
  readonly #presence = new Presence();
  #gone: NodeJS.Timeout | undefined;
  /** The context of `sendFrame`. */
  #sending: Sending;
  /** The client has said all it wants to say. */
  #ended = false;

  constructor(accepted: Socket, options: ConnectionOptions) {
    this.#options = options;
    this.#sending = { ...options, terms: this.#presence.terms, session: '' };
    this.#reader = new FrameReader(options.slabs);
    const socket = options.read(accepted, {
      room: () => this.#reader.room(),
      received: (bytes, inRoom) => this.#received(bytes, inRoom),
    });
    this.socket = socket;
    this.#outbox = new Outbox(socket, noSession, UNTOLD);
    this.#reader.cellsMax = HELLO_CELLS_MAX;
    this.patience = new Patience(options.limits, socket);
    const standing = (): number => this.#outbox.standing;
    this.#allowance = new Allowance({ ...options, standing, wake: this.#workSoon });
    socket.setNoDelay(true);
    socket.on('drain', () => this.#work());
    socket.on('end', () => {
      this.#ended = true;
      if (this.#refused) socket.destroySoon();
      else this.#endIfIdle();
      this.#gone = setTimeout(() => this.#presence.leave(), HALF_CLOSED_MS).unref();
    });
    // 'close' always follows, and tells what happened to the socket.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#gone);
      this.#unwatch();
      this.#presence.leave();
      this.#allowance.close();
      this.#reader.close();
      releaseFrame(this.#held, this.#options.slabs);
      void this.#access?.replay?.close();
    });
  }

  /** Tells the client to send no more; the connection ends when everything is answered and the client has ended it. */
  leave(): void {
    if (this.#leaving || this.#refused) return;
    this.#leaving = true;
    this.#outbox.say(Control.goodbye, 0, 0, FrameStatus.ok, nothing);
    if (this.#access !== undefined) return;
    this.#outbox.flush();
    this.socket.end();
  }

  /** The client's token is not good any more: what was taken is answered, and nothing else taken. */
  expire(): void {
    this.#expired = true;
    this.#pause(true);
    this.#work();
  }

  /** Ends the connection now; what is unanswered stays unknown to the client. */
  destroy(): void {
    this.socket.destroy();
  }

  /** Called every now and then: ends the connection if its client takes too long. */
  sweep(now: number): void {
    this.#allowance.settle();
    const missing = this.#paused ? undefined : this.patience.missing(now);
    if (this.patience.isStalled(now) || (this.#refused && missing !== undefined)) this.destroy();
    else if (missing !== undefined) this.refuse(new TallystickError('timed_out', missing));
    else if (this.#allowance.requests === 0) this.#outbox.trim();
  }

  #received(bytes: Uint8Array, inRoom: boolean): void {
    if (this.#refused) return;
    if (inRoom) this.#reader.arrived(bytes.length);
    else this.#reader.push(bytes);
    this.#work();
    this.#reader.settle();
  }

  /** Once for all the replies of a turn. */
  readonly #workSoon = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#work();
    });
  };

  /** Takes whole frames as long as there is credit. */
  #work(): void {
    const socket = this.socket;
    if (socket.destroyed || socket.writableEnded || this.#refused) return;
    if (this.#expired) {
      if (this.#allowance.requests === 0) this.refuse(expired());
      return;
    }
    let waiting = false;
    try {
      while (!waiting && !this.#greeting && this.#allowance.has()) {
        const frame = this.#held ?? this.#reader.next();
        this.#held = undefined;
        if (frame === undefined) waiting = true;
        else if (isUrgent(frame) || this.#allowance.admits()) this.#take(frame);
        else {
          this.#held = keptFrame(frame, this.#options.slabs);
          break;
        }
      }
    } catch (error) {
      this.refuse(error);
      return;
    }
    // A socket that is not read does not notice that its peer has gone, so we pause it only for frames that cannot be
    // taken yet.
    this.#pause(!waiting && (this.#held !== undefined || this.#greeting || this.#reader.unread > 0));
    if (this.#access === undefined) return;
    if (waiting && this.#reader.unread > 0) this.patience.frameBegun();
    else this.patience.settled();
    this.#endIfIdle();
  }

  #pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.socket[paused ? 'pause' : 'resume']();
  }

  #take(frame: Frame): void {
    if (this.#access === undefined) {
      if (frame.operation !== Control.hello) throw invalidFrame('the first frame must be a hello');
      this.#greet(frame);
      return;
    }
    if (frame.session !== this.#session && Buffer.compare(frame.session, this.#session) !== 0) {
      throw invalidFrame('a frame of another session');
    }
    switch (frame.operation) {
      case Control.hello:
        throw invalidFrame('a second hello');
      case Control.ping:
        releaseFrame(frame, this.#options.slabs);
        this.#outbox.say(Control.ping, frame.request, 0, FrameStatus.ok, nothing);
        return;
      case Control.advance:
        this.#advance(this.#access, frame);
        return;
      default:
        this.#request(this.#access, frame);
    }
  }

  /** Nothing is taken until there is access: its requests would have nowhere to go. */
  #greet(frame: Frame): void {
    const { cluster, admit } = this.#options;
    this.#session = frame.session;
    this.#sending = { ...this.#sending, session: String.fromCharCode(...frame.session) };
    this.#outbox = new Outbox(this.socket, frame.session, UNTOLD);
    const opening = admit(tokenOf(frame, cluster), this.socket);
    if (!(opening instanceof Promise)) {
      this.#welcome(opening, frame.request);
      return;
    }
    this.#greeting = true;
    opening.then(
      (opened) => {
        this.#greeting = false;
        if (this.socket.destroyed) void opened.replay?.close();
        else {
          this.#welcome(opened, frame.request);
          this.#work();
        }
      },
      (error: unknown) => this.refuse(error),
    );
  }

  #welcome(access: Access, request: number): void {
    const { limits, traces, served } = this.#options;
    this.#access = access;
    // Strangers do not hear of the ledger.
    this.#outbox = new Outbox(this.socket, this.#session, served);
    this.#reader.cellsMax = BODY_CELLS_MAX;
    this.#reader.traces = traces;
    this.patience.settled();
    this.#unwatch = watchExpiry(access.expiry, this);
    const { eventsMax } = access.port;
    const body = encodeWelcome({ ...this.#options, ...limits, ledgerId: served.ledgerId, eventsMax });
    this.#outbox.say(Control.hello, request, 0, FrameStatus.ok, body);
  }

  #request({ port }: Access, frame: Frame): void {
    const { operation, request } = frame;
    const refused = complaint(frame, this.#options.replay);
    if (refused !== undefined) {
      releaseFrame(frame, this.#options.slabs);
      this.#outbox.say(operation, request, 0, FrameStatus.error, encodeError(refused));
      return;
    }
    const shape = operationShapes[operation as Operation];
    const cost = costOf(frame);
    this.#allowance.take(cost);
    const answered = (): void => {
      this.#allowance.give(cost);
      if (this.#paused) this.#workSoon();
      else if (this.#ended) this.#endIfIdle();
    };
    sendFrame(
      port,
      frame,
      this.#sending,
      ({ bytes }, at, length) => {
        this.#outbox.say(operation, request, length / shape.replySize, FrameStatus.ok, bytes, at, length);
        answered();
      },
      (error) => {
        this.#outbox.say(operation, request, 0, FrameStatus.error, encodeError(error));
        answered();
      },
    );
  }

  #advance(access: Access, frame: Frame): void {
    const { request, operation } = frame;
    const cost = costOf(frame);
    this.#allowance.take(cost);
    sendAdvance(access, frame, this.#options, (status, body) => {
      this.#outbox.say(operation, request, 0, status, body);
      this.#allowance.give(cost);
      this.#workSoon();
    });
  }

  /**
   * Says why and ends; nothing that the client sends after that can be trusted, or is wanted. It is read nevertheless:
   * a socket closed on unread bytes is reset, and the client would not hear why.
   */
  refuse(error: unknown): void {
    if (this.#refused) return;
    this.#options.counters?.refuse(error instanceof TallystickError ? error.code : 'engine_failed');
    this.#outbox.say(
      this.#access === undefined ? Control.hello : Control.goodbye,
      0,
      0,
      FrameStatus.error,
      encodeError(error),
    );
    this.#outbox.flush();
    this.socket.end();
    this.#refused = true;
    this.patience.refused();
    this.#pause(false);
    if (this.#ended) this.socket.destroySoon();
  }

  #endIfIdle(): void {
    if (!this.#ended || this.#allowance.requests > 0 || this.#greeting) return;
    this.#outbox.flush();
    this.socket.end();
  }
}
