/** The methods of the gRPC door: what answers each, and which callers it is open to. */
import type { GrpcService, Operation } from 'tallystick/internal/model';
import { protoOperations } from 'tallystick/internal/wire';
import type { GrpcCall } from './call.ts';
import type { GrpcDoor, OpenCall } from './door.ts';
import { FollowCall } from './follow.ts';
import { describedFiles } from './gen/descriptors.ts';
import { type Health, HealthCall } from './health.ts';
import { ReflectionCall } from './reflection.ts';
import { ServiceCall } from './service-call.ts';
import { ServiceStream } from './service-stream.ts';
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
export function methodsOf(
  health: Health,
  messageMs: number,
  services: readonly GrpcService[],
): ReadonlyMap<string, Method> {
  const files = [...describedFiles, ...services.map(({ described }) => described)];
  const reflection: Method = { callers: 'known', open: (call) => new ReflectionCall(call, messageMs, files) };
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
  for (const service of services) {
    const path = (method: string): string => `/${service.name}/${method}`;
    methods.set(path('Submit'), { callers: 'known', open: (call, door) => new ServiceStream(call, door, service) });
    for (const method of service.methods) {
      const open: Method['open'] = (call, door) => new ServiceCall(call, door, service, method);
      methods.set(path(method.name), { callers: 'known', open });
    }
  }
  return methods;
}
