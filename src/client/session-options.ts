import type { Address, LinkOptions, OpenSocket } from './link.ts';
import { type TokenSource, tokenOf } from './token.ts';

/** What whoever connects has, if they say nothing. */
export const CONNECT_TIMEOUT_MS = 5000;
export const RECONNECT_TIMEOUT_MS = 10_000;

export interface SessionOptions {
  /** Tried one after the other. */
  readonly addresses: readonly Address[];
  /** 0: any. */
  readonly cluster: bigint;
  /** Asked for at every attempt to connect, if it is a function. */
  readonly token?: TokenSource;
  /** For one attempt: connecting and hello. */
  readonly connectTimeoutMs: number;
  /** For how long requests wait for a connection, or with `retry` for room in a lane, before they are rejected. */
  readonly reconnectTimeoutMs: number;
  /** Send creates again that were not answered when a connection ended, and whatever a full lane has refused. */
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

/** What the next link of a session is opened with. `session`: its 16 bytes. Rejects as {@link tokenOf} does. */
export async function linkOptions(
  { cluster, token: source, connectTimeoutMs, openSocket }: SessionOptions,
  session: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<LinkOptions> {
  const token = await tokenOf(source, connectTimeoutMs, signal);
  return {
    cluster,
    session,
    timeoutMs: connectTimeoutMs,
    ...(token === undefined ? {} : { token }),
    ...(openSocket === undefined ? {} : { openSocket }),
    ...(signal === undefined ? {} : { signal }),
  };
}
