export { GRPC_LIMITS, type GrpcLimits } from './grpc/limits.ts';
export { type GrpcAddress, GrpcServer, type GrpcServerOptions } from './grpc/server.ts';
export { type HttpOptions, HttpServer } from './http/server.ts';
export { Ingress, type IngressOptions, type LanePort, type LaneStatistics, type RequestContext } from './ingress.ts';
export { LANE_DEFAULTS, LANES, type Lane, type LaneOptions } from './lanes.ts';
export { type MessagePackOptions, MessagePackServer } from './msgpack/server.ts';
export type { Caller, Rule } from './policy.ts';
export { Pool, poolOf } from './pool.ts';
export { type CertificateFiles, Certificates } from './security/certificates.ts';
export { checkExposure, type Exposure, isLoopback } from './security/exposure.ts';
export { type Identity, ROLES, type Role, RolePort } from './security/roles.ts';
export {
  type Authenticator,
  bearer,
  JwtAuthenticator,
  type JwtOptions,
  StaticTokenAuthenticator,
} from './security/tokens.ts';
export { NATIVE_LIMITS, type NativeLimits } from './tcp/limits.ts';
export { type NativeContext, type NativePort, type OpenNativePort, replayPort } from './tcp/port.ts';
export { overTls } from './tcp/secure.ts';
export { type NativeAddress, NativeServer, type NativeServerOptions } from './tcp/server.ts';
