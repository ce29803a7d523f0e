/**
 * The counts of agents at work, in the shared memory, each agent's on cache lines of its own: doubles, exact up to
 * 2^53. Only their agent writes them, and every thread may read them, a moment old. A batch costs its agent a few
 * additions; a refused event costs one.
 */

import { LOG_HISTOGRAM_SIZE, LogHistogram } from '../base/index.ts';
import { CELL_SIZE, Operation } from '../model/index.ts';

/** Bytes of the region. */
export const COUNTERS_SIZE = 8192;
/** First double of each agent's part. */
const Part = { journal: 0, machine: 256, builder: 960, recovery: 968 } as const;
/** Operations are numbers between 128 and 191. */
const OPERATIONS = 64;
/** Statuses are numbers below 128, but for `created`. */
const STATUSES = 128;
const CREATED = -1;
/** Batches by their number of events: up to 1, 2, 4 … 8192. */
export const BATCH_BUCKETS = 14;

export class JournalCounters {
  /** 0 batches · 1 events · 2 bytes of batches, headers included */
  readonly #values: Float64Array;
  readonly flush: LogHistogram;

  constructor(region: Float64Array) {
    this.#values = region.subarray(Part.journal, Part.journal + 8);
    this.flush = new LogHistogram(region.subarray(Part.journal + 8, Part.journal + 8 + LOG_HISTOGRAM_SIZE));
  }

  /** `cells` of the body. A pulse has no events. */
  batch(events: number, cells: number): void {
    const values = this.#values;
    values[0]! += 1;
    values[1]! += events;
    values[2]! += (1 + cells) * CELL_SIZE;
  }

  get batches(): number {
    return this.#values[0]!;
  }

  get events(): number {
    return this.#values[1]!;
  }

  get bytes(): number {
    return this.#values[2]!;
  }
}

export class MachineCounters {
  /** 0 milliseconds at work */
  readonly #values: Float64Array;
  readonly #requests: Float64Array;
  readonly #events: Float64Array;
  /** By operation, accounts first; then by size. */
  readonly #sizes: Float64Array;
  /** By operation, accounts first; then by status. */
  readonly #rejected: Float64Array;

  constructor(region: Float64Array) {
    let at: number = Part.machine;
    const take = (count: number): Float64Array => {
      at += count;
      return region.subarray(at - count, at);
    };
    this.#values = take(8);
    this.#requests = take(OPERATIONS);
    this.#events = take(OPERATIONS);
    this.#sizes = take(2 * 16);
    this.#rejected = take(2 * STATUSES);
  }

  worked(milliseconds: number): void {
    this.#values[0]! += milliseconds;
  }

  request(operation: number, events: number): void {
    this.#requests[operation % OPERATIONS]! += 1;
    this.#events[operation % OPERATIONS]! += events;
  }

  /** `i32` sees the whole memory; at byte `reply` lie the `size` bytes of the batch's results. */
  results(operation: number, i32: Int32Array, reply: number, size: number): void {
    const kind = operation === Operation.create_transfers ? 1 : 0;
    const events = size / 16;
    this.#sizes[kind * 16 + (events <= 1 ? 0 : 32 - Math.clz32(events - 1))]! += 1;
    const rejected = this.#rejected;
    const end = (reply + size) / 4;
    for (let at = reply / 4 + 2; at < end; at += 4) {
      const status = i32[at]!;
      if (status !== CREATED) rejected[kind * STATUSES + (status & (STATUSES - 1))]! += 1;
    }
  }

  get busyMs(): number {
    return this.#values[0]!;
  }

  requests(operation: number): number {
    return this.#requests[operation % OPERATIONS]!;
  }

  events(operation: number): number {
    return this.#events[operation % OPERATIONS]!;
  }

  /** Batches of more than 2^(bucket - 1) and at most 2^bucket events. */
  batches(operation: number, bucket: number): number {
    return this.#sizes[(operation === Operation.create_transfers ? 16 : 0) + bucket]!;
  }

  rejected(operation: number, status: number): number {
    return this.#rejected[(operation === Operation.create_transfers ? STATUSES : 0) + status]!;
  }
}

export class BuilderCounters {
  /**
   * 0 snapshots written since the start · 1 op behind which the newest one was taken · 2 ledger time of that op, s
   * since the epoch
   */
  readonly #values: Float64Array;

  constructor(region: Float64Array) {
    this.#values = region.subarray(Part.builder, Part.builder + 8);
  }

  /** Recovery found this snapshot; `timestamp` in nanoseconds. */
  found(op: number, timestamp: bigint): void {
    this.#values[1] = op;
    this.#values[2] = Number(timestamp) / 1e9;
  }

  wrote(op: number, timestamp: bigint): void {
    this.#values[0]! += 1;
    this.found(op, timestamp);
  }

  get snapshots(): number {
    return this.#values[0]!;
  }

  get snapshotOp(): number {
    return this.#values[1]!;
  }

  get snapshotSeconds(): number {
    return this.#values[2]!;
  }
}

/** How far opening has replayed the journal. */
export class RecoveryCounters {
  /** 0 cell that it began at · 1 cell reached · 2 cells that there are */
  readonly #values: Float64Array;

  constructor(region: Float64Array) {
    this.#values = region.subarray(Part.recovery, Part.recovery + 8);
  }

  begin(cell: number, cellsThere: number): void {
    this.#values.set([cell, cell, cellsThere]);
  }

  reached(cell: number): void {
    this.#values[1] = cell;
  }

  /** The journal ends before `cell`. */
  ended(cell: number): void {
    this.#values.fill(cell, 1, 3);
  }

  /** Bytes of the journal that are replayed, and that there are to be; both 0 before it is known. */
  get progress(): { readonly bytes: number; readonly bytesTotal: number } {
    const [first, cell, cellsThere] = this.#values;
    const bytesTotal = Math.max(0, cellsThere! - first!) * CELL_SIZE;
    return { bytes: Math.min(bytesTotal, (cell! - first!) * CELL_SIZE), bytesTotal };
  }
}

/** One view for each agent. Make one a thread. */
export class Counters {
  readonly journal: JournalCounters;
  readonly machine: MachineCounters;
  readonly builder: BuilderCounters;
  readonly recovery: RecoveryCounters;

  constructor(buffer: SharedArrayBuffer, at: number) {
    const region = new Float64Array(buffer, at, COUNTERS_SIZE / 8);
    this.journal = new JournalCounters(region);
    this.machine = new MachineCounters(region);
    this.builder = new BuilderCounters(region);
    this.recovery = new RecoveryCounters(region);
  }
}
