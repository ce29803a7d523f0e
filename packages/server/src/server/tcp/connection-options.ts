import type { Socket } from 'node:net';
import type { DoorCounters } from 'tallystick/internal/base';
import type { Slabs } from 'tallystick/internal/wire';
import type { Budget } from '../budget.ts';
import type { Pool } from '../pool.ts';
import type { Served } from '../served.ts';
import type { Receiver } from './landing.ts';
import type { NativeLimits } from './limits.ts';
import type { Admit } from './port.ts';

/** The connections of one server share these. */
export interface ConnectionOptions {
  readonly limits: NativeLimits;
  readonly cluster: bigint;
  readonly served: Served;
  /** Whether requests may bring their own timestamps and time may be moved. */
  readonly replay: boolean;
  /** Whether the port makes spans: clients are told to send theirs. */
  readonly traces: boolean;
  readonly admit: Admit;
  /** For all of them together. */
  readonly pool: Pool;
  /** Bytes of replies of all of them together. */
  readonly budget: Budget;
  /** For what must outlive a socket's bytes. */
  readonly slabs: Slabs;
  /** Begins to read a socket; returns the one to use in its place. */
  readonly read: (accepted: Socket, receiver: Receiver) => Socket;
  readonly counters?: DoorCounters;
}
