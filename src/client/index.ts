export {
  type Client,
  type ClientInitArgs,
  type CreateClient,
  createClientWith,
  createRemoteClient,
  type ExtendedClient,
  type Opener,
} from './client.ts';
export { type ConnectOptions, connect, connectGrpc, connectReplay, RemoteLedger } from './connect.ts';
export type { GrpcOptions } from './grpc-options.ts';
export { grpcPort } from './grpc-port.ts';
export { id } from './id.ts';
export { ErrorCodes, RequestError } from './request-error.ts';
