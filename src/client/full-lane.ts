/**
 * A client that finds a lane full, or a node that follows, comes again when the server says, and not at the same moment
 * as all others.
 */
import type { TallystickError } from '../model/index.ts';

/** A request that may be refused more than once. */
export interface Patient {
  /** It was refused, for now: until when it is made again. By `performance.now()`. */
  patientUntil?: number;
}

/** The pause for a server that does not say. */
const PAUSE_MS = 20;

/**
 * Milliseconds until the call should be made again, from once to twice what the server says; undefined if it is given
 * up.
 */
export function pauseBefore(call: Patient, error: TallystickError, patienceMs: number): number | undefined {
  if (error.code !== 'lane_full' && error.code !== 'not_leader') return undefined;
  const now = performance.now();
  call.patientUntil ??= now + patienceMs;
  const pause = (error.retryAfterMs ?? PAUSE_MS) * (1 + Math.random());
  return now + pause > call.patientUntil ? undefined : pause;
}
