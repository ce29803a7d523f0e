/** The limits of the gRPC door for a client, and how long it waits for one. */
export interface GrpcLimits {
  readonly connectionsMax: number;
  /** Calls of a connection that may be open at a time. */
  readonly callsMax: number;
  /** Requests of a `Submit` stream that may be unanswered before the server stops reading it. */
  readonly requestsMax: number;
  /** Bytes of a stream's unanswered requests and of their replies; one request may always be read. */
  readonly streamBytesMax: number;
  /** The same of all streams together. */
  readonly bytesMax: number;
  /** From connecting to the client's first frame. */
  readonly helloMs: number;
  /** From a message's first byte to its last. */
  readonly messageMs: number;
  /** Without the client taking a byte of its replies. */
  readonly writeMs: number;
  /** Between pings. */
  readonly pingMs: number;
  /** From a ping to its answer. */
  readonly pongMs: number;
}

export const GRPC_LIMITS: GrpcLimits = {
  connectionsMax: 4096,
  callsMax: 1024,
  requestsMax: 256,
  streamBytesMax: 8 * 2 ** 20,
  bytesMax: 256 * 2 ** 20,
  helloMs: 5000,
  messageMs: 30_000,
  writeMs: 30_000,
  pingMs: 30_000,
  pongMs: 20_000,
};
