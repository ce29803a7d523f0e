/** What the calls of one gRPC server have in common. */

import type { DoorCounters } from '../../base/index.ts';
import type { TallystickError } from '../../model/index.ts';
import { GrpcLane } from '../../wire/index.ts';
import type { LanePort, RequestContext } from '../ingress.ts';
import { LANES, type Lane } from '../lanes.ts';
import type { Pool } from '../pool.ts';
import type { Budget } from './budget.ts';
import type { GrpcCall } from './call.ts';
import type { GrpcLimits } from './limits.ts';

export interface GrpcDoor {
  readonly port: LanePort;
  readonly limits: GrpcLimits;
  readonly budget: Budget;
  readonly pool: Pool;
  readonly counters: DoorCounters;
}

/** What a server asks of a call that is open. */
export interface OpenCall {
  /** Takes nothing more, answers what it has taken, and ends: for that reason, or because the server goes down. */
  drain(reason?: TallystickError): void;
  /** Gives up on a client that does not do its part. */
  sweep(now: number): void;
}

/** Rules look at the events of requests up to that many. */
const EVENTS_SHOWN_MAX = 64;
const LANE_HEADER = 'tallystick-lane';
const laneOfNumber: { readonly [number: number]: Lane } = {
  [GrpcLane.normal]: 'normal',
  [GrpcLane.high]: 'high',
  [GrpcLane.critical]: 'critical',
};

/** What a call's metadata wishes; what is no lane is no wish. */
export function wishOf(call: GrpcCall): Lane | undefined {
  return LANES.find((lane) => lane === call.headers[LANE_HEADER]);
}

/** The wish of a request, or else of its call. */
export function wishedLane(lane: number, wish: Lane | undefined): Lane | undefined {
  return laneOfNumber[lane] ?? wish;
}

/** What the lanes should know of a request. `lane` is the wish of the request itself, `wish` that of its call. */
export function contextOf(
  door: GrpcDoor,
  wish: Lane | undefined,
  lane: number,
  count: number,
  events: Uint8Array,
  traceparent: string | undefined,
): RequestContext {
  const wished = wishedLane(lane, wish);
  return {
    door: door.counters,
    ...(wished === undefined ? {} : { wish: wished }),
    ...(count <= EVENTS_SHOWN_MAX ? { events } : {}),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** The caller's span, from a call's metadata. */
export function traceOf(call: GrpcCall): string | undefined {
  const { traceparent } = call.headers;
  return typeof traceparent === 'string' ? traceparent : undefined;
}
