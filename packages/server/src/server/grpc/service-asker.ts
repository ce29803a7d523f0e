/** Who asks a service through a call of gRPC. */
import type { Asker } from 'tallystick/internal/model';
import { askerOf } from '../asker.ts';
import { contextOf } from '../context.ts';
import type { GrpcCall } from './call.ts';
import { type GrpcDoor, traceOf, wishOf } from './door.ts';

const NO_EVENTS = new Uint8Array(0);

/** One for all requests of a call. */
export function askedOver(call: GrpcCall, door: GrpcDoor): Asker {
  const heard = { events: NO_EVENTS, wish: wishOf(call), traceparent: traceOf(call) };
  return askerOf(door, (operation, context) => {
    const caller = contextOf(call.terms(context.timeoutMs ?? 0), door.counters, { ...heard, operation });
    caller.consistency = context.consistency ?? caller.consistency;
    return caller;
  });
}
