export type { Access } from './access.ts';
export { Budget } from './budget.ts';
export { GRPC_LIMITS, type GrpcLimits } from './grpc/limits.ts';
export { type GrpcAddress, GrpcServer } from './grpc/server.ts';
export type { GrpcServerOptions } from './grpc/server-options.ts';
export { GATE_DEFAULTS, type Gate } from './guests.ts';
export { HttpServer } from './http/server.ts';
export type { HttpOptions } from './http/server-options.ts';
export { Ingress, type LaneStatistics } from './ingress.ts';
export type { IngressOptions } from './ingress-options.ts';
export { LANE_DEFAULTS, LANES, type LaneOptions } from './lanes.ts';
export { type MessagePackOptions, MessagePackServer } from './msgpack/server.ts';
export { classify, type Rule } from './policy.ts';
export { Pool, poolOf } from './pool.ts';
export { askerOf } from './security/asker.ts';
export { type CertificateFiles, Certificates } from './security/certificates.ts';
export { checkExposure, type Exposure, exposureOf } from './security/exposure.ts';
export type { KeySource } from './security/key-set.ts';
export { accessOf, type Identity, ROLES, type Role } from './security/roles.ts';
export { SCOPE_MAX } from './security/scope.ts';
export { CertificateAuthenticator, type SubjectRole } from './security/subjects.ts';
export {
  type Asker,
  type Authenticator,
  bearer,
  JwtAuthenticator,
  type JwtOptions,
  StaticTokenAuthenticator,
} from './security/tokens.ts';
export {
  type Anybody,
  anybody,
  type Deed,
  type Records,
  WatchfulAuthenticator,
} from './security/watchful.ts';
export { PIN_NAME, type Served, UNTOLD } from './served.ts';
export { NATIVE_LIMITS, type NativeLimits } from './tcp/limits.ts';
export { type Admit, replayAccess } from './tcp/port.ts';
export { overTls } from './tcp/secure.ts';
export { type NativeAddress, NativeServer, type NativeServerOptions } from './tcp/server.ts';
