/** Options of an HTTP server. */
import type { Anybody, Authenticator, Certificates } from '../../identity/index.ts';
import type { Budget } from '../budget.ts';
import type { Gate } from '../guests.ts';
import type { DoorPlace } from '../listen.ts';
import type { Served } from '../served.ts';
import type { HttpService } from './services.ts';

export interface HttpOptions extends Pick<DoorPlace, 'host' | 'port'> {
  /** Left out: plain HTTP, on loopback only. */
  readonly certificates?: Certificates;
  /** Checks the tokens of callers. Left out: every caller on this machine may do everything. */
  readonly authenticator?: Authenticator;
  /** The port for a caller who shows nothing; left out: the door's own. */
  readonly anybody?: Anybody | undefined;
  /** The share of the door that strangers get. */
  readonly gate?: Gate | undefined;
  /** Bytes that all doors together may hold for clients. */
  readonly budget?: Budget | undefined;
  /** The ledger that the server tells its clients of; by default it tells nothing. */
  readonly served?: Served;
  /** Services with paths of their own. */
  readonly services?: readonly HttpService[];
  readonly connectionsMax?: number;
  /** Bytes of one request's body; 8,189 transfers with every field take about 4 MiB. */
  readonly bodyMax?: number;
  /** Bytes of all bodies that are being read. */
  readonly bodiesMax?: number;
  /** Requests of one connection that are answered at a time; the others wait, and the connection is not read. */
  readonly inFlightMax?: number;
  /** Requests that wait so, of all connections; a connection that brings more is ended. */
  readonly waitingMax?: number;
  /** Bytes of all answers that are being made or stand for clients; requests for which there is no room wait. */
  readonly answersMax?: number;
  /** Milliseconds in which a request's headers must have come. */
  readonly headersTimeoutMs?: number;
  /** Milliseconds in which a whole request must have come. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds without the client taking a byte of its answers. */
  readonly writeTimeoutMs?: number;
  readonly heartbeatMs?: number;
  /** How often the ledger is asked for changes, while a client waits for them. */
  readonly pollMs?: number;
}
