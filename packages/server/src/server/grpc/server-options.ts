/** Options of a gRPC server. */
import type { GrpcService } from 'tallystick/internal/model';
import type { DoorOptions } from '../door.ts';
import type { GrpcLimits } from './limits.ts';

/** No call is taken without a token where there is an authenticator, but for health. */
export interface GrpcServerOptions extends DoorOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Services with methods of their own. */
  readonly services?: readonly GrpcService[];
  readonly limits?: Partial<GrpcLimits>;
  /** How often the ledger is asked for changes, while a client waits for them. */
  readonly pollMs?: number;
}
