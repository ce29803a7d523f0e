/** Calls that are given up when their time is over. */
import { TIMER_MS_MAX } from '../base/index.ts';
import { TallystickError } from '../model/index.ts';
import type { Call } from './calls.ts';

/** The timeout as a server is told it, 0 for none: the server gives up with its client. */
export function timeoutSaid(timeoutMs: number | undefined): number {
  return timeoutMs === undefined ? 0 : Math.min(Math.max(Math.ceil(timeoutMs), 1), TIMER_MS_MAX);
}

/** The error of a call whose time is over. `undone`: nothing was done, for certain. */
export function late(timeoutMs: number, undone: boolean): TallystickError {
  const what = `no answer within ${timeoutMs} ms`;
  return undone
    ? new TallystickError('deadline_exceeded', `${what}; nothing was done`)
    : new TallystickError('timed_out', `${what}: what became of the events is unknown`);
}

/**
 * The same call with a time. `giveUp` hears when it is over, and says whether the call certainly was not done. A later
 * answer is dropped.
 */
export function timed(call: Call, timeoutMs: number, giveUp: (call: Call) => boolean): Call {
  const end = (): void => same.reject(late(timeoutMs, giveUp(same)));
  const timer = setTimeout(end, Math.min(timeoutMs, TIMER_MS_MAX));
  const { resolve, reject } = call;
  const same: Call = {
    ...call,
    resolve: (value) => {
      clearTimeout(timer);
      resolve(value);
    },
    reject: (error) => {
      clearTimeout(timer);
      reject(error);
    },
  };
  return same;
}
