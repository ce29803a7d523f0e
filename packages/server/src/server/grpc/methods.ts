/** The methods of the gRPC door: what answers each, and which callers it is open to. */
import type { Operation } from 'tallystick/internal/model';
import { protoOperations } from 'tallystick/internal/wire';
import type { GrpcCall } from './call.ts';
import type { GrpcDoor, OpenCall } from './door.ts';
import { FollowCall } from './follow.ts';
import { type Health, HealthCall } from './health.ts';
import { ReflectionCall } from './reflection.ts';
import { SubmitStream } from './submit.ts';
import { UnaryCall } from './unary.ts';

const SERVICE = 'tallystick.v1.Ledger';

/** A call that is being answered. */
export type Opened = OpenCall & { expire?(): void };

export interface Method {
  /** `strangers`: for probes, which have no credential. What a known caller may ask for is decided by its scopes. */
  readonly callers: 'known' | 'strangers';
  readonly open: (call: GrpcCall, door: GrpcDoor) => Opened;
}

/** By path. */
export function methodsOf(health: Health, messageMs: number): ReadonlyMap<string, Method> {
  const reflection: Method = { callers: 'known', open: (call) => new ReflectionCall(call, messageMs) };
  const probe = (watches: boolean): Method => ({
    callers: 'strangers',
    open: (call) => new HealthCall(call, health, watches, messageMs),
  });
  const methods = new Map<string, Method>([
    [`/${SERVICE}/Submit`, { callers: 'known', open: (call, door) => new SubmitStream(call, door) }],
    [`/${SERVICE}/FollowChanges`, { callers: 'known', open: (call, door) => new FollowCall(call, door) }],
    ['/grpc.health.v1.Health/Check', probe(false)],
    ['/grpc.health.v1.Health/Watch', probe(true)],
    ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', reflection],
    ['/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo', reflection],
  ]);
  for (const [number, { method }] of Object.entries(protoOperations)) {
    const operation = Number(number) as Operation;
    methods.set(`/${SERVICE}/${method}`, {
      callers: 'known',
      open: (call, door) => new UnaryCall(call, door, operation),
    });
  }
  return methods;
}
