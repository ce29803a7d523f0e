export {
  type Client,
  type CreateClient,
  createClientWith,
  createRemoteClient,
  type ExtendedClient,
  type Opener,
} from './client.ts';
export type { ClientInitArgs } from './client-args.ts';
export { connect, connectGrpc, connectReplay, RemoteLedger } from './connect.ts';
export type { ConnectOptions } from './connect-options.ts';
export { CONNECTION_VARIABLES, type Described, describe } from './described.ts';
export type { GrpcOptions } from './grpc-options.ts';
export { grpcPort } from './grpc-port.ts';
export { getText } from './http-get.ts';
export { id } from './id.ts';
export { ErrorCodes, RequestError } from './request-error.ts';
export { connectTigerBeetle, isTigerBeetle, parseTigerBeetle, type TigerBeetleModule } from './tigerbeetle.ts';
export { TigerBeetlePort } from './tigerbeetle-port.ts';
export type { TigerBeetleClient, TigerBeetleResult } from './tigerbeetle-records.ts';
export type { ClientWaiting } from './waiting.ts';
