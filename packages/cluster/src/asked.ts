/** A request of a caller, as a node holds it. */
import type { Context, Operation, Read } from 'tallystick/internal';

/** Events that the engine may have before more are given to it: it has room for twice as many. */
export const EVENTS_OPEN_MAX = 32_768;

/** A request of a caller. */
export interface Asked {
  readonly operation: Operation;
  readonly count: number;
  readonly events: Uint8Array;
  readonly read: Read<unknown>;
  readonly context: Context;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  /** It is in a record: whether that is stored decides what becomes of it. */
  taken: boolean;
}
