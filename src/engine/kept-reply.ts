/** What the window of replies keeps. */

/** A reply, without the zeros and repetitions that it has on the wire. */
export interface KeptReply {
  readonly op: number;
  readonly request: number;
  readonly count: number;
  readonly checksum: number;
  /** Of each run the timestamp's lower and upper word, the status, and how many results it has. */
  readonly runs: readonly number[];
}

export interface KeptSession {
  /** 16 bytes as text. */
  readonly session: string;
  /** The last op of which a reply of this session was let go. */
  lost: number;
  /** Oldest first, from `head` on. */
  replies: KeptReply[];
  head: number;
}
