/** What shards need of the world; it is handed in, so that a simulator can be the world. */
export interface ShardWorld {
  /** Nanoseconds since the epoch. It decides when somebody asks, never what the answer is. */
  now(): bigint;
  /**
   * Calls `act` once after so many milliseconds; returns what takes that back. `isAwaited`: a caller waits for nothing
   * else, so the process must live until then.
   */
  after(milliseconds: number, act: () => void, isAwaited?: boolean): () => void;
  /** A u128 of chance, for the name of a new town of shards. */
  random(): bigint;
}
