/** Trying again until it works, makes no sense any more, or the time is over. */
import { TallystickError } from '../model/index.ts';

const BACKOFF_MS_MIN = 10;
const BACKOFF_MS_MAX = 1000;
/** Trying again will not help. */
const FINAL: ReadonlySet<string> = new Set([
  'ledger_changed',
  'ledger_behind',
  'wrong_cluster',
  'version_mismatch',
  'frame_invalid',
  'invalid_argument',
  'unauthenticated',
  'forbidden',
]);

export function isFinal(error: unknown): boolean {
  return error instanceof TallystickError && FINAL.has(error.code);
}

/** The same for several nodes of a cluster: each has everything that was told, but may execute it a moment later. */
export function isFinalOfSeveral(error: unknown): boolean {
  return isFinal(error) && (error as TallystickError).code !== 'ledger_behind';
}

/** The server is not the one that the client is held to. */
export function isWrongLedger(error: unknown): boolean {
  return error instanceof TallystickError && (error.code === 'ledger_changed' || error.code === 'ledger_behind');
}

/** The error for a call that was sent and not answered, if `error` keeps it from being sent again. */
export function unanswered(error: unknown): unknown {
  if (isWrongLedger(error)) return error;
  return new TallystickError('connection_lost', undefined, { cause: error });
}

/**
 * Pauses get longer, and are never the same for two clients. Rejects with the last attempt's error, or the signal's
 * reason.
 */
export async function retryFor(
  milliseconds: number,
  signal: AbortSignal,
  attempt: (signal: AbortSignal) => Promise<void>,
  final: (error: unknown) => boolean = isFinal,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  for (let backoff = BACKOFF_MS_MIN; ; backoff = Math.min(backoff * 2, BACKOFF_MS_MAX)) {
    try {
      await attempt(signal);
      return;
    } catch (error) {
      const pause = backoff * (0.5 + Math.random() / 2);
      if (signal.aborted || final(error) || performance.now() + pause > deadline) throw error;
      await pauseFor(pause, signal);
    }
  }
}

function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', abort, { once: true });
  });
}
