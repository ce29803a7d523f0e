/** Messages out of a call, one at a time, read no faster than they are taken. */
import type { ServerHttp2Stream } from 'node:http2';
import { TallystickError } from 'tallystick/internal/model';
import { asTallystickError, GrpcFrameReader, malformed } from 'tallystick/internal/wire';

export interface Receiver {
  /** Whether the next message, of that size, may be read now. If not: call `pump` when it may. */
  admits(size: number): boolean;
  message(bytes: Uint8Array): void;
  /** After the last message. */
  end(): void;
  /** The bytes are malformed, or came too slowly; nothing more is read. */
  failed(error: TallystickError): void;
}

export class Incoming {
  readonly #stream: ServerHttp2Stream;
  readonly #receiver: Receiver;
  readonly #frames: GrpcFrameReader;
  #admitted = false;
  #pumping = false;
  #stopped = false;
  #ended = false;
  /** When the message that is not yet whole was begun; 0: there is none. */
  #begun = 0;

  constructor(stream: ServerHttp2Stream, receiver: Receiver, messageSizeMax: number) {
    this.#stream = stream;
    this.#receiver = receiver;
    this.#frames = new GrpcFrameReader(messageSizeMax);
    stream.on('data', (chunk: Uint8Array) => {
      if (this.#stopped) return;
      this.#frames.push(chunk);
      this.pump();
    });
    stream.on('end', () => {
      this.#ended = true;
      this.pump();
    });
  }

  /** Bytes that have come and stand while the stream is not read: as many as its window, whatever it is asked for. */
  get unread(): number {
    return this.#stream.isPaused() ? this.#stream.readableLength : 0;
  }

  /** Reads on, as far as the receiver admits. */
  pump(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    try {
      if (this.#read()) this.#readAll();
      else this.#stream.pause();
    } catch (error) {
      this.stop();
      this.#receiver.failed(asTallystickError(error));
    }
    this.#pumping = false;
  }

  /** False if the receiver does not admit the next message. */
  #read(): boolean {
    while (!this.#stopped) {
      if (!this.#admitted) {
        const size = this.#frames.size();
        if (size === undefined) break;
        if (!this.#receiver.admits(size)) return false;
        this.#admitted = true;
      }
      const message = this.#frames.next();
      if (message === undefined) break;
      this.#admitted = false;
      this.#begun = 0;
      this.#receiver.message(message);
    }
    if (this.#frames.partial && this.#begun === 0) this.#begun = performance.now();
    return true;
  }

  #readAll(): void {
    if (!this.#ended) {
      this.#stream.resume();
    } else if (!this.#stopped) {
      if (this.#frames.partial) throw malformed('the stream ends within a message');
      this.stop();
      this.#receiver.end();
    }
  }

  /** Takes no more messages; what still comes is let pass. */
  stop(): void {
    this.#stopped = true;
    this.#stream.resume();
  }

  /** Gives up on a message that is too long on its way. */
  sweep(now: number, messageMs: number): void {
    if (this.#stopped || this.#begun === 0 || now - this.#begun < messageMs || this.#stream.isPaused()) return;
    this.stop();
    this.#receiver.failed(new TallystickError('timed_out', `a message took more than ${messageMs} ms to arrive`));
  }
}
