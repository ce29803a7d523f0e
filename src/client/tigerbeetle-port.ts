/**
 * A TigerBeetle cluster as a port: requests become calls of tigerbeetle-node, answers become replies. What TigerBeetle
 * does not have (change events, searches, snapshots, the state of pending transfers by id) rejects with `unsupported`.
 * Its client sends a request again by itself, for as long as it takes, to whichever replica leads.
 */
import { TIMER_MS_MAX } from '../base/index.ts';
import {
  Cells,
  type Context,
  EVENTS_MAX,
  Operation,
  operationShapes,
  type Pin,
  type Port,
  type Request,
  TallystickError,
} from '../model/index.ts';
import type { Peer } from './peer.ts';
import { TigerBeetleOrder } from './tigerbeetle-order.ts';
import { type Question, questionOf, type TigerBeetleClient } from './tigerbeetle-records.ts';
import { late } from './timed.ts';

/** How long closing waits for answers: without a quorum there are none, ever. */
const CLOSE_MS = 10_000;
/** The id that no account has. */
const NOBODY = 0n;

/** Which cluster it is. */
export interface TigerBeetleCluster {
  readonly cluster: bigint;
  readonly ledgerId: bigint;
}

export class TigerBeetlePort implements Port, Peer {
  readonly eventsMax: number = EVENTS_MAX;
  readonly welcome: TigerBeetleCluster;
  readonly #open: () => TigerBeetleClient;
  readonly #timeoutMs: number | undefined;
  readonly #order = new TigerBeetleOrder();
  #client: TigerBeetleClient | undefined;
  #closing: Promise<void> | undefined;

  /** `open` makes a client: at the first request, and when the cluster has evicted the one before. */
  constructor(open: () => TigerBeetleClient, cluster: TigerBeetleCluster, timeoutMs?: number) {
    this.#open = open;
    this.welcome = cluster;
    this.#timeoutMs = timeoutMs;
  }

  /** TigerBeetle does not tell its op. */
  get pin(): Pin {
    return { ledgerId: this.welcome.ledgerId, lastOp: 0n };
  }

  /** Every answer comes from the quorum. */
  get ageMs(): number {
    return 0;
  }

  request<T>({ operation, count, write, read, context }: Request<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new TallystickError('closed'));
    const { eventSize, journalled } = operationShapes[operation];
    const events = Cells.of(count * eventSize);
    let question: Question | undefined;
    try {
      write(events, 0);
      question = questionOf(operation, events);
    } catch (error) {
      return Promise.reject(error);
    }
    if (question === undefined) return Promise.reject(unsupported(operation));
    if (count === 0) return Promise.resolve(read(Cells.none, 0, 0));
    const { records, ask } = question;
    const { answer, giveUp } = this.#order.add(operation, records, async () => {
      const reply = await this.#asked(ask);
      return read(reply, 0, reply.bytes.length);
    });
    return this.#inTime(answer, giveUp, journalled, context);
  }

  async #asked(ask: Question['ask']): Promise<Cells> {
    let client: TigerBeetleClient | undefined;
    try {
      this.#client ??= this.#open();
      client = this.#client;
      return await ask(client);
    } catch (error) {
      const told = inOurWords(error);
      // The next request gets a new session; what this one had under way is unknown.
      if (told.code === 'connection_lost' && client !== undefined && this.#client === client) this.#renew(client);
      throw told;
    }
  }

  #renew(evicted: TigerBeetleClient): void {
    this.#client = undefined;
    evicted.destroy();
  }

  /** The same answer, unless its caller leaves before it. What was sent cannot be taken back. */
  #inTime<T>(
    answer: Promise<T>,
    giveUp: (error: unknown) => boolean,
    journalled: boolean,
    { signal, timeoutMs = this.#timeoutMs }: Context,
  ): Promise<T> {
    if (timeoutMs === undefined && signal === undefined) return answer;
    return new Promise<T>((resolve, reject) => {
      const left = (): void => {
        // A create that was sent is done whether somebody waits or not.
        if (giveUp(signal?.reason) || !journalled) reject(signal?.reason);
      };
      const over = (): void => {
        const undone = giveUp(undefined) || !journalled;
        reject(late(timeoutMs ?? 0, undone));
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(over, Math.min(timeoutMs, TIMER_MS_MAX));
      signal?.addEventListener('abort', left);
      if (signal?.aborted === true) left();
      answer.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', left);
      });
    });
  }

  /** Milliseconds until the cluster has answered a lookup of nothing. */
  async ping(): Promise<number> {
    const from = performance.now();
    await this.request({
      operation: Operation.lookup_accounts,
      count: 1,
      write: ({ view }, at) => view.setBigUint64(at, NOBODY, true),
      read: () => undefined,
      context: {},
    });
    return performance.now() - from;
  }

  /** Waits for answers, but not for ever: what has none by then rejects with `closed`, and is unknown. */
  close(patienceMs: number = CLOSE_MS): Promise<void> {
    this.#closing ??= this.#close(patienceMs);
    return this.#closing;
  }

  async #close(patienceMs: number): Promise<void> {
    await this.#order.settled(patienceMs);
    this.#order.drop(new TallystickError('closed', 'the ledger was closed before this was sent; nothing was done'));
    this.#client?.destroy();
    this.#client = undefined;
  }
}

function unsupported(operation: Operation): TallystickError {
  return new TallystickError('unsupported', `TigerBeetle has no ${Operation[operation]}; nothing was done`);
}

/** What tigerbeetle-node says when it refuses or loses a request. */
const WORDS: { readonly [code: string]: (message: string) => TallystickError } = {
  ERR_CLIENT_CLOSED: () => new TallystickError('closed'),
  ERR_CLIENT_EVICTED: (message) =>
    new TallystickError('connection_lost', `the cluster has ended the session: ${message}`),
  ERR_CLIENT_RELEASE_TOO_LOW: (message) => new TallystickError('version_mismatch', message),
  ERR_CLIENT_RELEASE_TOO_HIGH: (message) => new TallystickError('version_mismatch', message),
  ERR_TOO_MUCH_DATA: () => new TallystickError('too_much_data'),
};

function inOurWords(error: unknown): TallystickError {
  if (error instanceof TallystickError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const said = typeof code === 'string' && Object.hasOwn(WORDS, code) ? WORDS[code]?.(String(message)) : undefined;
  return said ?? new TallystickError('connection_lost', `tigerbeetle-node: ${message ?? error}`, { cause: error });
}
