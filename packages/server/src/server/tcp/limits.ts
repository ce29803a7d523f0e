/** The limits of the native door for a client, and how long it waits for one. */
export interface NativeLimits {
  readonly connectionsMax: number;
  /** Requests of a connection that may be unanswered at a time. */
  readonly requestsMax: number;
  /** Cells of a connection's unanswered requests, headers included; one request may always be sent. */
  readonly cellsMax: number;
  /**
   * Cells of all connections' unanswered requests that are not urgent; those for which there is no room wait in line.
   */
  readonly pooledCellsMax: number;
  /** Bytes of replies that a connection may have coming or standing in its socket; at that many its requests wait. */
  readonly repliesMax: number;
  /** The same of all connections together. */
  readonly bytesMax: number;
  /** From connecting to a whole hello. */
  readonly helloMs: number;
  /** From a frame's first byte to its last. */
  readonly frameMs: number;
  /** Without the client taking a byte of its replies. */
  readonly writeMs: number;
}

export const NATIVE_LIMITS: NativeLimits = {
  connectionsMax: 4096,
  requestsMax: 4096,
  cellsMax: 32_768,
  pooledCellsMax: 32_768,
  repliesMax: 4 * 2 ** 20,
  bytesMax: 256 * 2 ** 20,
  helloMs: 5000,
  frameMs: 30_000,
  writeMs: 30_000,
};
