/**
 * Where the typed API meets an engine: requests written straight into the engine's memory, replies read straight out of
 * it. {@link RequestPort} is the fast door, {@link ReplayPort} the plain one, bytes in and bytes out.
 */

/** An engine's whole memory, three ways to see the same bytes. `u32[i]` lies at byte `4 * i`. */
export interface Cells {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly u32: Uint32Array;
}

/** Says when a caller has gone: an `AbortSignal`, as far as we look at one. */
export interface Leaving {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** A caller's terms for a request, besides its events. A port may ignore them. */
export interface RequestTerms {
  /**
   * How long the caller waits, milliseconds. A request that is not begun by then, and a query that is not done by then,
   * is given up and rejects with `deadline_exceeded`. A request that changes the ledger is done once it has its place
   * in the order, however late.
   */
  readonly timeoutMs?: number;
  /** Aborted when nobody waits any more: the same, with the signal's reason. */
  readonly signal?: Leaving;
  /**
   * The payer of a query, a u32. Queries of different payers have the same share of the machine, whatever they ask.
   */
  readonly payer?: number;
  /** How many times the usual share a query gets; 1 by default. */
  readonly share?: number;
}

/** Takes one request at a time and in order; any number may be in flight. */
export interface RequestPort {
  /** The most events in one request. */
  readonly eventsMax: number;
  /**
   * One request. `write(cells, at)` fills `count` events starting at byte offset `at` before the request is published,
   * synchronously; if it throws, nothing is sent and the promise rejects with that error. `read(cells, at, size, op)`
   * runs synchronously when the reply (`size` bytes at offset `at`) is released; what it returns resolves the promise.
   * `op`: of the batch that a create was part of, where the ledger is in this process. Nothing of the memory may be
   * kept after either returns.
   */
  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number, op?: number) => T,
    terms?: RequestTerms,
  ): Promise<T>;
  /** Finishes what is in flight, makes it durable, lets go of everything. */
  close(): Promise<void>;
}

/** A door for replay tools and tests: wire bytes, one request at a time, and a clock that can be told. */
export interface ReplayPort {
  /**
   * `timestamp` is that of the request's last event, in nanoseconds since the epoch; undefined = the ledger's own
   * clock.
   */
  request(operation: number, events: Uint8Array, timestamp?: bigint): Promise<Uint8Array>;
  /** Moves the ledger's time forward and runs expiry pulses until none is due. */
  advance(nanoseconds: bigint): Promise<void>;
  close(): Promise<void>;
}
