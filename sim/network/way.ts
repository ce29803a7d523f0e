/** The network as the sockets and connections in it see it. */
import type { Random } from '../../testing/model/random.ts';
import type { Scheduler } from './scheduler.ts';

export interface NetworkTaste {
  /** One way, milliseconds. */
  readonly latency: number;
  /** On top of it, on average. */
  readonly jitter: number;
  /** Chance that a segment is lost; it comes again after a while, and those behind it wait. */
  readonly loss: number;
  /** Bytes of a segment, at most. */
  readonly segmentMax: number;
  /** Bytes that a sender gives away before the receiver takes some. */
  readonly window: number;
}

export interface Host {
  readonly name: string;
  /** The power is off, or it is about to come back. */
  up: boolean;
}

export interface Way {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly taste: NetworkTaste;
  readonly connections: { delete(connection: object): boolean };
  /** One way, milliseconds. */
  delay(): number;
  /** The delay of a segment, with the delays of its losses. */
  passage(): number;
  reaches(from: string, to: string): boolean;
}
