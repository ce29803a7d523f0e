import type { SecureClientSessionOptions } from 'node:http2';
import type { ConnectionOptions } from 'node:tls';
import type { Consistency, Pin } from '../model/index.ts';
import type { TokenSource } from './token.ts';

/** How `connectGrpc` reaches a server; a part of what `connect` takes. */
export interface GrpcOptions {
  /** Milliseconds; 5,000 by default. */
  readonly connectTimeoutMs?: number;
  /**
   * From a request to its reply, milliseconds; none by default. A read is given up by the server as well; a create that
   * timed out may have been done.
   */
  readonly timeoutMs?: number;
  /** The lane that small requests ask for; the server may refuse the wish. */
  readonly lane?: 'normal' | 'high' | 'critical';
  /** Metadata of the stream, such as `authorization`. */
  readonly metadata?: { readonly [name: string]: string };
  /** Sent as `authorization: Bearer …`; a function is asked for a fresh one for every connection. */
  readonly token?: TokenSource;
  /** For `grpcs://`. */
  readonly tls?: SecureClientSessionOptions;
  /** For how long calls wait for a connection that was lost to come back; milliseconds, 10,000 by default. */
  readonly reconnectTimeoutMs?: number;
  /**
   * Send creates again that were not answered when a connection ended, for their first replies, and what a full lane
   * has refused: as `connect` does.
   */
  readonly retry?: boolean;
  /** The ledger that the server must have: as `connect` takes it. */
  readonly pin?: Pin;
  /** What reads show that do not say so themselves: as `connect` takes it. */
  readonly consistency?: Consistency;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/** The same for a port, whose TLS options may be asked for at every attempt to connect. */
export interface GrpcPortOptions extends Omit<GrpcOptions, 'tls'> {
  readonly tls?: SecureClientSessionOptions | (() => ConnectionOptions);
}
