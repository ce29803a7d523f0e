/** One gRPC call: an HTTP/2 stream with gRPC's headers, trailers and deadline. */
import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { TIMER_MS_MAX } from 'tallystick/internal/base';
import { TallystickError } from 'tallystick/internal/model';
import { FieldWriter, GrpcStatus, grpcOf, retryAfterMs, statusDetails, writeError } from 'tallystick/internal/wire';
import type { Terms } from '../context.ts';
import { Presence } from '../presence.ts';

const CONTENT_TYPE = 'application/grpc';
/** Longer deadlines are none: a timer takes no more. */
const unitsMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

export class GrpcCall {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** True when the client was told the end, or will be when everything before it is written. */
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  #trailers: OutgoingHttpHeaders = {};
  /** On the clock of `performance.now()`; undefined if the client gives no deadline. */
  #deadline: number | undefined;
  readonly #presence: Presence;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.headers = headers;
    this.#presence = new Presence(stream.session);
    // The stream's end tells what happened to it; without this listener Node would throw the error at the process.
    stream.on('error', () => undefined);
    stream.once('close', () => {
      clearTimeout(this.#timer);
      this.#presence.leave();
    });
  }

  /** The terms of one of its requests; `timeoutMs` is the request's own timeout, 0 for none. */
  terms(timeoutMs: number): Terms {
    const left = this.#deadline === undefined ? Number.POSITIVE_INFINITY : this.#deadline - performance.now();
    const most = Math.min(timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs, Math.max(left, 0));
    return most === Number.POSITIVE_INFINITY ? this.#presence.terms : { ...this.#presence.terms, timeoutMs: most };
  }

  /** Whether nothing more can be said. */
  get ended(): boolean {
    return this.#ended || this.stream.closed || this.stream.destroyed;
  }

  /** Calls `passed` when the client's deadline has passed. False if the client's timeout is none. */
  watchDeadline(passed: () => void): boolean {
    const text = this.headers['grpc-timeout'];
    if (text === undefined) return true;
    const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(String(text)) ?? [];
    if (digits === undefined || unit === undefined) return false;
    const milliseconds = Math.ceil(Number(digits) * unitsMs[unit]!);
    this.#deadline = performance.now() + milliseconds;
    if (milliseconds <= TIMER_MS_MAX) this.#timer = setTimeout(passed, milliseconds);
    return true;
  }

  /** Frames, as they are. Calls `written` when the kernel has them, which it may never do once the stream is closed. */
  write(frames: Uint8Array, written: () => void): void {
    if (this.ended) return;
    this.begin();
    this.stream.write(frames, written);
  }

  /** Sends the headers, which hold `told`, unless they are sent. */
  begin(told: OutgoingHttpHeaders = {}): void {
    if (this.ended || this.stream.headersSent) return;
    this.stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE, ...told }, { waitForTrailers: true });
    this.stream.once('wantTrailers', () => {
      if (this.stream.closed || this.stream.destroyed) return;
      this.stream.sendTrailers(this.#trailers);
      this.#letGo();
    });
  }

  /** All went well. */
  finish(): void {
    if (this.ended) return;
    this.begin();
    this.#end({ 'grpc-status': GrpcStatus.ok });
  }

  fail(error: TallystickError): void {
    const writer = new FieldWriter();
    writeError(writer, error);
    const { status } = grpcOf(error.code);
    const wait = retryAfterMs(error);
    this.refuse(status, error.message, {
      'grpc-status-details-bin': statusDetails(status, error.message, writer.toBytes(), wait).toString('base64'),
      'tallystick-code': error.code,
      ...(wait === 0 ? {} : { 'grpc-retry-pushback-ms': wait }),
    });
  }

  /** For what is gRPC's own business. */
  refuse(status: GrpcStatus, message: string, details: OutgoingHttpHeaders = {}): void {
    if (this.ended) return;
    const trailers = { 'grpc-status': status, 'grpc-message': percentEncoded(message), ...details };
    if (this.stream.headersSent) {
      this.#end(trailers);
      return;
    }
    this.#ended = true;
    this.stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE, ...trailers }, { endStream: true });
    this.#letGo();
  }

  #end(trailers: OutgoingHttpHeaders): void {
    this.#ended = true;
    this.#trailers = trailers;
    this.stream.end();
  }

  /** Ends a call whose client does not take what is said to it. */
  abandon(): void {
    if (this.stream.destroyed) return;
    this.#ended = true;
    this.stream.close(constants.NGHTTP2_CANCEL);
  }

  /** A client that is still sending is told that nobody reads it. */
  #letGo(): void {
    clearTimeout(this.#timer);
    this.stream.resume();
    setImmediate(() => {
      if (!this.stream.readableEnded && !this.stream.destroyed) this.stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }
}

/** `unknown`: something that changes the ledger was taken and is not answered. */
export function deadlinePassed(unknown: boolean): TallystickError {
  return unknown
    ? new TallystickError(
        'timed_out',
        'the deadline passed before the answer came: what became of the events is unknown',
      )
    : new TallystickError('deadline_exceeded', 'the deadline passed before the answer came; nothing was done');
}

/** As gRPC wants its messages: printable ASCII but for `%`. */
function percentEncoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
      return plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
