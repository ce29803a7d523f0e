/**
 * The counts of a door: plain numbers, written where the sockets are, read by exporters. A door makes one of these and
 * hands it out; it knows nothing of metrics. The ingress fills in `latency` for requests that name their door.
 */
import { Exemplars } from './exemplars.ts';
import { LogHistogram } from './log-histogram.ts';

export class DoorCounters {
  /** `native`, `grpc`, `msgpack`, `http`, `local`. */
  readonly door: string;
  /** Open now. */
  connections = 0;
  /** Accepted since the start. */
  connectionsAccepted = 0;
  bytesReceived = 0;
  bytesSent = 0;
  /** A reader calls it first: it updates counts that only the sockets know, such as the bytes of open connections. */
  refresh: () => void = () => {};
  /** By lane: from a request's arrival in its lane to its durable reply. */
  readonly latency: {
    readonly critical: LogHistogram;
    readonly high: LogHistogram;
    readonly normal: LogHistogram;
  } = { critical: new LogHistogram(), high: new LogHistogram(), normal: new LogHistogram() };
  /** Traces of some of those requests. */
  readonly exemplars: { readonly critical: Exemplars; readonly high: Exemplars; readonly normal: Exemplars } = {
    critical: new Exemplars(),
    high: new Exemplars(),
    normal: new Exemplars(),
  };
  readonly #refused = new Map<string, number>();

  constructor(door: string) {
    this.door = door;
  }

  /**
   * The door turned something away before the ledger saw it; `code` is an error code: `frame_invalid`,
   * `unauthenticated`, …
   */
  refuse(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** How often, by code. */
  get refused(): ReadonlyMap<string, number> {
    return this.#refused;
  }
}
