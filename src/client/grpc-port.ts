/**
 * A ledger behind the gRPC door, as a port: every request goes over one `Submit` stream, its events packed; replies come in any order. A connection that is lost is
 * made again: reads, and with `retry` creates, go over the next one; other creates are rejected, for what became of them is unknown.
 */
import { type Cells, EVENTS_MAX, type Operation, operationShapes, TallystickError } from '../model/index.ts';
import { type Patient, pauseBefore } from './full-lane.ts';
import { GrpcLink, grpcCells } from './grpc-link.ts';
import type { GrpcOptions } from './grpc-options.ts';
import type { TcpAddress } from './link.ts';
import { ObjectLedger } from './object-ledger.ts';
import { isFinal, retryFor } from './reconnect.ts';
import type { RemotePort } from './remote-port.ts';
import { parseServer } from './server-url.ts';
import { RECONNECT_TIMEOUT_MS } from './session-options.ts';
import type { TraceContext } from './traced-port.ts';

const PORT_DEFAULT = 50_051;

/** Rejects with `invalid_argument`, `unreachable`, `timed_out`, or with the signal's reason. */
export async function grpcPort(address: string, options: GrpcOptions = {}): Promise<RemotePort> {
  const { authority } = parseGrpc(address);
  options.signal?.throwIfAborted();
  const port = new GrpcPort(authority, options);
  await port.connect();
  return port;
}

/** The ledger of `tallystick serve --grpc-port` at `grpc://host:port`; without a port 50051. Rejects as {@link grpcPort} does. */
export async function connectGrpc(address: string, options: GrpcOptions = {}): Promise<ObjectLedger> {
  return new ObjectLedger(await grpcPort(address, options));
}

export function parseGrpc(address: string): TcpAddress & { readonly authority: string } {
  const server = parseServer(address, /^grpcs?:$/, PORT_DEFAULT);
  if (server === undefined) {
    throw new TallystickError('invalid_argument', `${address} is not grpc://host:port or grpcs://host:port`);
  }
  const { host, port, url } = server;
  const scheme = url.protocol === 'grpcs:' ? 'https' : 'http';
  return { host, port, authority: `${scheme}://${url.hostname}:${port}` };
}

/** A request whose events are kept, so that it can be made again. */
interface Kept extends Patient {
  readonly operation: number;
  readonly events: Uint8Array;
  readonly read: (cells: Cells, at: number, size: number) => unknown;
  readonly traceparent: string | undefined;
  /** Also when nobody knows what became of it. */
  readonly again: boolean;
  /** On a connection that was lost: it may have been done. */
  wasSent: boolean;
}

class GrpcPort implements RemotePort {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #authority: string;
  readonly #options: GrpcOptions;
  readonly #patienceMs: number;
  #link: GrpcLink | undefined;
  #reconnecting: Promise<void> | undefined;
  readonly #abandon = new AbortController();
  #closing: Promise<void> | undefined;
  /** Events are written here first; it grows to the largest request. */
  #cells: Cells = grpcCells(1024);

  constructor(authority: string, options: GrpcOptions) {
    this.#authority = authority;
    this.#options = options;
    this.#patienceMs = options.reconnectTimeoutMs ?? RECONNECT_TIMEOUT_MS;
  }

  /** Makes one attempt. */
  async connect(): Promise<void> {
    const link = new GrpcLink(this.#authority, this.#options);
    await link.connected(this.#options);
    link.letGo();
    this.#link = link;
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
    { traceparent }: TraceContext = {},
  ): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new TallystickError('closed'));
    const { eventSize, journalled } = operationShapes[operation as Operation];
    const size = count * eventSize;
    if (this.#cells.bytes.length < size) this.#cells = grpcCells(size * 2);
    try {
      write(this.#cells, 0);
    } catch (error) {
      return Promise.reject(error);
    }
    const events = this.#cells.bytes.subarray(0, size);
    const again = !journalled || this.#options.retry === true;
    const link = this.#live;
    // What is sent once is not kept.
    if (!again && !this.#mayHaveFreshToken && link !== undefined)
      return link.request(operation, events, read, traceparent);
    return this.#carry({ operation, events: events.slice(), read, traceparent, again, wasSent: false });
  }

  get #live(): GrpcLink | undefined {
    return this.#link?.lost === false ? this.#link : undefined;
  }

  get #mayHaveFreshToken(): boolean {
    return typeof this.#options.token === 'function';
  }

  /** Until it is answered, or given up. Those that one connection took with it go in their order over the next one. */
  async #carry<T>(call: Kept): Promise<T> {
    for (;;) {
      const link = this.#live;
      if (link === undefined) {
        await this.#reconnected().catch((cause: unknown) => {
          throw call.wasSent ? new TallystickError('connection_lost', undefined, { cause }) : cause;
        });
        continue;
      }
      try {
        return await link.request<T>(call.operation, call.events, call.read, call.traceparent);
      } catch (error) {
        if (this.#closing !== undefined) throw error;
        if (error === link.loss) this.#mayGoAgain(call, link, error);
        else await this.#rest(call, error);
      }
    }
  }

  /** Throws the loss when the call ends with the connection. */
  #mayGoAgain(call: Kept, link: GrpcLink, loss: unknown): void {
    const code = loss instanceof TallystickError ? loss.code : undefined;
    // Of a stream that it has taken, a server that leaves, or ends it with its token, answers all that it has done.
    const untaken = link.proven && (code === 'closed' || (code === 'unauthenticated' && this.#mayHaveFreshToken));
    if (untaken || (link.unopened && !isFinal(loss))) return;
    if (!call.again || isFinal(loss)) throw loss;
    call.wasSent = true;
  }

  /** A full lane has refused it. */
  async #rest(call: Kept, error: unknown): Promise<void> {
    const patienceMs = this.#options.retry === true ? this.#patienceMs : 0;
    const pause = error instanceof TallystickError ? pauseBefore(call, error, patienceMs) : undefined;
    if (pause === undefined) throw error;
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (this.#closing !== undefined) throw error;
  }

  /** What answers may be a proxy that has no server, and a token may not be taken: those are attempts, too. */
  async #connectAgain(options: GrpcOptions): Promise<void> {
    const link = new GrpcLink(this.#authority, options);
    await link.connected(options);
    await link.prove(options);
    link.letGo();
    this.#link = link;
  }

  /** One for all who wait. */
  #reconnected(): Promise<void> {
    this.#reconnecting ??= retryFor(this.#patienceMs, this.#abandon.signal, (signal) =>
      this.#connectAgain({ ...this.#options, signal }),
    ).finally(() => {
      this.#reconnecting = undefined;
    });
    return this.#reconnecting;
  }

  /** gRPC does not tell. */
  get welcome(): undefined {
    return undefined;
  }

  /** Milliseconds to the server and back. */
  async ping(): Promise<number> {
    if (this.#closing !== undefined) throw new TallystickError('closed');
    if (this.#live === undefined) await this.#reconnected();
    return this.#link!.ping();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // What follows must see that this is closing.
    await Promise.resolve();
    this.#abandon.abort(new TallystickError('closed'));
    await this.#reconnecting?.catch(() => undefined);
    await this.#link?.close();
  }
}
