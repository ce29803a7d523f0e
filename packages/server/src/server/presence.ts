/**
 * Names the payer of a request, and tells whether its caller still waits. Known callers pay by their subject, wherever
 * they call from; others by their connection, or by their call where a door knows no connections.
 */
import { setMaxListeners } from 'node:events';
import { type Context, invalid, TallystickError } from 'tallystick/internal/model';
import { crc32 } from 'tallystick/internal/platform';

/** The upper half of the numbers belongs to subjects. */
const SUBJECTS = 2 ** 31;
let connections = 0;

/** Two subjects that share a number share what one gets; nothing else comes of it. */
export function payerOf(subject: string): number {
  return SUBJECTS + (crc32(new TextEncoder().encode(subject)) % SUBJECTS);
}

/**
 * A client that has ended its side may be gone, or may wait for its answers: its reads are worked on for so long,
 * milliseconds.
 */
export const HALF_CLOSED_MS = 1000;
const TIMEOUT_MS_MAX = 2 ** 32 - 1;

/** For how long a client waits, as it says it; `what` names it in the error. Throws `invalid_argument`. */
export function timeoutOf(value: unknown, what: string): Pick<Context, 'timeoutMs'> {
  if (value === undefined || value === null) return {};
  const timeoutMs = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof timeoutMs === 'number' && Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= TIMEOUT_MS_MAX) {
    return { timeoutMs };
  }
  throw invalid(`${what} is a whole number of milliseconds, from 1 to ${TIMEOUT_MS_MAX}`);
}

/** Connections that more than one thing is asked over, by what a door has of them. */
const payers = new WeakMap<object, number>();

/** A client while it is there. */
export class Presence {
  /** For each of its requests. */
  readonly terms: Required<Pick<Context, 'payer' | 'signal'>>;
  readonly #gone = new AbortController();

  /** `connection`: whose payer it is; left out, it is one of its own. */
  constructor(connection: object = this) {
    let payer = payers.get(connection);
    if (payer === undefined) {
      connections = (connections + 1) % SUBJECTS;
      payer = connections;
      payers.set(connection, payer);
    }
    // One listener for each query that is on its way.
    setMaxListeners(0, this.#gone.signal);
    this.terms = { payer, signal: this.#gone.signal };
  }

  /** It has gone: its reads are given up. */
  leave(): void {
    if (!this.#gone.signal.aborted) this.#gone.abort(new TallystickError('connection_lost', 'the client has gone'));
  }
}
