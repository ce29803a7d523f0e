import type { Address, OpenSocket } from './link.ts';
import type { TokenSource } from './token.ts';

export interface SessionOptions {
  /** Tried one after the other. */
  readonly addresses: readonly Address[];
  /** 0: any. */
  readonly cluster: bigint;
  /** Asked for at every attempt to connect, if it is a function. */
  readonly token?: TokenSource;
  /** For one attempt: connecting and hello. */
  readonly connectTimeoutMs: number;
  /** For how long requests wait for a connection before they are rejected. */
  readonly reconnectTimeoutMs: number;
  /** Send creates again that were not answered when a connection ended. */
  readonly retry: boolean;
  /** 0 normal, 1 high, 2 critical. */
  readonly lane: number;
  readonly openSocket?: OpenSocket;
}

/** What a request brings besides its events. */
export interface CallContext {
  /** Of its last event, for a server that lets clients tell the time: nanoseconds since the epoch. */
  readonly timestamp?: bigint;
  /** Of the caller's span, as W3C writes it. */
  readonly traceparent?: string;
}
