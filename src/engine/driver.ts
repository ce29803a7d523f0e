/** Moves an engine's agents. */

/** Moves what was published through journal and machine: by threads, or right here. */
export interface Driver {
  /** Something was published; replies are to be expected through the egress. */
  arm(): void;
  /** Ends all agents once nothing is in flight and lets go of the folder. */
  stop(): Promise<void>;
  /** Makes the witness of what was answered durable; a driver without it does so by itself. */
  settle?(): void;
  /** Threads of its own; left out: there are none. */
  readonly threads?: readonly ThreadBeats[];
}

/** A thread, and a number that changes at least every second while it moves. */
export interface ThreadBeats {
  readonly name: 'journal' | 'machine' | 'builder';
  readonly beats: number;
}
