/** One connection to the gRPC door with its `Submit` stream, until it is lost. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { type Cells, Operation, TallystickError } from '../model/index.ts';
import {
  GrpcFrameReader,
  GrpcFrameWriter,
  GrpcLane,
  readStatusDetails,
  readStreamReply,
  writeStreamRequest,
} from '../wire/index.ts';
import type { GrpcOptions } from './grpc-options.ts';
import { CONNECT_TIMEOUT_MS } from './session-options.ts';
import { tokenOf } from './token.ts';

interface InFlight {
  readonly read: (cells: Cells, at: number, size: number) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly sent: number;
}

const PATH = '/tallystick.v1.Ledger/Submit';
const FLUSH_SIZE = 64 * 1024;
/** Of a reply: as many records as there may be, and what is around them. */
const MESSAGE_SIZE_MAX = 2 ** 21;
const WINDOW = 8 * 2 ** 20;
/** Of what waits to be sent, which is the program's to bound: with Node's 10 the first answer to a burst would be refused. */
const SESSION_MEMORY_MIB = 4096;
const PING_MS = 30_000;
const PONG_MS = 20_000;
const ID_MAX = 2 ** 32 - 1;

export class GrpcLink {
  readonly #session: ClientHttp2Session;
  /** Undefined until there is a token to open it with. */
  #stream: ClientHttp2Stream | undefined;
  readonly #opened: Promise<void>;
  readonly #incoming = new GrpcFrameReader(MESSAGE_SIZE_MAX);
  readonly #outgoing = new GrpcFrameWriter();
  readonly #inFlight = new Map<number, InFlight>();
  readonly #lane: number;
  readonly #timeoutMs: number | undefined;
  readonly #sweeping: NodeJS.Timeout;
  /** Replies are read from here. */
  #cells: Cells = grpcCells(1024);
  #lastId = 0;
  /** Who waits for something: only then does the connection keep the process alive. */
  #holds = 0;
  #scheduled = false;
  #everConnected = false;
  #loss: Error | undefined;
  /** The server has answered something: it has taken the stream, and its token. */
  proven = false;
  /** Whoever waits for the connection. */
  #refused: ((loss: Error) => void) | undefined;
  #pinged = performance.now();

  constructor(authority: string, options: GrpcOptions) {
    this.#lane = options.lane === undefined ? GrpcLane.unspecified : GrpcLane[options.lane];
    this.#timeoutMs = options.timeoutMs;
    this.#session = connect(authority, {
      ...options.tls,
      settings: { initialWindowSize: WINDOW, enablePush: false },
      maxSessionMemory: SESSION_MEMORY_MIB,
    });
    this.#session.once('connect', () => {
      // It may have been given up in the meantime.
      if (this.#session.destroyed) return;
      this.#everConnected = true;
      this.#session.setLocalWindowSize(WINDOW);
    });
    this.#session.on('error', (cause) => this.#lose(this.#lossOf(cause)));
    this.#session.once('close', () => this.#lose(this.#lossOf(undefined)));
    this.#hold();
    this.#opened = this.#open(options);
    const every = Math.max(1, Math.min(1000, (options.timeoutMs ?? 4000) / 4));
    this.#sweeping = setInterval(() => this.#sweep(), every).unref();
  }

  /** Never rejects: whoever asked for something hears why there is no stream. */
  async #open({ metadata, token, connectTimeoutMs = CONNECT_TIMEOUT_MS }: GrpcOptions): Promise<void> {
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
    stream.once('response', (headers) => this.#hear(headers));
    stream.once('trailers', (headers) => this.#hear(headers));
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    stream.once('close', () => this.#lose(this.#lossOf(undefined)));
    this.#flush();
  }

  get lost(): boolean {
    return this.#loss !== undefined;
  }

  /** Nothing was sent: there was no stream yet. */
  get unopened(): boolean {
    return this.#stream === undefined;
  }

  /** Why it is {@link lost}: what was in flight has been rejected with it. */
  get loss(): Error | undefined {
    return this.#loss;
  }

  async connected({ connectTimeoutMs = CONNECT_TIMEOUT_MS, signal }: GrpcOptions): Promise<void> {
    const session = this.#session;
    const timeout = AbortSignal.timeout(connectTimeoutMs);
    const ends = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    try {
      await new Promise<void>((resolve, reject) => {
        // Settings, not the connection itself: so that what answers speaks HTTP/2.
        session.once('remoteSettings', () => resolve());
        // A session whose handshake the server ends does not always close.
        this.#refused = reject;
        if (this.#loss !== undefined) reject(this.#loss);
        ends.addEventListener('abort', () => reject(ends.reason), { once: true });
      });
    } catch (error) {
      session.destroy();
      if (signal?.aborted === true) throw signal.reason;
      if (timeout.aborted) throw new TallystickError('timed_out', `no connection within ${connectTimeoutMs} ms`);
      throw error;
    }
  }

  /** Asks for nothing: once that is answered, the server has taken the stream, and its token. Rejects with the loss. */
  async prove({ connectTimeoutMs = CONNECT_TIMEOUT_MS, signal }: GrpcOptions): Promise<void> {
    const giveUp = (): void => this.#lose(signal?.reason);
    const late = (): void => this.#lose(new TallystickError('timed_out', `no answer within ${connectTimeoutMs} ms`));
    const timer = setTimeout(late, connectTimeoutMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      if (this.#loss !== undefined) throw this.#loss;
      await this.request(Operation.lookup_accounts, new Uint8Array(0), () => undefined);
    } catch (error) {
      // Any answer will do.
      if (error === this.#loss) throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** `events` are copied. */
  request<T>(operation: number, events: Uint8Array, read: InFlight['read'], traceparent?: string): Promise<T> {
    this.#lastId = this.#lastId === ID_MAX ? 1 : this.#lastId + 1;
    const request = { id: this.#lastId, lane: this.#lane, operation, traceparent };
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
      const sent = this.#timeoutMs === undefined ? 0 : performance.now();
      this.#hold();
      this.#inFlight.set(request.id, { read, resolve, reject, sent });
    });
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
    const { id, error, start, end } = readStreamReply(message);
    const request = this.#inFlight.get(id);
    if (request === undefined) return; // It timed out.
    this.#inFlight.delete(id);
    this.letGo();
    this.proven = true;
    if (error !== undefined) {
      request.reject(error);
      return;
    }
    const size = end - start;
    if (this.#cells.bytes.length < size) this.#cells = grpcCells(size * 2);
    this.#cells.bytes.set(message.subarray(start, end), 0);
    try {
      request.resolve(request.read(this.#cells, 0, size) as never);
    } catch (thrown) {
      request.reject(thrown);
    }
  }

  /** What the server says of the stream as a whole, before or behind everything else. */
  #hear(headers: IncomingHttpHeaders): void {
    const details = headers['grpc-status-details-bin'];
    const status = headers['grpc-status'];
    const error = typeof details === 'string' ? detailsIn(details) : undefined;
    if (error !== undefined) this.#lose(error);
    else if (status !== undefined && status !== '0') {
      this.#lose(new TallystickError('connection_lost', `gRPC status ${status}: ${headers['grpc-message'] ?? ''}`));
    }
  }

  #lossOf(cause: unknown): TallystickError {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    return new TallystickError(
      this.#everConnected ? 'connection_lost' : 'unreachable',
      this.#everConnected ? `the connection was lost${why}` : `no server answers${why}`,
      { cause },
    );
  }

  /** The first reason is the one. */
  #lose(loss: Error): void {
    if (this.#loss !== undefined) return;
    this.#loss = loss;
    this.#refused?.(loss);
    clearInterval(this.#sweeping);
    this.#session.destroy();
    for (const { reject } of this.#inFlight.values()) reject(loss);
    this.#inFlight.clear();
  }

  #sweep(): void {
    const now = performance.now();
    if (this.#timeoutMs !== undefined) {
      // In the order in which they were sent.
      for (const [id, { sent, reject }] of this.#inFlight) {
        if (now - sent < this.#timeoutMs) break;
        this.#inFlight.delete(id);
        this.letGo();
        reject(new TallystickError('timed_out', `no reply within ${this.#timeoutMs} ms`));
      }
    }
    if (!this.#everConnected || now - this.#pinged < PING_MS) return;
    this.#pinged = now;
    const patience = setTimeout(() => this.#lose(this.#lossOf(new Error('pings are not answered'))), PONG_MS).unref();
    this.#session.ping(() => clearTimeout(patience));
  }

  /** What is in flight is answered first. */
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

/** Undefined for those of somebody else. */
function detailsIn(text: string): TallystickError | undefined {
  try {
    return readStatusDetails(Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}

export function grpcCells(size: number): Cells {
  const buffer = new ArrayBuffer(Math.ceil(size / 8) * 8);
  return { view: new DataView(buffer), bytes: new Uint8Array(buffer), u32: new Uint32Array(buffer) };
}
