/** A door that is open, and what one is opened with. */
import type { DoorCounters } from 'tallystick/internal/base';
import type { GrpcService, Port } from 'tallystick/internal/model';
import type { Gate, HttpService, HttpSite, Meter, Served } from '../server/index.ts';
import type { Observers } from './observers.ts';
import type { Security } from './security.ts';

export interface OpenDoor {
  /** Such as tcp://127.0.0.1:3000. */
  readonly url: string;
  readonly counters: DoorCounters;
  /** Answers what was sent and ends; clients that have not left by then are cut off. */
  drain(milliseconds: number): Promise<void>;
}

/** What is there before the ledger is. */
export interface Ground {
  /** What all doors may hold together for clients. */
  readonly budget: Meter;
  /** What callers get before it is known who they are, at all doors together. */
  readonly gate: Gate;
  readonly security: Security;
  readonly observers: Observers;
}

export interface Within extends Ground {
  readonly lanes: Port;
  /** What clients that stream may have in the lanes, at all doors together. */
  readonly pool: Meter;
  readonly served: Served;
  readonly services: readonly HttpService[];
  readonly grpcServices: readonly GrpcService[];
  readonly site: HttpSite | undefined;
}
