/** A request that waits in its lane, and whether it still does. */

import { TIMER_MS_MAX } from 'tallystick/internal/base';
import {
  type Context,
  draftOf,
  isSliced,
  type Lane,
  type Leaving,
  NO_CONTEXT,
  operationShapes,
  type Request,
  TallystickError,
} from 'tallystick/internal/model';
import type { Sharing } from './coalesce.ts';
import { SHARES } from './policy.ts';

export interface Waiting extends Sharing {
  /** In the ring, with its header. */
  readonly cells: number;
  readonly lane: Lane;
  readonly arrived: number;
  /** It may go in one batch with others. */
  readonly shares: boolean;
  readonly timeoutMs: number | undefined;
  /** The signal of a read: aborted when nobody waits for it any more. */
  readonly signal: Leaving | undefined;
  /** Rejects it when its time is over, as long as it waits here. */
  timer: NodeJS.Timeout | undefined;
  /** Nobody waits for it any more: it is not sent. */
  givenUp: boolean;
}

/** A request whose time is over while it waits here is not sent. */
export function watch(waiting: Waiting): void {
  const { timeoutMs } = waiting;
  if (timeoutMs === undefined) return;
  const late = (): void => {
    waiting.givenUp = true;
    waiting.reject(new TallystickError('deadline_exceeded', `it waited for ${timeoutMs} ms; nothing was done`));
  };
  waiting.timer = setTimeout(late, Math.min(Math.max(timeoutMs, 0), TIMER_MS_MAX));
}

/** Whether its caller still waits for it, now that it is its turn. */
export function isWanted(waiting: Waiting): boolean {
  clearTimeout(waiting.timer);
  if (waiting.signal?.aborted === true && !waiting.givenUp) {
    waiting.givenUp = true;
    waiting.reject(waiting.signal.reason);
  }
  return !waiting.givenUp;
}

export function journalled({ operation }: Request): boolean {
  return operationShapes[operation].journalled;
}

/** What the ledger is told of a request that it does not journal. */
export function contextBelow({ request, lane, signal, timeoutMs, arrived }: Waiting): Context {
  const { once, enters } = request.context;
  if (journalled(request)) {
    if (enters !== undefined) return { once, enters };
    return once === undefined ? NO_CONTEXT : { once };
  }
  const context = draftOf(NO_CONTEXT);
  context.payer = request.context.payer ?? 0;
  context.share = SHARES[lane];
  context.consistency = request.context.consistency;
  context.signal = signal;
  context.enters = enters;
  if (timeoutMs !== undefined) context.timeoutMs = Math.max(0, timeoutMs - (performance.now() - arrived));
  return context;
}

/** Whether it is answered in slices. */
export function isQuery({ request }: Waiting): boolean {
  return isSliced(request.operation, request.count);
}

export function payerOf({ request }: Waiting): number {
  return request.context.payer ?? 0;
}
