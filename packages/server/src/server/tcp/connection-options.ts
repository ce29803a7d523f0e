import type { Socket } from 'node:net';
import type { DoorCounters } from 'tallystick/internal/base';
import type { Slabs } from 'tallystick/internal/wire';
import type { Admit } from '../../identity/index.ts';
import type { Meter } from '../meter.ts';
import type { Served } from '../served.ts';
import type { Receiver } from './landing.ts';
import type { NativeLimits } from './limits.ts';

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
  /** Cells of all of them together. */
  readonly pool: Meter;
  /** Bytes of replies of all of them together. */
  readonly budget: Meter;
  /** For what must outlive a socket's bytes. */
  readonly slabs: Slabs;
  /** Begins to read a socket; returns the one to use in its place. */
  readonly read: (accepted: Socket, receiver: Receiver) => Socket;
  readonly counters?: DoorCounters;
}
