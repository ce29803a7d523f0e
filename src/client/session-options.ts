import type { ConnectionOptions } from 'node:tls';
import type { Consistency, Pin } from '../model/index.ts';
import type { Address, LinkOptions, OpenSocket } from './link.ts';
import type { Pinned } from './pinned.ts';
import { openTls } from './tls.ts';
import { type TokenSource, tokenOf } from './token.ts';
import type { ClientWaiting } from './waiting.ts';

/** Defaults of the options of `connect`. */
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
  /** From a call to its answer, milliseconds; left out: as long as it takes. */
  readonly timeoutMs?: number;
  /** 0 normal, 1 high, 2 critical. */
  readonly lane: number;
  /** Of reads that do not say; left out: `linearizable`. */
  readonly consistency?: Consistency;
  readonly openSocket?: OpenSocket;
  /** Over TLS; asked for at every attempt to connect. */
  readonly tls?: () => ConnectionOptions;
  /** Hears of requests that are not answered for a while. */
  readonly waiting?: (waiting: ClientWaiting) => void;
  /** The ledger that servers must have; left out: the first one's. */
  readonly pin?: Pin;
}

/** Options of the next link of a session. `session`: its 16 bytes. Rejects as {@link tokenOf} and `tls` do. */
export async function linkOptions(
  { cluster, token: source, connectTimeoutMs, openSocket: given, tls }: SessionOptions,
  session: Uint8Array,
  pinned: Pinned,
  signal: AbortSignal | undefined,
): Promise<LinkOptions> {
  const token = await tokenOf(source, connectTimeoutMs, signal);
  const openSocket = given ?? (tls === undefined ? undefined : openTls(tls()));
  return {
    cluster,
    session,
    pinned,
    timeoutMs: connectTimeoutMs,
    ...(token === undefined ? {} : { token }),
    ...(openSocket === undefined ? {} : { openSocket }),
    ...(signal === undefined ? {} : { signal }),
  };
}
