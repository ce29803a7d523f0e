/** What one caller has at a door. */
import type { Port, ReplayPort } from 'tallystick/internal/model';
import type { Expiry } from './expiry.ts';
import type { Identity } from './identity.ts';

export interface Access {
  /** Takes the caller's requests. */
  readonly port: Port;
  /**
   * Takes the requests that services make for the caller: within its realm, audited and asked about as its own, and
   * without its scopes for single operations, which count at the doors of the ledger.
   */
  readonly service?: () => Port;
  /** When the caller's credential expires; undefined: never. */
  readonly expiry?: Expiry | undefined;
  /** Who the caller is and what it may do, for whoever must know before it asks; undefined: everything. */
  readonly may?: Omit<Identity, 'denied' | 'watch' | 'opinion'>;
  /** The caller's own ledger, whose clock it tells and which ends with its connection. */
  readonly replay?: ReplayPort;
}
