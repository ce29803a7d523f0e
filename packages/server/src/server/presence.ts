/**
 * Names the payer of a request, and tells whether its caller still waits. Known callers pay by their subject, wherever
 * they call from; others by their connection, or by their call where a door knows no connections.
 */
import { type Context, invalid, type Leaving, TallystickError } from 'tallystick/internal/model';
import { SUBJECTS } from '../identity/index.ts';

let connections = 0;

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

/**
 * Tells those who work for a client that it has gone. Each request of HTTP and each call of gRPC has one, and nearly
 * all end with nobody listening: an `AbortController` with its error costs each of them several microseconds.
 */
class Departure implements Leaving {
  aborted = false;
  #reason: TallystickError | undefined;
  #listeners: Set<() => void> | undefined;

  get reason(): unknown {
    if (this.aborted) this.#reason ??= new TallystickError('connection_lost', 'the client has gone');
    return this.#reason;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener();
  }
}

/** A client while it is there. */
export class Presence {
  /** For each of its requests. */
  readonly terms: { readonly payer: number; readonly signal: Leaving };
  readonly #gone = new Departure();

  /** `connection`: whose payer it is; left out, it is one of its own. */
  constructor(connection: object = this) {
    let payer = payers.get(connection);
    if (payer === undefined) {
      connections = (connections + 1) % SUBJECTS;
      payer = connections;
      payers.set(connection, payer);
    }
    this.terms = { payer, signal: this.#gone };
  }

  /** It has gone: its reads are given up. */
  leave(): void {
    this.#gone.abort();
  }
}
