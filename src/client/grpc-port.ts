/**
 * A ledger behind the gRPC door, as a port: every request goes over one `Submit` stream, its events packed; replies
 * come in any order. A connection that is lost is made again: reads, and with `retry` creates, go over the next one,
 * which then get their first replies; other creates are rejected, for what became of them is unknown.
 */
import {
  Cells,
  type Context,
  EVENTS_MAX,
  type Operation,
  operationShapes,
  type Pin,
  type Port,
  type Read,
  type Request,
  TallystickError,
} from '../model/index.ts';
import type { GrpcNamed } from '../wire/index.ts';
import { type Patient, pauseBefore } from './full-lane.ts';
import { GrpcLink } from './grpc-link.ts';
import type { GrpcOptions, GrpcPortOptions } from './grpc-options.ts';
import type { TcpAddress } from './link.ts';
import type { Peer } from './peer.ts';
import { Pinned } from './pinned.ts';
import { isFinal, isFinalOfSeveral, retryFor, unanswered } from './reconnect.ts';
import { parseServer } from './server-url.ts';
import { RECONNECT_TIMEOUT_MS } from './session-options.ts';

const PORT_DEFAULT = 50_051;
export const GRPC_OPTIONS: readonly (keyof GrpcOptions)[] = [
  'connectTimeoutMs',
  'timeoutMs',
  'lane',
  'metadata',
  'token',
  'tls',
  'reconnectTimeoutMs',
  'retry',
  'pin',
  'consistency',
  'signal',
];

/**
 * Several addresses are those of a cluster's nodes. Rejects with `invalid_argument`, `unreachable`, `timed_out`,
 * `unauthenticated`, `ledger_changed`, `ledger_behind`, or with the signal's reason.
 */
export async function grpcPort(
  addresses: string | readonly string[],
  options: GrpcPortOptions = {},
): Promise<Port & Peer> {
  const all = typeof addresses === 'string' ? [addresses] : addresses;
  const authorities = all.map((address) => parseGrpc(address).authority);
  const secure = authorities.filter((authority) => authority.startsWith('https:')).length;
  if (secure > 0 && secure < authorities.length) {
    throw new TallystickError('invalid_argument', 'either all of the addresses are grpcs://, or none is');
  }
  options.signal?.throwIfAborted();
  const port = new GrpcPort(authorities, options);
  await port.connect();
  return port;
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
interface Kept<T> extends Patient {
  readonly operation: Operation;
  readonly events: Uint8Array;
  readonly read: Read<T>;
  readonly context: Context;
  /** Also if its outcome is unknown. */
  readonly again: boolean;
  /** Its number in the session, where it has one: then it gets its first reply when it is sent again. */
  readonly number: number | undefined;
  /** The last op that was known when it was sent first; undefined: it was not sent yet. */
  since: number | undefined;
  /** On a connection that was lost: it may have been done. */
  wasSent: boolean;
}

class GrpcPort implements Port, Peer {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #authorities: readonly string[];
  /** The index of the next one to try, counted on. */
  #next = 0;
  readonly #options: GrpcPortOptions;
  readonly #patienceMs: number;
  readonly #pinned: Pinned;
  #link: GrpcLink | undefined;
  #reconnecting: Promise<void> | undefined;
  readonly #abandon = new AbortController();
  #closing: Promise<void> | undefined;
  /** Text of 32 random digits. */
  readonly #session: string;
  #number = 0;
  /** Numbers of requests that are not answered, in order. */
  readonly #unanswered = new Set<number>();
  /** Events are written here first; it grows to the largest request. */
  #cells: Cells = Cells.of(1024);

  constructor(authorities: readonly string[], options: GrpcPortOptions) {
    this.#authorities = authorities;
    this.#options = options;
    this.#pinned = new Pinned(options.pin);
    this.#patienceMs = options.reconnectTimeoutMs ?? RECONNECT_TIMEOUT_MS;
    const random = crypto.getRandomValues(new Uint8Array(16));
    this.#session = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  /** Makes one attempt at each address. Rejects with the last one's error, or the signal's reason. */
  async connect(options: GrpcPortOptions = this.#options): Promise<void> {
    for (let left = this.#authorities.length - 1; ; left--) {
      const link = new GrpcLink(this.#authorities[this.#next++ % this.#authorities.length]!, options, this.#pinned);
      try {
        await link.greeted(options);
        link.letGo();
        this.#link = link;
        return;
      } catch (error) {
        if (left === 0 || options.signal?.aborted === true || this.#isFinal(error)) throw error;
      }
    }
  }

  get #knowsOthers(): boolean {
    return this.#authorities.length > 1;
  }

  #isFinal(error: unknown): boolean {
    return this.#knowsOthers ? isFinalOfSeveral(error) : isFinal(error);
  }

  request<T>({
    operation,
    count,
    write,
    read,
    context: { traceparent, timeoutMs = this.#options.timeoutMs, consistency = this.#options.consistency },
  }: Request<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new TallystickError('closed'));
    const { eventSize, journalled } = operationShapes[operation];
    const size = count * eventSize;
    if (this.#cells.bytes.length < size) this.#cells = Cells.of(size * 2);
    try {
      write(this.#cells, 0);
    } catch (error) {
      return Promise.reject(error);
    }
    const events = this.#cells.bytes.subarray(0, size);
    const context: Context = {
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(consistency === undefined ? {} : { consistency }),
    };
    const again = !journalled || this.#options.retry === true;
    const link = this.#live;
    // A request that is sent only once need not be kept.
    const isKept = again || this.#mayHaveFreshToken || this.#knowsOthers;
    if (!isKept && link !== undefined) return link.request(operation, events, read, context);
    const number = journalled && again ? this.#numbered() : undefined;
    const call = { operation, events: events.slice(), read, context, again, number, since: undefined, wasSent: false };
    const answered = this.#carry<T>(call);
    return number === undefined ? answered : answered.finally(() => this.#unanswered.delete(number));
  }

  #numbered(): number {
    this.#number = (this.#number + 1) >>> 0;
    this.#unanswered.add(this.#number);
    return this.#number;
  }

  /** What makes the call the same when it is sent again. */
  #nameOf(call: Kept<unknown>): GrpcNamed | undefined {
    if (call.number === undefined) return undefined;
    const [answered] = this.#unanswered;
    const known = { again: call.since !== undefined, since: call.since ?? 0 };
    const name = { session: this.#session, number: call.number, answered: answered!, ...known };
    call.since ??= this.#pinned.lastOp;
    return name;
  }

  get #live(): GrpcLink | undefined {
    return this.#link?.lost === false ? this.#link : undefined;
  }

  get #mayHaveFreshToken(): boolean {
    return typeof this.#options.token === 'function';
  }

  /** Until it is answered, or given up. Those that one connection took with it go in their order over the next one. */
  async #carry<T>(call: Kept<T>): Promise<T> {
    for (;;) {
      const link = this.#live;
      if (link === undefined) {
        await this.#reconnected().catch((cause: unknown) => {
          throw call.wasSent ? unanswered(cause) : cause;
        });
        continue;
      }
      try {
        return await link.request(call.operation, call.events, call.read, call.context, this.#nameOf(call));
      } catch (error) {
        if (this.#closing !== undefined) throw error;
        if (error === link.loss) this.#mayGoAgain(call, error);
        else await this.#rest(call, link, error);
      }
    }
  }

  /** Throws the loss when the call ends with the connection. */
  #mayGoAgain(call: Kept<unknown>, loss: unknown): void {
    const code = loss instanceof TallystickError ? loss.code : undefined;
    // A server that leaves, or ends a greeted stream with its token, answers every request that it has done.
    if (code === 'closed' || (code === 'unauthenticated' && this.#mayHaveFreshToken)) return;
    if (!call.again || isFinal(loss)) throw loss;
    call.wasSent = true;
  }

  /** A full lane has refused it, or a node that follows: then the next node is asked. */
  async #rest(call: Kept<unknown>, link: GrpcLink, error: unknown): Promise<void> {
    const elsewhere = this.#knowsOthers && error instanceof TallystickError && error.code === 'not_leader';
    const patienceMs = this.#options.retry === true || elsewhere ? this.#patienceMs : 0;
    const pause = error instanceof TallystickError ? pauseBefore(call, error, patienceMs) : undefined;
    if (pause === undefined) throw error;
    if (elsewhere && this.#link === link) {
      this.#link = undefined;
      // What it still has to answer it answers.
      void link.close();
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (this.#closing !== undefined) throw error;
  }

  /** One for all who wait. */
  #reconnected(): Promise<void> {
    this.#reconnecting ??= retryFor(
      this.#patienceMs,
      this.#abandon.signal,
      (signal) => this.connect({ ...this.#options, signal }),
      (error) => this.#isFinal(error),
    ).finally(() => {
      this.#reconnecting = undefined;
    });
    return this.#reconnecting;
  }

  get pin(): Pin | undefined {
    return this.#pinned.pin;
  }

  /** gRPC does not tell. */
  get welcome(): undefined {
    return undefined;
  }

  get ageMs(): number {
    return this.#link?.ageMs ?? 0;
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
    // The code that called us must see `closing` before we go on.
    await Promise.resolve();
    this.#abandon.abort(new TallystickError('closed'));
    await this.#reconnecting?.catch(() => undefined);
    await this.#link?.close();
  }
}
