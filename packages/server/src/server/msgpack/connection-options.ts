import type { DoorCounters } from 'tallystick/internal/base';
import type { Port } from 'tallystick/internal/model';
import type { Access } from '../access.ts';
import type { Budget } from '../budget.ts';
import type { Pool } from '../pool.ts';
import type { Served } from '../served.ts';

export interface ConnectionLimits {
  /** Requests that a connection may have in flight. */
  readonly inFlightMax: number;
  /** Bytes of replies that a connection may have coming or standing; with that many its requests wait. */
  readonly repliesMax: number;
  /** A frame that has begun must be whole within that many milliseconds. */
  readonly frameTimeoutMs: number;
  /** The client must take its replies within that many milliseconds. */
  readonly writeTimeoutMs: number;
  /** From connecting to the end of the TLS handshake, and, with tokens, to a whole hello. */
  readonly helloMs: number;
}

export interface ConnectionOptions {
  readonly limits: ConnectionLimits;
  readonly counters: DoorCounters;
  readonly port: Port;
  /** For all of them together. */
  readonly pool: Pool;
  /** Bytes of replies of all of them together. */
  readonly budget: Budget;
  /** What the caller with that token has. Left out: no token is needed. */
  readonly known?: (token: string | undefined) => Promise<Access>;
  /** The ledger that the server tells its clients of. */
  readonly served: Served;
  readonly gone: () => void;
}
