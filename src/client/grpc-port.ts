/** A ledger behind the gRPC door, as a port: every request goes over one `Submit` stream, its events packed; replies come in any order. */
import { type Cells, EVENTS_MAX, type Operation, operationShapes, TallystickError } from '../model/index.ts';
import { GrpcLink, type GrpcOptions, grpcCells } from './grpc-link.ts';
import { ObjectLedger } from './object-ledger.ts';
import type { RemotePort } from './remote-port.ts';

const PORT_DEFAULT = 50_051;

/** Rejects with `invalid_argument`, `unreachable`, `timed_out`, or with the signal's reason. */
export async function grpcPort(address: string, options: GrpcOptions = {}): Promise<RemotePort> {
  const url = parseAddress(address);
  options.signal?.throwIfAborted();
  const port = new GrpcPort(url, options);
  await port.connect();
  return port;
}

/** The ledger of `tallystick serve --grpc-port` at `grpc://host:port`; without a port 50051. Rejects as {@link grpcPort} does. */
export async function connectGrpc(address: string, options: GrpcOptions = {}): Promise<ObjectLedger> {
  return new ObjectLedger(await grpcPort(address, options));
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^grpcs?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname)) {
    throw new TallystickError('invalid_argument', `${address} is not grpc://host:port or grpcs://host:port`);
  }
  return url;
}

class GrpcPort implements RemotePort {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #authority: string;
  readonly #options: GrpcOptions;
  #link: GrpcLink | undefined;
  #closing: Promise<void> | undefined;
  /** Events are written here first; it grows to the largest request. */
  #cells: Cells = grpcCells(1024);

  constructor(url: URL, options: GrpcOptions) {
    const scheme = url.protocol === 'grpcs:' ? 'https' : 'http';
    this.#authority = `${scheme}://${url.hostname}:${url.port === '' ? PORT_DEFAULT : url.port}`;
    this.#options = options;
  }

  async connect(): Promise<void> {
    await this.#linked().connected(this.#options);
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
  ): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new TallystickError('closed'));
    const size = count * operationShapes[operation as Operation].eventSize;
    if (this.#cells.bytes.length < size) this.#cells = grpcCells(size * 2);
    try {
      write(this.#cells, 0);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#linked().request(operation, this.#cells.bytes.subarray(0, size), read);
  }

  /** A connection that was lost took its requests with it; the next one starts afresh. */
  #linked(): GrpcLink {
    if (this.#link === undefined || this.#link.lost) this.#link = new GrpcLink(this.#authority, this.#options);
    return this.#link;
  }

  /** gRPC does not tell. */
  get welcome(): undefined {
    return undefined;
  }

  /** Milliseconds to the server and back. */
  ping(): Promise<number> {
    if (this.#closing !== undefined) return Promise.reject(new TallystickError('closed'));
    return this.#linked().ping();
  }

  close(): Promise<void> {
    this.#closing ??= this.#link?.close() ?? Promise.resolve();
    return this.#closing;
  }
}
