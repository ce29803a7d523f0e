/** What every door of a server is opened with, whichever protocol it speaks. */
import type { DoorCounters, House } from 'tallystick/internal/base';
import type { Callers } from '../identity/index.ts';
import type { DoorPlace } from './listen.ts';
import type { Meter } from './meter.ts';
import type { Served } from './served.ts';

/** The doors of a process share this; it also says how much of each door strangers get. */
export interface Gate {
  readonly house?: House;
  /** Connections of callers who have not shown who they are. */
  readonly strangersMax?: number;
  /** How long they may take to. */
  readonly strangerMs?: number;
}

/** What a door shares with the other doors of its server. */
export interface DoorShare {
  /**
   * Cells that clients may have in the lanes. Pass one to several doors to share it; default: one of the door's own.
   */
  readonly pool?: Meter;
  /** Bytes that all doors together may hold for clients. */
  readonly budget?: Meter | undefined;
  /** The share of the door that strangers get. */
  readonly gate?: Gate | undefined;
  /** The ledger that the server tells its clients of; by default it tells nothing. */
  readonly served?: Served;
  readonly counters?: DoorCounters;
}

/**
 * Certificates: left out, no TLS. An authenticator checks the token of a caller; left out, every caller may do
 * everything. A door that other machines reach takes TLS, and certificates of clients or tokens.
 */
export interface DoorOptions extends Pick<DoorPlace, 'host' | 'port'>, Callers, DoorShare {}
