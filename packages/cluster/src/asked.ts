/** A request of a caller, as a node holds it. */
import { type Context, EVENTS_MAX, NO_CONTEXT, Operation, type Read } from 'tallystick/internal';

/** Events that the engine may have before more are given to it: it has room for twice as many. */
export const EVENTS_OPEN_MAX = 32_768;

/** A request of a caller. */
export interface Asked {
  readonly operation: Operation;
  readonly count: number;
  readonly events: Uint8Array;
  readonly read: Read<unknown>;
  readonly context: Context;
  /** It may be in one batch with others. */
  readonly shares: boolean;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  /** It is in a record: whether that is stored decides what becomes of it. */
  taken: boolean;
}

/** Ends pending transfers whose time has come; `done` is called when that is over, one way or the other. */
export function askedPulse(done: () => void): Asked {
  return {
    operation: Operation.pulse,
    count: EVENTS_MAX,
    events: new Uint8Array(0),
    read: () => undefined,
    context: NO_CONTEXT,
    shares: false,
    resolve: done,
    reject: done,
    taken: false,
  };
}
