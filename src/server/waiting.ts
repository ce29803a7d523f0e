/** A request that waits in its lane, and whether it still does. */

import type { DoorCounters } from '../base/index.ts';
import { type Leaving, type Operation, operationShapes, type RequestTerms, TallystickError } from '../model/index.ts';
import type { Sharing } from './coalesce.ts';
import type { Lane } from './lanes.ts';
import { SHARES } from './policy.ts';

export interface Waiting extends Sharing {
  readonly operation: number;
  readonly cells: number;
  readonly lane: Lane;
  readonly arrived: number;
  readonly door: DoorCounters | undefined;
  /** It may go in one batch with others. */
  readonly shares: boolean;
  readonly payer: number;
  readonly timeoutMs: number | undefined;
  /** The signal of a read: aborted when nobody waits for it any more. */
  readonly signal: Leaving | undefined;
  /** Rejects it when its time is over, as long as it waits here. */
  timer: NodeJS.Timeout | undefined;
  /** Nobody waits for it any more: it is not sent. */
  givenUp: boolean;
}

/** A timer takes no more. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** A request whose time is over while it waits here is not sent. */
export function watch(waiting: Waiting): void {
  const { timeoutMs } = waiting;
  if (timeoutMs === undefined) return;
  const late = (): void => {
    waiting.givenUp = true;
    waiting.reject(new TallystickError('deadline_exceeded', `it waited for ${timeoutMs} ms; nothing was done`));
  };
  waiting.timer = setTimeout(late, Math.min(Math.max(timeoutMs, 0), TIMEOUT_MS_MAX));
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

export function journalled(operation: number): boolean {
  return operationShapes[operation as Operation]?.journalled === true;
}

/** The terms of a request for the ledger; undefined for one that changes it. */
export function termsOf({ operation, lane, payer, signal, timeoutMs, arrived }: Waiting): RequestTerms | undefined {
  if (journalled(operation)) return undefined;
  return {
    payer,
    share: SHARES[lane],
    ...(signal === undefined ? {} : { signal }),
    ...(timeoutMs === undefined ? {} : { timeoutMs: Math.max(0, timeoutMs - (performance.now() - arrived)) }),
  };
}

export function cellsOf(operation: number, count: number): number {
  const shape = operationShapes[operation as keyof typeof operationShapes];
  return Math.ceil((count * (shape?.eventSize ?? 128)) / 128);
}
