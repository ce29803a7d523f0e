/**
 * Where all doors meet: requests wait in their lanes and go to the sequencer as it has room. Little is let into the ring at a time, so that what is urgent
 * does not stand behind what is not: about half a millisecond of work, measured as it goes.
 */
import { build as buildHistogram, type Histogram } from 'hdr-histogram-js';
import type { DoorCounters } from '../base/index.ts';
import { type Cells, operationShapes, type RequestPort, TallystickError } from '../model/index.ts';
import { LANE_DEFAULTS, LANES, type Lane, type LaneOptions, LaneQueue, nextLane } from './lanes.ts';
import { type Caller, classify, type Rule } from './policy.ts';

export interface IngressOptions {
  readonly lanes?: { readonly [lane in Lane]?: Partial<LaneOptions> };
  /** Left out: clients get the lane that they ask for. */
  readonly rules?: readonly Rule[];
}

/** What a door knows about a request besides its events. */
export interface RequestContext extends Caller {
  /** The events as they came, for the rules to look at; they need not live longer than the call. */
  readonly events?: Uint8Array;
  /** Counts the time to the reply. */
  readonly door?: DoorCounters;
  /** Of the caller's span, as W3C writes it; whoever traces wants it. */
  readonly traceparent?: string;
}

/** The port that doors are handed. */
export interface LanePort extends RequestPort {
  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
    context?: RequestContext,
  ): Promise<T>;
}

interface Waiting {
  readonly operation: number;
  readonly count: number;
  readonly cells: number;
  readonly lane: Lane;
  readonly arrived: number;
  readonly door: DoorCounters | undefined;
  readonly write: (cells: Cells, at: number) => void;
  readonly read: (cells: Cells, at: number, size: number) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** What a lane has done; for the observers. */
export interface LaneStatistics {
  /** From arrival to the durable reply, microseconds. */
  readonly latency: Histogram;
  requests: number;
  /** Refused because the lane was full. */
  refused: number;
}

/** Work in the ring that is aimed at. */
const TARGET_MS = 0.5;
const WINDOW_CELLS_MIN = 256;
const WINDOW_CELLS_MAX = 16_384;
const LATENCY_US_MAX = 60_000_000;

export class Ingress implements LanePort {
  readonly eventsMax: number;
  readonly statistics: { readonly [lane in Lane]: LaneStatistics };
  readonly #port: RequestPort;
  readonly #rules: readonly Rule[] | undefined;
  readonly #queues: { readonly [lane in Lane]: LaneQueue<Waiting> };
  readonly #order: readonly LaneQueue<Waiting>[];
  #inFlight = 0;
  /** Cells let into the ring at a time. */
  #window = 2048;
  #pumping = false;
  #closed = false;

  constructor(port: RequestPort, options: IngressOptions = {}) {
    this.#port = port;
    this.eventsMax = port.eventsMax;
    this.#rules = options.rules;
    const queue = (lane: Lane): LaneQueue<Waiting> =>
      new LaneQueue<Waiting>({ ...LANE_DEFAULTS[lane], ...options.lanes?.[lane] }, (waiting) => waiting.cells);
    this.#queues = { critical: queue('critical'), high: queue('high'), normal: queue('normal') };
    this.#order = LANES.map((lane) => this.#queues[lane]);
    this.statistics = { critical: newStatistics(), high: newStatistics(), normal: newStatistics() };
  }

  /** Cells that wait in a lane. */
  depth(lane: Lane): number {
    return this.#queues[lane].cells;
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
    context: RequestContext = {},
  ): Promise<T> {
    if (this.#closed) return Promise.reject(new TallystickError('closed'));
    const lane = classify(this.#rules, operation, count, context.events, context);
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = {
        operation,
        count,
        cells: 1 + cellsOf(operation, count),
        lane,
        arrived: performance.now(),
        door: context.door,
        write,
        read,
        resolve: resolve as (value: never) => void,
        reject,
      };
      if (this.#queues[lane].push(waiting)) this.#pump();
      else {
        this.statistics[lane].refused++;
        reject(new TallystickError('lane_full', `the ${lane} lane is full: ${this.depth(lane)} cells wait`));
      }
    });
  }

  #pump(): void {
    // A reply that makes room is read while the ring is being looked at: one pump at a time.
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#inFlight === 0 || this.#inFlight < this.#window) {
      const queue = nextLane(this.#order);
      if (queue === undefined) break;
      this.#send(queue.shift());
    }
    this.#pumping = false;
  }

  #send(waiting: Waiting): void {
    this.#inFlight += waiting.cells;
    const sent = performance.now();
    const inFlight = this.#inFlight;
    this.#port
      .request(waiting.operation, waiting.count, waiting.write, waiting.read)
      .then(waiting.resolve as (value: unknown) => void, waiting.reject)
      .finally(() => {
        this.#inFlight -= waiting.cells;
        const now = performance.now();
        this.#adapt(inFlight, now - sent);
        waiting.door?.latency[waiting.lane].record(now - waiting.arrived);
        const statistics = this.statistics[waiting.lane];
        statistics.requests++;
        statistics.latency.recordValue(
          Math.min(LATENCY_US_MAX, Math.max(1, Math.round((now - waiting.arrived) * 1000))),
        );
        this.#pump();
      });
  }

  /** Cells a millisecond, as just seen, make the window that holds the aimed-at time. */
  #adapt(cells: number, milliseconds: number): void {
    if (cells < WINDOW_CELLS_MIN || milliseconds <= 0) return;
    const aimed = (cells / milliseconds) * TARGET_MS;
    this.#window = Math.min(WINDOW_CELLS_MAX, Math.max(WINDOW_CELLS_MIN, this.#window * 0.9 + aimed * 0.1));
  }

  /** Refuses new requests; what waits is still answered. The port is closed by its owner. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#inFlight > 0 || this.#order.some((queue) => queue.length > 0)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function newStatistics(): LaneStatistics {
  return {
    latency: buildHistogram({
      lowestDiscernibleValue: 1,
      highestTrackableValue: LATENCY_US_MAX,
      numberOfSignificantValueDigits: 2,
    }),
    requests: 0,
    refused: 0,
  };
}

function cellsOf(operation: number, count: number): number {
  const shape = operationShapes[operation as keyof typeof operationShapes];
  return Math.ceil((count * (shape?.eventSize ?? 128)) / 128);
}
