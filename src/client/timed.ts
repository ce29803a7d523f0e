/** Calls that are given up when their time is over. */
import { TallystickError } from '../model/index.ts';
import type { Call } from './calls.ts';

/** A timer takes no more. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** The timeout as a frame carries it: the server gives up with its client. */
export function inFrame(timeoutMs: number | undefined): { readonly timeoutMs?: number } {
  if (timeoutMs === undefined) return {};
  return { timeoutMs: Math.min(Math.max(Math.ceil(timeoutMs), 1), TIMEOUT_MS_MAX) };
}

/**
 * The same call with a time. `giveUp` hears when it is over, and says whether the call certainly was not done. A later
 * answer is dropped.
 */
export function timed(call: Call, timeoutMs: number, giveUp: (call: Call) => boolean): Call {
  const late = (): void => {
    const undone = giveUp(same);
    const what = `no answer within ${timeoutMs} ms`;
    same.reject(
      undone
        ? new TallystickError('deadline_exceeded', `${what}; nothing was done`)
        : new TallystickError('timed_out', `${what}: what became of the events is unknown`),
    );
  };
  const timer = setTimeout(late, Math.min(timeoutMs, TIMEOUT_MS_MAX));
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
