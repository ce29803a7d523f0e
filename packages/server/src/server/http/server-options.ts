/** Options of an HTTP server, and its limits for a client. */
import type { DoorOptions } from '../door.ts';
import type { HttpService } from './services.ts';
import type { HttpSite } from './site.ts';

export interface HttpLimits {
  readonly connectionsMax: number;
  /** Requests of one connection that are answered at a time; the others wait, and the connection is not read. */
  readonly requestsMax: number;
  /** Requests that wait so, of all connections; a connection that brings more is ended. */
  readonly waitingMax: number;
  /** Bytes of one request's body; 8,189 transfers with every field take about 4 MiB. */
  readonly bodyMax: number;
  /** Bytes of all bodies that are being read. */
  readonly bodiesMax: number;
  /** Bytes of all answers that are being made or stand for clients; requests for which there is no room wait. */
  readonly answersMax: number;
  /** From connecting to the end of the TLS handshake, and from a request's first byte to the end of its headers. */
  readonly helloMs: number;
  /** From a request's first byte to its last. */
  readonly requestMs: number;
  /** Without the client taking a byte of its answers. */
  readonly writeMs: number;
}

const MIB = 1024 * 1024;

export const HTTP_LIMITS: HttpLimits = {
  connectionsMax: 10_000,
  requestsMax: 8,
  waitingMax: 16_384,
  bodyMax: 6 * MIB,
  bodiesMax: 256 * MIB,
  answersMax: 128 * MIB,
  helloMs: 10_000,
  requestMs: 30_000,
  writeMs: 30_000,
};

/** It takes no pool: few requests of a connection are answered at a time, and each has room for its answer first. */
export interface HttpOptions extends Omit<DoorOptions, 'pool'> {
  readonly limits?: Partial<HttpLimits>;
  /** Services with paths of their own. */
  readonly services?: readonly HttpService[];
  /** Origins of pages that may call from a browser, such as `https://app.example.com`; left out: none. */
  readonly origins?: readonly string[];
  /** Pages for browsers. */
  readonly site?: HttpSite | undefined;
  readonly heartbeatMs?: number;
  /** How often the ledger is asked for changes, while a client waits for them. */
  readonly pollMs?: number;
}
