/** One connection to the gRPC door with its `Submit` stream, until it is lost. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { TIMER_MS_MAX } from '../base/index.ts';
import {
  Cells,
  type Context,
  type Operation,
  operationShapes,
  parsePin,
  type Read,
  TallystickError,
} from '../model/index.ts';
import {
  GrpcFrameReader,
  GrpcFrameWriter,
  GrpcLane,
  type GrpcNamed,
  readStatusDetails,
  readStreamReply,
  writeStreamRequest,
} from '../wire/index.ts';
import type { GrpcPortOptions } from './grpc-options.ts';
import type { Pinned } from './pinned.ts';
import { CONNECT_TIMEOUT_MS } from './session-options.ts';
import { late, timeoutSaid } from './timed.ts';
import { adviceOf, reasonOf } from './tls-advice.ts';
import { tokenOf } from './token.ts';

interface InFlight {
  readonly read: Read<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

const PATH = '/tallystick.v1.Ledger/Submit';
const PIN_HEADER = 'tallystick-pin';
const NOTHING_TOLD = { ledgerId: 0n, lastOp: 0n };
const FLUSH_SIZE = 64 * 1024;
/** Bytes of the largest reply: its records and the fields around them. */
const MESSAGE_SIZE_MAX = 2 ** 21;
const WINDOW = 8 * 2 ** 20;
/**
 * Limit on bytes that wait to be sent. The program bounds them; with Node's 10 MiB the first answer to a burst would be
 * refused.
 */
const SESSION_MEMORY_MIB = 4096;
const PING_MS = 30_000;
const PONG_MS = 20_000;
const ID_MAX = 2 ** 32 - 1;
const SWEEP_MS = 1000;

export class GrpcLink {
  readonly #session: ClientHttp2Session;
  /** Undefined until there is a token to open it with. */
  #stream: ClientHttp2Stream | undefined;
  readonly #opened: Promise<void>;
  readonly #incoming = new GrpcFrameReader(MESSAGE_SIZE_MAX);
  readonly #outgoing = new GrpcFrameWriter();
  readonly #inFlight = new Map<number, InFlight>();
  readonly #lane: number;
  readonly #sweeping: NodeJS.Timeout;
  /** Replies are read from here. */
  #cells: Cells = Cells.of(1024);
  #lastId = 0;
  #ageMs = 0;
  /** Number of waiters: only with one does the connection keep the process alive. */
  #holds = 0;
  #scheduled = false;
  readonly #pinned: Pinned;
  /** The server has taken the stream, and its token, and has the ledger that it is held to. */
  #greeted = false;
  #loss: Error | undefined;
  /** Resolves the promise that waits for the greeting. */
  #welcome: (() => void) | undefined;
  #refused: ((loss: Error) => void) | undefined;
  #pinged = performance.now();

  constructor(authority: string, options: GrpcPortOptions, pinned: Pinned) {
    this.#pinned = pinned;
    this.#lane = options.lane === undefined ? GrpcLane.unspecified : GrpcLane[options.lane];
    this.#session = connect(authority, {
      ...(typeof options.tls === 'function' ? options.tls() : options.tls),
      settings: { initialWindowSize: WINDOW, enablePush: false },
      maxSessionMemory: SESSION_MEMORY_MIB,
    });
    this.#session.once('connect', () => {
      // It may have been given up in the meantime.
      if (this.#session.destroyed) return;
      this.#session.setLocalWindowSize(WINDOW);
    });
    this.#session.on('error', (cause) => this.#lose(this.#lossOf(cause)));
    this.#session.once('close', () => this.#lose(this.#lossOf(undefined)));
    this.#hold();
    this.#opened = this.#open(options);
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** Never rejects: each request hears why there is no stream. */
  async #open({ metadata, token, connectTimeoutMs = CONNECT_TIMEOUT_MS }: GrpcPortOptions): Promise<void> {
    let shown: string | undefined;
    try {
      shown = typeof token === 'function' ? await tokenOf(token, connectTimeoutMs) : token;
    } catch (error) {
      this.#lose(error instanceof Error ? error : new Error(String(error)));
    }
    if (this.lost) return;
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request({
        ...(shown === undefined ? {} : { authorization: `Bearer ${shown}` }),
        ...metadata,
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: PATH,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        [constants.HTTP2_HEADER_TE]: 'trailers',
      });
    } catch (cause) {
      // The server may have said goodbye while the token was made.
      const gone = this.#session.closed || this.#session.destroyed;
      this.#lose(gone ? this.#lossOf(cause) : new TallystickError('invalid_argument', `metadata: ${cause}`, { cause }));
      return;
    }
    this.#stream = stream;
    stream.on('error', (cause) => this.#lose(this.#lossOf(cause)));
    stream.once('response', (headers) => this.#greet(headers));
    stream.once('trailers', (headers) => this.#hear(headers));
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    stream.once('close', () => this.#lose(this.#lossOf(undefined)));
  }

  get lost(): boolean {
    return this.#loss !== undefined;
  }

  /** How old the last answer may have been, milliseconds. */
  get ageMs(): number {
    return this.#ageMs;
  }

  /** Why it is {@link lost}: what was in flight has been rejected with it. */
  get loss(): Error | undefined {
    return this.#loss;
  }

  /**
   * Resolves when the server has greeted; nothing is sent before. Rejects with the loss, `timed_out`, or the signal's
   * reason.
   */
  async greeted({ connectTimeoutMs = CONNECT_TIMEOUT_MS, signal }: GrpcPortOptions): Promise<void> {
    const late = (): void =>
      this.#lose(new TallystickError('timed_out', `no connection within ${connectTimeoutMs} ms`));
    const giveUp = (): void => this.#lose(signal!.reason);
    const timer = setTimeout(late, connectTimeoutMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#welcome = resolve;
        this.#refused = reject;
        if (this.#loss !== undefined) reject(this.#loss);
        else if (signal?.aborted === true) giveUp();
        else if (this.#greeted) resolve();
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** `events` are copied. */
  request<T>(
    operation: Operation,
    events: Uint8Array,
    read: Read<T>,
    { traceparent, timeoutMs, consistency }: Context,
    named?: GrpcNamed,
  ): Promise<T> {
    this.#lastId = this.#lastId === ID_MAX ? 1 : this.#lastId + 1;
    const stale = consistency === 'stale' && !operationShapes[operation].journalled;
    const terms = { traceparent, timeoutMs: timeoutSaid(timeoutMs), stale, named };
    const request = { id: this.#lastId, lane: this.#lane, operation, ...terms };
    this.#outgoing.add((writer) => writeStreamRequest(writer, request, events));
    if (this.#outgoing.size >= FLUSH_SIZE) {
      this.#flush();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
    return new Promise<T>((resolve, reject) => {
      this.#hold();
      const end = (): void => this.#giveUp(request.id, late(timeoutMs ?? 0, !operationShapes[operation].journalled));
      const timer = timeoutMs === undefined ? undefined : setTimeout(end, Math.min(timeoutMs, TIMER_MS_MAX));
      this.#inFlight.set(request.id, { read, resolve, reject, timer });
    });
  }

  /** Its time is over. A later answer is dropped; the server gives a read up with its caller. */
  #giveUp(id: number, error: TallystickError): void {
    const request = this.#inFlight.get(id);
    if (request === undefined) return;
    this.#inFlight.delete(id);
    this.letGo();
    request.reject(error);
  }

  /** Milliseconds to the server and back. */
  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      const lost = (): void => reject(this.#loss ?? new TallystickError('connection_lost'));
      this.#hold();
      const asked = this.#session.ping((error, milliseconds) => {
        this.letGo();
        if (error === null) resolve(milliseconds);
        else lost();
      });
      if (!asked) lost();
    });
  }

  #flush(): void {
    if (this.#outgoing.size > 0 && !this.lost) this.#stream?.write(this.#outgoing.take());
  }

  #hold(): void {
    if (this.#holds++ === 0) this.#session.ref();
  }

  /** One waits less. A link is held by who opens it. */
  letGo(): void {
    if (--this.#holds === 0 && !this.lost) this.#session.unref();
  }

  #receive(chunk: Uint8Array): void {
    try {
      this.#incoming.push(chunk);
      for (let message = this.#incoming.next(); message !== undefined; message = this.#incoming.next()) {
        this.#answer(message);
      }
    } catch (error) {
      this.#lose(error as TallystickError);
    }
  }

  #answer(message: Uint8Array): void {
    const { id, op, ageMs, error, start, end } = readStreamReply(message);
    this.#pinned.hear(op);
    this.#ageMs = ageMs;
    const request = this.#inFlight.get(id);
    if (request === undefined) return; // It timed out.
    this.#inFlight.delete(id);
    clearTimeout(request.timer);
    this.letGo();
    if (error !== undefined) {
      request.reject(error);
      return;
    }
    const size = end - start;
    if (this.#cells.bytes.length < size) this.#cells = Cells.of(size * 2);
    this.#cells.bytes.set(message.subarray(start, end), 0);
    try {
      request.resolve(request.read(this.#cells, 0, size) as never);
    } catch (thrown) {
      request.reject(thrown);
    }
  }

  /** The first headers: the server's ledger, or why there will be none. */
  #greet(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    const status = headers[':status'];
    if (status === 200) this.#hear(headers);
    else this.#lose(this.#lossOf(new Error(`HTTP status ${status}`)));
    if (this.lost) return;
    const told = headers[PIN_HEADER];
    try {
      const { ledgerId, lastOp } = told === undefined ? NOTHING_TOLD : parsePin(String(told));
      this.#pinned.meet(ledgerId, Number(lastOp));
    } catch (error) {
      this.#lose(error as TallystickError);
      return;
    }
    this.#greeted = true;
    this.#welcome?.();
  }

  /** Reads headers and trailers, in which the server speaks of the whole stream. */
  #hear(headers: IncomingHttpHeaders): void {
    const details = headers['grpc-status-details-bin'];
    const status = headers['grpc-status'];
    const error = typeof details === 'string' ? detailsIn(details) : undefined;
    if (error !== undefined) this.#lose(error);
    else if (status !== undefined && status !== '0') {
      this.#lose(this.#lossOf(new Error(`gRPC status ${status} ${headers['grpc-message'] ?? ''}`)));
    }
  }

  #lossOf(cause: unknown): TallystickError {
    const why = cause instanceof Error ? `: ${reasonOf(cause)}` : '';
    return new TallystickError(
      this.#greeted ? 'connection_lost' : 'unreachable',
      this.#greeted ? `the connection was lost${why}` : `no server answers${why}`,
      { cause, next: this.#greeted ? undefined : (adviceOf(cause as Error | undefined) ?? wrongPort(cause)) },
    );
  }

  /** The first reason is the one. */
  #lose(loss: Error): void {
    if (this.#loss !== undefined) return;
    this.#loss = loss;
    this.#refused?.(loss);
    clearInterval(this.#sweeping);
    this.#session.destroy();
    for (const { reject, timer } of this.#inFlight.values()) {
      clearTimeout(timer);
      reject(loss);
    }
    this.#inFlight.clear();
  }

  #sweep(): void {
    const now = performance.now();
    if (!this.#greeted || now - this.#pinged < PING_MS) return;
    this.#pinged = now;
    const patience = setTimeout(() => this.#lose(this.#lossOf(new Error('pings are not answered'))), PONG_MS).unref();
    this.#session.ping(() => clearTimeout(patience));
  }

  /** Waits for the answers in flight first. */
  async close(): Promise<void> {
    await this.#opened;
    const stream = this.#stream;
    if (this.lost || stream === undefined) return;
    this.#hold();
    this.#flush();
    await new Promise<void>((resolve) => {
      stream.once('close', () => resolve());
      stream.end();
    });
    this.#session.close();
  }
}

/** The next step where something answered that speaks no HTTP/2. */
function wrongPort(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !/Protocol error/i.test(cause.message)) return undefined;
  return "Check the port: gRPC's is 50051 by default, and a server with certificates wants grpcs://.";
}

/** Undefined for details that another server wrote. */
function detailsIn(text: string): TallystickError | undefined {
  try {
    return readStatusDetails(Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}
