/** A client that finds a lane full comes again when the server says, and not at the same moment as all others. */
import type { TallystickError } from '../model/index.ts';
/** A request that may be refused more than once. */
export interface Patient {
  /** A full lane has refused it: until when it is made again. By `performance.now()`. */
  patientUntil?: number;
}

/** The pause for a server that does not say. */
const PAUSE_MS = 20;

/**
 * Milliseconds until the call should be made again, from once to twice what the server says; undefined if it is given
 * up.
 */
export function pauseBefore(call: Patient, error: TallystickError, patienceMs: number): number | undefined {
  if (error.code !== 'lane_full') return undefined;
  const now = performance.now();
  call.patientUntil ??= now + patienceMs;
  const pause = (error.retryAfterMs ?? PAUSE_MS) * (1 + Math.random());
  return now + pause > call.patientUntil ? undefined : pause;
}
