/**
 * Where all doors meet: requests wait in their lanes and go to the sequencer as it has room. Little is let into the
 * ring at a time, so that what is urgent does not stand behind what is not: about half a millisecond of work, measured
 * as it goes.
 */
import {
  isSliced,
  type Lane,
  operationShapes,
  type Port,
  type Request,
  TallystickError,
} from 'tallystick/internal/model';
import { cellsCount } from 'tallystick/internal/wire';
import { mayShare, partsOf, readAll, spaceOf, writeAll } from './coalesce.ts';
import { DrainRate } from './drain-rate.ts';
import type { IngressOptions } from './ingress-options.ts';
import { LANE_DEFAULTS, LANES, LaneQueue, RoundRobin } from './lanes.ts';
import { OpenQueries } from './open-queries.ts';
import { classify, type Rule } from './policy.ts';
import { contextBelow, isQuery, isWanted, journalled, payerOf, type Waiting, watch } from './waiting.ts';

/** Counts of a lane's work; for the observers. */
export interface LaneStatistics {
  requests: number;
  /** Refused because the lane was full. */
  refused: number;
}

/** For how long a query may take. */
const QUERY_TIMEOUT_MS = 60_000;
/** Work in the ring that is aimed at. */
const TARGET_MS = 0.5;
/** A disk writes that much as fast as one; below it, a slow sync would be answered with ever less work for each. */
const WINDOW_CELLS_MIN = 1024;
const WINDOW_CELLS_MAX = 16_384;
/** Cells that leave before it is looked at how long they took. */
const MEASURED_CELLS = 4096;
/** Critical requests have that much room in the ring, whatever is in it. */
const CRITICAL_CELLS_MAX = 32_768;

export class Ingress implements Port {
  readonly eventsMax: number;
  readonly statistics: { readonly [lane in Lane]: LaneStatistics };
  readonly #port: Port;
  readonly #rules: readonly Rule[] | undefined;
  readonly #queryTimeoutMs: number;
  readonly #queues: { readonly [lane in Lane]: LaneQueue<Waiting> };
  readonly #order: readonly LaneQueue<Waiting>[];
  readonly #rates: { readonly [lane in Lane]: DrainRate };
  readonly #turns: RoundRobin<Waiting>;
  #inFlight = 0;
  readonly #queries = new OpenQueries();
  /** Cells of the ring beyond which nothing normal is let in: about {@link TARGET_MS} of work. */
  #window = 2048;
  /** Since when the ring has not been empty, or was last measured, and cells that have left since. */
  #busySince = 0;
  #left = 0;
  #pumping = false;
  #scheduled = false;
  #turnBegan = 0;
  #closed = false;

  constructor(port: Port, options: IngressOptions = {}) {
    this.#port = port;
    this.eventsMax = port.eventsMax;
    this.#rules = options.rules;
    this.#queryTimeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
    const queue = (lane: Lane): LaneQueue<Waiting> =>
      new LaneQueue<Waiting>({ ...LANE_DEFAULTS[lane], ...options.lanes?.[lane] }, ({ cells }) => cells, payerOf);
    this.#queues = { critical: queue('critical'), high: queue('high'), normal: queue('normal') };
    this.#rates = { critical: new DrainRate(), high: new DrainRate(), normal: new DrainRate() };
    this.#order = LANES.map((lane) => this.#queues[lane]);
    this.#turns = new RoundRobin(this.#order);
    this.statistics = {
      critical: { requests: 0, refused: 0 },
      high: { requests: 0, refused: 0 },
      normal: { requests: 0, refused: 0 },
    };
  }

  /** Cells that wait in a lane. */
  depth(lane: Lane): number {
    return this.#queues[lane].cells;
  }

  request<T>(request: Request<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new TallystickError('closed'));
    const lane = classify(this.#rules, request);
    const sliced = isSliced(request.operation, request.count);
    if (sliced && !this.#queries.admits(request.context.payer ?? 0)) {
      return Promise.reject(new TallystickError('lane_full', 'too many queries are open; ask again a little later'));
    }
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = {
        request,
        cells: 1 + cellsCount(request.count * operationShapes[request.operation].eventSize),
        shares: mayShare(request),
        lane,
        arrived: this.#turn(),
        resolve: resolve as (value: never) => void,
        reject,
        timeoutMs: this.#timeoutOf(request, sliced),
        signal: journalled(request) ? undefined : request.context.signal,
        timer: undefined,
        givenUp: false,
      };
      if (this.#queues[lane].length === 0) this.#rates[lane].began(waiting.arrived);
      if (this.#queues[lane].push(waiting)) {
        watch(waiting);
        if (sliced) this.#queries.entered(payerOf(waiting));
      } else reject(this.#refusal(lane));
    });
  }

  /** The timeout of a request; a query gets no more than the server's own limit. */
  #timeoutOf({ context: { timeoutMs } }: Request, sliced: boolean): number | undefined {
    if (!sliced) return timeoutMs;
    return Math.min(timeoutMs ?? Number.POSITIVE_INFINITY, this.#queryTimeoutMs);
  }

  /** Says when to come again: by then the requests that wait now should have left the lane. */
  #refusal(lane: Lane): TallystickError {
    this.statistics[lane].refused++;
    const cells = this.depth(lane);
    const retryAfterMs = this.#rates[lane].waitMs(cells, performance.now());
    return new TallystickError('lane_full', `the ${lane} lane is full: ${cells} cells wait`, { retryAfterMs });
  }

  /** When this turn's requests arrived. All that a door has read is pumped once, so that it may go together. */
  #turn(): number {
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#turnBegan = performance.now();
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#pump();
      });
    }
    return this.#turnBegan;
  }

  #pump(): void {
    // A reply that makes room is read while the ring is being looked at: one pump at a time.
    if (this.#pumping) return;
    this.#pumping = true;
    const now = performance.now();
    for (;;) {
      const queue = this.#turns.next((lane) => this.#inFlight < this.#limit(lane));
      if (queue === undefined) break;
      const { cells } = queue;
      const first = queue.shift();
      if (!isWanted(first)) {
        queue.deficit += first.cells;
        if (isQuery(first)) this.#queries.left(payerOf(first));
      } else if (!first.shares || queue.length === 0 || !queue.first.shares) this.#send(first);
      else this.#sendTogether(this.#withFollowers(queue, first));
      this.#rates[first.lane].left(cells - queue.cells, now);
    }
    this.#pumping = false;
  }

  /** An urgent request does not wait for the ring to empty: it goes behind the others, and meets the next write. */
  #limit(queue: LaneQueue<Waiting>): number {
    if (queue === this.#queues.critical) return CRITICAL_CELLS_MAX;
    return queue === this.#queues.high ? this.#window * 2 : this.#window;
  }

  /** `first` and those behind it that may share a batch with it, as many as the lane's turn and the window take. */
  #withFollowers(queue: LaneQueue<Waiting>, first: Waiting): Waiting[] {
    const together = [first];
    let room = Math.min(this.eventsMax, Math.max(this.#limit(queue) - this.#inFlight, 0)) - spaceOf(first.request);
    while (queue.length > 0) {
      const { shares, request, cells } = queue.first;
      if (!shares || spaceOf(request) > room || cells > queue.deficit) break;
      const follower = queue.shift();
      if (!isWanted(follower)) continue;
      queue.deficit -= cells;
      room -= spaceOf(request);
      together.push(follower);
    }
    return together;
  }

  #send(waiting: Waiting): void {
    const { request, resolve, reject } = waiting;
    // A sliced request is not charged by its cells in the ring.
    const left = isQuery(waiting) ? () => this.#queries.left(payerOf(waiting)) : this.#track(waiting.cells);
    request.context.enters?.('sequencer');
    this.#port
      .request({
        operation: request.operation,
        count: request.count,
        write: request.write,
        read: (cells, at, size, op) => {
          this.#count(waiting, performance.now());
          return request.read(cells, at, size, op);
        },
        context: contextBelow(waiting),
      })
      .then(resolve as (value: unknown) => void, (error: unknown) => {
        this.#count(waiting, performance.now());
        reject(error);
      })
      .then(left);
  }

  #sendTogether(together: readonly Waiting[]): void {
    let count = 0;
    for (const { request } of together) {
      count += request.count;
      request.context.enters?.('sequencer');
    }
    let written = false;
    const left = this.#track(1 + count);
    this.#port
      .request({
        operation: together[0]!.request.operation,
        count,
        write: (cells, at) => {
          writeAll(together, cells, at);
          written = true;
        },
        read: (cells, at, _size, op) => {
          this.#countAll(together);
          readAll(together, cells, at, op);
        },
        context: partsOf(together),
      })
      .catch((error: unknown) => {
        // Nothing was sent, because of one of them: the others have not deserved that.
        const again = !written || (error instanceof TallystickError && error.code === 'too_many_pendings');
        if (!again) this.#countAll(together);
        for (const waiting of together) {
          if (again) this.#send(waiting);
          else waiting.reject(error);
        }
      })
      .then(left);
  }

  /** Something goes into the ring; call what is returned when it has left. */
  #track(cells: number): () => void {
    if (this.#inFlight === 0) {
      this.#busySince = performance.now();
      this.#left = 0;
    }
    this.#inFlight += cells;
    return () => {
      this.#inFlight -= cells;
      this.#adapt(cells);
      this.#pump();
    };
  }

  #count({ arrived, request, lane }: Waiting, now: number, times = 1): void {
    this.statistics[lane].requests += times;
    request.context.door?.latency[lane].record(now - arrived, times);
    const { traceparent, door } = request.context;
    if (traceparent !== undefined) door?.exemplars[lane].keep(traceparent, now - arrived, Date.now() / 1000);
  }

  /** Those that came through one door in one turn have waited for the same time: they are counted together. */
  #countAll(together: readonly Waiting[]): void {
    const now = performance.now();
    let first = together[0]!;
    let times = 0;
    for (const waiting of together) {
      if (waiting.arrived !== first.arrived || waiting.request.context.door !== first.request.context.door) {
        this.#count(first, now, times);
        first = waiting;
        times = 0;
      }
      times++;
    }
    this.#count(first, now, times);
  }

  /** Cells a millisecond, as just seen, make the window that holds the aimed-at time. */
  #adapt(cells: number): void {
    this.#left += cells;
    if (this.#left < MEASURED_CELLS) return;
    const now = performance.now();
    const aimed = (this.#left / Math.max(now - this.#busySince, 0.01)) * TARGET_MS;
    this.#window = Math.min(WINDOW_CELLS_MAX, Math.max(WINDOW_CELLS_MIN, this.#window * 0.9 + aimed * 0.1));
    this.#busySince = now;
    this.#left = 0;
  }

  /** Refuses new requests; what waits is still answered. The port is closed by its owner. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#inFlight > 0 || this.#queries.count > 0 || this.#order.some((queue) => queue.length > 0)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
