/** The calls of one gRPC server share this. */
import type { OutgoingHttpHeaders } from 'node:http2';
import type { DoorCounters } from 'tallystick/internal/base';
import type { Lane, Port, TallystickError } from 'tallystick/internal/model';
import { asTallystickError, GrpcLane } from 'tallystick/internal/wire';
import type { Access } from '../../identity/index.ts';
import { LANES } from '../lanes.ts';
import type { Meter } from '../meter.ts';
import type { Newest } from '../newest.ts';
import { holdTo, PIN_NAME, pinText, type Served } from '../served.ts';
import type { GrpcCall } from './call.ts';
import type { GrpcLimits } from './limits.ts';

export interface GrpcDoor {
  readonly port: Port;
  readonly limits: GrpcLimits;
  /** Bytes of requests and replies. */
  readonly budget: Meter;
  /** Cells of requests in the lanes. */
  readonly pool: Meter;
  readonly counters: DoorCounters;
  readonly served: Served;
  /** What is known of the caller, for services. */
  readonly may?: Access['may'];
  readonly service?: Access['service'];
  /** What feeds of changes wait for. */
  readonly newest: Newest;
}

/** An open call, as its server sees it. */
export interface OpenCall {
  /** Bytes that stand before it and are not read. */
  readonly unread?: number;
  /** Takes nothing more, answers what it has taken, and ends: for that reason, or because the server goes down. */
  drain(reason?: TallystickError): void;
  /** Gives up on a client that does not do its part. */
  sweep(now: number, writeMs: number): void;
}

const LANE_HEADER = 'tallystick-lane';
const laneOfNumber: { readonly [number: number]: Lane } = {
  [GrpcLane.normal]: 'normal',
  [GrpcLane.high]: 'high',
  [GrpcLane.critical]: 'critical',
};

/** The lane that a call's metadata asks for; undefined if it names none, or an unknown one. */
export function wishOf(call: GrpcCall): Lane | undefined {
  return LANES.find((lane) => lane === call.headers[LANE_HEADER]);
}

/** The wish of a request, or else of its call. */
export function wishedLane(lane: number, wish: Lane | undefined): Lane | undefined {
  return laneOfNumber[lane] ?? wish;
}

/** The headers of a call that tell the ledger's pin. */
export function told(served: Served): OutgoingHttpHeaders {
  return { [PIN_NAME]: pinText(served) };
}

/** Fails a call, and returns false, whose metadata names another ledger, or more of this one. */
export function isHeld(call: GrpcCall, served: Served): boolean {
  try {
    holdTo(served, call.headers[PIN_NAME]);
    return true;
  } catch (error) {
    call.fail(asTallystickError(error));
    return false;
  }
}

/** The caller's span, from a call's metadata. */
export function traceOf(call: GrpcCall): string | undefined {
  const { traceparent } = call.headers;
  return typeof traceparent === 'string' ? traceparent : undefined;
}
