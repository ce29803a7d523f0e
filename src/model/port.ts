/**
 * Where the typed API meets an engine: requests written straight into the engine's memory, replies read straight out of it.
 * {@link RequestPort} is the fast door, {@link ReplayPort} the plain one, bytes in and bytes out.
 */

/** An engine's whole memory, three ways to see the same bytes. `u32[i]` lies at byte `4 * i`. */
export interface Cells {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly u32: Uint32Array;
}

/** Takes one request at a time and in order; any number may be in flight. */
export interface RequestPort {
  /** The most events in one request. */
  readonly eventsMax: number;
  /**
   * One request. `write(cells, at)` fills `count` events starting at byte offset `at` before the request is published,
   * synchronously; if it throws, nothing is sent and the promise rejects with that error.
   * `read(cells, at, size)` runs synchronously when the reply (`size` bytes at offset `at`) is released; what it returns
   * resolves the promise. Nothing of the memory may be kept after either returns.
   */
  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
  ): Promise<T>;
  /** Finishes what is in flight, makes it durable, lets go of everything. */
  close(): Promise<void>;
}

/** A door for replay tools and tests: wire bytes, one request at a time, and a clock that can be told. */
export interface ReplayPort {
  /** `timestamp` is that of the request's last event, in nanoseconds since the epoch; undefined = the ledger's own clock. */
  request(operation: number, events: Uint8Array, timestamp?: bigint): Promise<Uint8Array>;
  /** Moves the ledger's time forward and runs expiry pulses until none is due. */
  advance(nanoseconds: bigint): Promise<void>;
  close(): Promise<void>;
}
