/**
 * What a door counts: plain numbers, written where the sockets are, read by whoever exports them. A door makes one of these and hands it out; it knows
 * nothing of metrics.
 */
export class DoorCounters {
  /** `native`, `grpc`, `msgpack`, `http`, `local`. */
  readonly door: string;
  /** Open now. */
  connections = 0;
  /** Accepted since the start. */
  connectionsAccepted = 0;
  bytesReceived = 0;
  bytesSent = 0;
  /** What the door turned away before the ledger saw it, by error code: `frame_invalid`, `unauthenticated`, … */
  readonly refused: Map<string, number> = new Map();

  constructor(door: string) {
    this.door = door;
  }

  refuse(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }
}

/** What a lane counts: see {@link DoorCounters}. */
export class LaneCounters {
  /** `critical`, `high`, `normal`. */
  readonly lane: string;
  /** Requests waiting for the sequencer now. */
  depth = 0;
  /** Requests that found the lane full. */
  rejected = 0;

  constructor(lane: string) {
    this.lane = lane;
  }
}
