import type { DoorCounters } from 'tallystick/internal/base';
import type { Access } from '../../identity/index.ts';
import type { Meter } from '../meter.ts';
import type { Served } from '../served.ts';
import type { MessagePackLimits } from './limits.ts';

/** What a connection is opened with. */
export interface ConnectionOptions {
  readonly limits: MessagePackLimits;
  readonly counters: DoorCounters;
  /** What the caller with that token has. */
  readonly admit: (token: string | undefined) => Access | Promise<Access>;
  /** Whether a caller must show a token, in a hello, before anything else. */
  readonly tokens: boolean;
  /** Cells of all connections together. */
  readonly pool: Meter;
  /** Bytes of replies of all of them together. */
  readonly budget: Meter;
  /** The ledger that the server tells its clients of. */
  readonly served: Served;
  /** Called when a caller has shown its token. */
  readonly known: (access: Access) => void;
  readonly gone: () => void;
}
