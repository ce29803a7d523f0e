/** Options of a gRPC server. */
import type { DoorCounters } from 'tallystick/internal/base';
import type { Budget } from '../budget.ts';
import type { Gate } from '../guests.ts';
import type { Pool } from '../pool.ts';
import type { Certificates } from '../security/certificates.ts';
import type { Authenticator } from '../security/tokens.ts';
import type { Anybody } from '../security/watchful.ts';
import type { Served } from '../served.ts';
import type { GrpcLimits } from './limits.ts';

export interface GrpcServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** 127.0.0.1 by default; one that other machines reach takes TLS, and certificates of clients or tokens. */
  readonly host?: string;
  readonly limits?: Partial<GrpcLimits>;
  /** Limit on cells queued in the lanes. Pass one pool to several doors to share it; default: a pool of its own. */
  readonly pool?: Pool;
  /** Serves TLS. */
  readonly certificates?: Certificates;
  /** Takes no call without a token, but for health. */
  readonly authenticator?: Authenticator;
  /** The port for a caller who shows nothing; left out: the door's own. */
  readonly anybody?: Anybody | undefined;
  readonly counters?: DoorCounters;
  /** Bytes that all doors together may hold for clients. */
  readonly budget?: Budget | undefined;
  /** The share of the door that strangers get. */
  readonly gate?: Gate | undefined;
  /** The ledger that the server tells its clients of; by default it tells nothing. */
  readonly served?: Served;
}
