/**
 * The engine: what callers hold. Takes requests on the callers' thread, hands them to the sequencer, wakes the agents,
 * and lets the egress answer.
 */
import { TIMER_MS_MAX } from '../base/index.ts';
import {
  EVENTS_MAX,
  isSliced,
  Operation,
  type Port,
  QueryHeaderOffset,
  type Request,
  TallystickError,
  type Write,
} from '../model/index.ts';
import { Call, deadlineExceeded, type Placed } from './call.ts';
import type { Driver, ThreadBeats } from './driver.ts';
import type { Egress } from './egress.ts';
import { type FailureTerms, reasonOf } from './failure.ts';
import type { EngineMemory } from './memory.ts';
import type { ReplyWindow } from './reply-window.ts';
import { isCreate, runsAreMissing, writeOf } from './room.ts';
import { PULSE, type Sequencer } from './sequencer.ts';

/** Cells that are published at once; fewer wait for the end of the turn, so that callers of one turn share a write. */
const PUBLISH_CELLS = 512;
/** How often expiry is looked for while nobody calls. */
const PULSE_INTERVAL_MS = 100;
const NEVER = -1n;

export class Engine implements Port {
  readonly eventsMax: number = EVENTS_MAX;
  readonly memory: EngineMemory;
  readonly sequencer: Sequencer;
  /** The error that creates are rejected with, while they are; expired pending transfers wait as well. */
  writesRefused: TallystickError | undefined;
  readonly #egress: Egress;
  readonly #driver: Driver;
  readonly #failures: FailureTerms | undefined;
  readonly #expires: boolean;
  /** Requests that found no room, oldest first from `#delayedHead` on. */
  #delayed: Call[] = [];
  #delayedHead = 0;
  #unpublished = 0;
  #failure: unknown;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #pulseTimer: NodeJS.Timeout | undefined;
  readonly #ends: (() => void)[] = [];

  /** `expires`: pulses are sent as time passes. */
  constructor(
    memory: EngineMemory,
    sequencer: Sequencer,
    egress: Egress,
    expires: boolean,
    driver: (engine: Engine) => Driver,
    failures?: FailureTerms,
  ) {
    this.#expires = expires;
    this.#failures = failures;
    this.memory = memory;
    this.sequencer = sequencer;
    this.#egress = egress;
    this.#driver = driver(this);
  }

  /** Makes the witness of what was answered durable now; for a simulation, and where nothing follows for long. */
  settle(): void {
    this.#driver.settle?.();
  }

  request<T>(request: Request<T>): Promise<T> {
    const { operation, count, context } = request;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing !== undefined) return Promise.reject(new TallystickError('closed'));
    if (count > EVENTS_MAX) return Promise.reject(new TallystickError('too_much_data'));
    if (context.agreed !== true && this.writesRefused !== undefined && isCreate(operation)) {
      return Promise.reject(this.writesRefused);
    }
    const call = new Call(request);
    const forget = this.#watch(call);
    if (this.#delayedHead !== this.#delayed.length || !this.#place(call)) this.#delay(call);
    return forget === undefined ? call.promise : call.promise.finally(forget);
  }

  #delay(call: Call): void {
    try {
      call.keep();
      this.#delayed.push(call);
    } catch (error) {
      call.reject(error);
    }
  }

  /**
   * Gives the request up when its caller does; what is returned ends that. What changes the ledger, or is done at once,
   * is only given up before it has its place.
   */
  #watch(call: Call): (() => void) | undefined {
    const { timeoutMs, signal } = call.request.context;
    if (timeoutMs === undefined && signal === undefined) return undefined;
    const gone = (): void => this.#giveUp(call, signal?.reason);
    const late = (): void => this.#giveUp(call, deadlineExceeded(timeoutMs ?? 0));
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, Math.min(timeoutMs, TIMER_MS_MAX));
    signal?.addEventListener('abort', gone);
    if (signal?.aborted === true) gone();
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', gone);
    };
  }

  #giveUp(call: Call, reason: unknown): void {
    if (call.ticket !== undefined) this.#egress.queries.giveUp(call, reason);
    else if (call.placed === undefined) call.reject(reason);
    call.givenUp = true;
  }

  /** False when the ring has no room. */
  #place(call: Call): boolean {
    if (call.givenUp) return true;
    const { request } = call;
    try {
      // A pulse needs none before it.
      if (request.operation !== Operation.pulse) this.#pulse();
      const write = this.#roomFor(call);
      const before = this.sequencer.position;
      const query = isSliced(request.operation, request.count);
      if (query && !this.#egress.queries.hasRoom) return false;
      const placed = this.sequencer.place(request, write);
      if (placed === undefined) return false;
      call.placed = placed;
      if (query) this.#ask(placed, call);
      else this.#egress.add(call);
      this.#published((placed.end - before) | 0);
    } catch (error) {
      call.reject(error);
    }
    return true;
  }

  /** Throws where there may be none. Returns how it is to be written. */
  #roomFor(call: Call): Write {
    if (call.request.context.agreed === true) return call.write;
    try {
      return writeOf(call.request, call.write, this.memory);
    } catch (error) {
      // The builder may find room for runs by now.
      this.#driver.arm();
      throw error;
    }
  }

  /** Its ticket stands in its header. */
  #ask(placed: Placed, call: Call): void {
    call.ticket = this.#egress.queries.add(call);
    this.memory.view.setUint32(placed.header + QueryHeaderOffset.ticket, call.ticket, true);
  }

  /** Publishes now when there is much, else at the end of this turn. */
  #published(cells: number): void {
    const first = this.#unpublished === 0;
    this.#unpublished += cells;
    if (this.#unpublished >= PUBLISH_CELLS) this.#publish();
    else if (first) queueMicrotask(() => this.#publish());
  }

  #publish(): void {
    if (this.#unpublished === 0) return;
    this.#unpublished = 0;
    this.sequencer.publish();
    this.#driver.arm();
  }

  /** Pendings whose time has come are ended before the next request. */
  #pulse(): void {
    if (!this.#expires || this.memory.expiresNext === NEVER || this.writesRefused !== undefined) return;
    if (runsAreMissing(this.memory)) return;
    this.pulseNow();
    this.#pulseTimer ??= setTimeout(() => {
      this.#pulseTimer = undefined;
      if (this.#failure === undefined && this.#closing === undefined) this.#pulse();
    }, PULSE_INTERVAL_MS).unref();
  }

  /** Places a pulse if one is due and none is on its way. */
  pulseNow(): boolean {
    const before = this.sequencer.position;
    const placed = this.sequencer.pulseIfDue();
    if (placed === undefined) return false;
    this.#published((placed.end - before) | 0);
    return true;
  }

  /** Ends every pending transfer that has expired by now. */
  async expire(): Promise<void> {
    while (this.sequencer.isPulseDue()) await this.request(PULSE);
  }

  /** The last op that an answer has vouched for, that of the request whose `read` runs included; never less again. */
  get op(): number {
    return this.#egress.op;
  }

  /** The replies that are kept for requests that are sent again. */
  get window(): ReplyWindow {
    return this.#egress.window;
  }

  /** Requests that were not answered yet. */
  get inFlight(): number {
    return this.#egress.waiting + (this.#delayed.length - this.#delayedHead);
  }

  /** Those of them that found no room in the ring. */
  get delayed(): number {
    return this.#delayed.length - this.#delayedHead;
  }

  /** Why the engine cannot go on, if it cannot. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Threads that work for it; none where everything is done on this one. */
  get threads(): readonly ThreadBeats[] {
    return this.#driver.threads ?? [];
  }

  /** Whether there is a journal. */
  get durable(): boolean {
    return this.#egress.topology.durable;
  }

  /** Whether requests are taken. */
  get accepting(): boolean {
    return this.#failure === undefined && this.#closing === undefined;
  }

  /** Has `act` called when no more requests are taken. */
  atEnd(act: () => void): void {
    this.#ends.push(act);
  }

  #end(): void {
    clearTimeout(this.#pulseTimer);
    for (const act of this.#ends.splice(0)) act();
  }

  /** Answers what can be answered and lets delayed requests in. Returns the number of answers. */
  release(): number {
    const released = this.#egress.release();
    while (this.#delayedHead !== this.#delayed.length && this.#place(this.#delayed[this.#delayedHead]!))
      this.#delayedHead++;
    if (this.#delayedHead === this.#delayed.length && this.#delayedHead !== 0) {
      this.#delayed = [];
      this.#delayedHead = 0;
    }
    if (this.inFlight === 0) this.#drained?.();
    return released;
  }

  /** The engine cannot go on: what is in flight has an unknown outcome. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    const reason = reasonOf(error, this.#failures);
    this.#failure = reason;
    this.#end();
    this.#egress.rejectAll(reason);
    for (const delayed of this.#delayed.splice(0).slice(this.#delayedHead)) delayed.reject(reason);
    this.#delayedHead = 0;
    this.#drained?.();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#end();
    this.#publish();
    if (this.inFlight > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await this.#driver.stop();
  }
}
