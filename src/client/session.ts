/**
 * The port to a ledger in another process: keeps many requests in flight within the credit that the server gives,
 * matches replies by number, and connects again when the connection ends.
 *
 *   request() ──encoded──> waiting ──credit──> sent ──reply──> answered
 *                             ↑                 │ the connection ends: reads, and with `retry` creates, wait again;
 *                             └─────────────────┘ other creates are rejected, for what became of them is unknown
 */
import {
  CELL_SIZE,
  type Cells,
  EVENTS_MAX,
  FrameOffset,
  FrameStatus,
  NO_CONTEXT,
  operationShapes,
  type Pin,
  type Port,
  type Request,
  TallystickError,
} from '../model/index.ts';
import { Asking, askAgain, Control, clearTrace, opAt, putTrace, type Welcome } from '../wire/index.ts';
import { Batcher, type Encoded } from './batcher.ts';
import { type Call, Calls } from './calls.ts';
import { pauseBefore } from './full-lane.ts';
import { errorAt, Link } from './link.ts';
import type { Peer } from './peer.ts';
import { Pinned } from './pinned.ts';

import { isFinal, isFinalOfSeveral, isWrongLedger, retryFor, unanswered } from './reconnect.ts';
import { linkOptions, type SessionOptions } from './session-options.ts';
import { timed, timeoutSaid } from './timed.ts';

/** Bytes that are sent at once; fewer wait for the end of the turn. */
const SEND_AT_ONCE = 128 * 1024;

/** A request of the ledger or of the protocol itself. */
interface Asked<T> extends Omit<Request<T>, 'operation'> {
  readonly operation: number;
}

const EMPTY: Omit<Asked<void>, 'operation'> = { count: 0, write: () => {}, read: () => {}, context: NO_CONTEXT };

export class Session implements Port, Peer {
  readonly #options: SessionOptions;
  readonly #id: Uint8Array;
  readonly #batcher: Batcher;
  readonly #pinned: Pinned;
  readonly #calls = new Calls();
  #number = 0;
  #link: Link | undefined;
  /** The server asked to send no more on this link. */
  #leaving = false;
  #connecting: Promise<void> | undefined;
  readonly #abandon = new AbortController();
  #flushing = false;
  /** Some requests name their caller's span. */
  #tracing = false;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #next = 0;
  #ageMs = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#pinned = new Pinned(options.pin);
    this.#id = crypto.getRandomValues(new Uint8Array(16));
    this.#batcher = new Batcher(this.#id);
  }

  get eventsMax(): number {
    return this.#link?.welcome.eventsMax ?? EVENTS_MAX;
  }

  /** The server's answer to hello; undefined without a connection. */
  get welcome(): Welcome | undefined {
    return this.#link?.welcome;
  }

  /** The ledger that servers are held to; undefined before the first one was met. */
  get pin(): Pin | undefined {
    return this.#pinned.pin;
  }

  /** How old the last answer may have been, milliseconds. */
  get ageMs(): number {
    return this.#ageMs;
  }

  /** Requests without an answer yet. */
  get unanswered(): number {
    return this.#calls.unanswered;
  }

  /** Makes one attempt at each address. Rejects with the last one's error, or the signal's reason. */
  async connect(signal?: AbortSignal): Promise<void> {
    for (let attempt = 1; this.#link === undefined; attempt++) {
      try {
        await this.#open(signal);
      } catch (error) {
        if (attempt >= this.#options.addresses.length || signal?.aborted === true || isFinal(error)) throw error;
      }
    }
  }

  request<T>(request: Request<T>): Promise<T> {
    const { eventSize, journalled } = operationShapes[request.operation];
    return this.#call(request, request.count * eventSize, !journalled);
  }

  /** Round trip, in milliseconds. */
  async ping(): Promise<number> {
    const start = performance.now();
    await this.#call({ ...EMPTY, operation: Control.ping }, 0, true);
    return performance.now() - start;
  }

  /** Moves the time of a server that takes replays. */
  advance(nanoseconds: bigint): Promise<void> {
    return this.#call({ ...EMPTY, operation: Control.advance, context: { timestamp: nanoseconds } }, 0, false);
  }

  /** `size`: bytes of the events. `harmless`: it changes nothing. */
  #call<T>({ operation, count, write, read, context }: Asked<T>, size: number, harmless: boolean): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new TallystickError('closed'));
    return new Promise<T>((resolve, reject) => {
      const number = (this.#number + 1) >>> 0;
      const { lane, retry } = this.#options;
      const timeoutMs = context.timeoutMs ?? this.#options.timeoutMs;
      const timestamp = context.timestamp ?? 0n;
      const stale = harmless && (context.consistency ?? this.#options.consistency) === 'stale';
      const kept = retry && !harmless && operation < Control.hello;
      const encoded = this.#batcher.encode(
        {
          operation,
          request: number,
          count,
          size,
          status: FrameStatus.ok,
          lane,
          timestamp,
          timeoutMs: timeoutSaid(timeoutMs),
          staleness: stale ? 1 : 0,
          ...(kept ? { once: Asking.kept, answered: this.#calls.answeredBefore(number) } : {}),
        },
        write,
      );
      this.#number = number;
      if (this.#calls.unanswered === 0) this.#link?.ref(true);
      const call: Call = {
        slab: encoded.slab,
        at: encoded.at,
        size: encoded.size,
        operation,
        number,
        again: harmless || retry,
        kept,
        since: undefined,
        traced: this.#putTrace(encoded, context.traceparent),
        wasSent: false,
        givenUp: false,
        read,
        resolve: resolve as (value: never) => void,
        reject,
      };
      this.#calls.add(timeoutMs === undefined ? call : timed(call, timeoutMs, (late) => this.#giveUp(late, harmless)));
      this.#flushSoon();
    });
  }

  /** Its time is over. Whether it certainly was not done. */
  #giveUp(call: Call, harmless: boolean): boolean {
    const waited = this.#calls.giveUp(call);
    call.givenUp = true;
    if (waited) this.#batcher.release(call.slab);
    if (this.#calls.unanswered === 0) this.#idle();
    return harmless || (waited && !call.wasSent);
  }

  #flushSoon(): void {
    if (this.#link === undefined || this.#leaving) {
      this.#connectSoon();
      return;
    }
    if (this.#calls.waitingBytes >= SEND_AT_ONCE) this.#flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      process.nextTick(() => {
        this.#flushing = false;
        this.#flush();
      });
    }
  }

  /** Sends what waits, as far as the credit goes. */
  #flush(): void {
    const link = this.#link;
    if (link === undefined || this.#leaving || this.#calls.waiting === 0) return;
    const calls = this.#calls.send(link.welcome);
    if (this.#tracing && !link.welcome.traces) {
      for (const { traced, slab, at } of calls) if (traced) clearTrace(slab.cells, at);
    }
    for (const call of calls) {
      if (!call.kept) continue;
      if (call.since === undefined) call.since = this.#pinned.lastOp;
      else askAgain(call.slab.cells, call.at, call.since);
    }
    link.send(calls);
  }

  /** Whether the frame says now which span it belongs to: it does unless the server is known not to ask. */
  #putTrace({ slab, at }: Encoded, traceparent: string | undefined): boolean {
    if (traceparent === undefined || this.#link?.welcome.traces === false) return false;
    this.#tracing = true;
    return putTrace(slab.cells, at, traceparent);
  }

  #received(cells: Cells, at: number): void {
    const { view } = cells;
    this.#pinned.hear(opAt(view, at));
    this.#ageMs = view.getUint32(at + FrameOffset.staleness, true);
    const operation = view.getUint16(at + FrameOffset.operation, true);
    if (operation === Control.goodbye) {
      this.#leaving = true;
      this.#leaveIfIdle();
      return;
    }
    const number = view.getUint32(at + FrameOffset.request, true);
    const call = this.#calls.answered(number, operation);
    if (call === undefined) {
      throw new TallystickError('frame_invalid', `an answer to request ${number}, which this client did not send`);
    }
    if (call.givenUp) this.#batcher.release(call.slab);
    else if (view.getUint32(at + FrameOffset.status, true) !== FrameStatus.ok) this.#refused(call, errorAt(cells, at));
    else {
      this.#batcher.release(call.slab);
      try {
        call.resolve(call.read(cells, at + CELL_SIZE, view.getUint32(at + FrameOffset.size, true)) as never);
      } catch (error) {
        call.reject(error);
      }
    }
    if (this.#leaving) this.#leaveIfIdle();
    else if (this.#calls.waiting > 0) this.#flushSoon();
    if (this.#calls.unanswered === 0) this.#idle();
  }

  #refused(call: Call, error: TallystickError): void {
    const { retry, reconnectTimeoutMs, addresses } = this.#options;
    // A follower has done nothing: whoever knows other addresses asks there.
    const elsewhere = error.code === 'not_leader' && addresses.length > 1;
    const patience = (retry || elsewhere) && this.#closing === undefined ? reconnectTimeoutMs : 0;
    const pause = pauseBefore(call, error, patience);
    if (elsewhere && pause !== undefined) this.#leaving = true;
    if (pause === undefined) this.#reject([call], error);
    else
      this.#calls.rest(call, pause, () => {
        if (this.#closing !== undefined && this.#link === undefined) this.#rejectWaiting(error);
        else this.#flushSoon();
      });
  }

  #idle(): void {
    this.#link?.ref(false);
    this.#drained?.();
  }

  #leaveIfIdle(): void {
    if (this.#calls.sent === 0) this.#link?.end();
  }

  /** The link is gone. What may be sent again waits again, before what was not sent yet. */
  #ended(error: TallystickError | undefined): void {
    this.#link = undefined;
    this.#leaving = false;
    const lost = error ?? new TallystickError('connection_lost');
    // A server that ends a connection with its token has answered all that it took: the rest was not done, and may go
    // with another token.
    const untaken = lost.code === 'unauthenticated' && typeof this.#options.token === 'function';
    const resend = this.#closing === undefined && (untaken || !isFinal(lost));
    const given = this.#calls.lost(({ again, givenUp }) => resend && !givenUp && (again || untaken));
    this.#reject(given, lost);
    if (this.#calls.unanswered === 0) this.#idle();
    else if (this.#closing !== undefined) this.#rejectWaiting(new TallystickError('closed'));
    else this.#connectSoon();
  }

  #reject(given: readonly Call[], error: unknown): void {
    for (const { slab, reject } of given) {
      this.#batcher.release(slab);
      reject(error);
    }
  }

  /** Those that had been sent before the connection was lost are not just unsent. */
  #rejectWaiting(error: unknown): void {
    for (const call of this.#calls.drop()) this.#reject([call], call.wasSent ? unanswered(error) : error);
    if (this.#calls.unanswered === 0) this.#idle();
  }

  /**
   * Opens a link to the next address. One that has another ledger, or an older state of it, is passed over if one
   * behind it is right; if none is, that is told.
   */
  async #open(signal?: AbortSignal): Promise<void> {
    let wrong: unknown;
    for (let left = this.#options.addresses.length; left > 0; left--) {
      try {
        await this.#openNext(signal);
        return;
      } catch (error) {
        if (signal?.aborted === true || (wrong === undefined && !isWrongLedger(error))) throw error;
        wrong ??= error;
      }
    }
    throw wrong;
  }

  async #openNext(signal?: AbortSignal): Promise<void> {
    const address = this.#options.addresses[this.#next++ % this.#options.addresses.length]!;
    await Link.open(address, await linkOptions(this.#options, this.#id, this.#pinned, signal), {
      opened: (link) => {
        this.#link = link;
        this.#leaving = false;
        link.ref(this.#calls.unanswered > 0);
      },
      frame: (cells, at) => this.#received(cells, at),
      ended: (error) => this.#ended(error),
    });
  }

  #connectSoon(): void {
    // While the old link still has answers to bring, there is no new one.
    if (this.#link !== undefined || this.#connecting !== undefined || this.#closing !== undefined) return;
    const { reconnectTimeoutMs, addresses } = this.#options;
    const final = addresses.length > 1 ? isFinalOfSeveral : isFinal;
    this.#connecting = retryFor(reconnectTimeoutMs, this.#abandon.signal, (signal) => this.#open(signal), final).then(
      () => {
        this.#connecting = undefined;
        if (this.#calls.waiting > 0) this.#flushSoon();
      },
      (error: unknown) => {
        this.#connecting = undefined;
        this.#rejectWaiting(error);
      },
    );
  }

  /** Waits for what was sent to be answered, if there is a connection to answer it, and ends it. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // The code that called us must see `closing` before we go on.
    await Promise.resolve();
    if (this.#link === undefined || this.#leaving) {
      this.#abandon.abort(new TallystickError('closed'));
      await this.#connecting;
      this.#rejectWaiting(new TallystickError('closed'));
    }
    this.#flush();
    if (this.#calls.unanswered > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    this.#link?.end();
    this.#link?.ref(false);
  }
}
