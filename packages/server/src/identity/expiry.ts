/** How long a caller's token is believed. */
import { TallystickError } from 'tallystick/internal/model';

/** Milliseconds since the epoch. */
export interface Expiry {
  /** The token's `exp`. From then on clients that can be asked to leave are asked, and come back with another token. */
  readonly expires: number;
  /** Clocks may differ by so much: from then on nothing is taken any more. Not before `expires`. */
  readonly until: number;
  /** The key that the token was signed with. */
  readonly trust?: Trust;
}

/** The trust in one key, shared by all callers that came in by it. */
export class Trust {
  readonly #ends = new Set<() => void>();
  #withdrawn = false;

  get withdrawn(): boolean {
    return this.#withdrawn;
  }

  /** The key is not believed any more. */
  withdraw(): void {
    this.#withdrawn = true;
    for (const end of this.#ends) end();
    this.#ends.clear();
  }

  /** Calls `end` when it is withdrawn, soon if it is already; returns what cancels that. */
  watch(end: () => void): () => void {
    if (this.#withdrawn) {
      const soon = setImmediate(end);
      return () => clearImmediate(soon);
    }
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }
}

/** The error for a caller whose credential is not believed. Why is in its `cause`, for the log. */
export function unauthenticated(why: string, cause?: unknown): TallystickError {
  return new TallystickError('unauthenticated', undefined, { cause: new Error(why, { cause }) });
}

/** The error for a connection whose token has expired. */
export function expired(options?: { readonly cause?: unknown }): TallystickError {
  const message =
    'the token has expired, or its key was withdrawn. Requests that were taken are answered, no others are done. Connect again with a fresh token';
  return new TallystickError('unauthenticated', message, options);
}

export function isOver(expiry: Expiry | undefined): boolean {
  return expiry !== undefined && (expiry.trust?.withdrawn === true || Date.now() >= expiry.until);
}

/**
 * A timer knows nothing of clocks that are set, or of machines that sleep: it is looked at the clock at least that
 * often.
 */
const LOOK_MS = 60_000;

/** Calls `act` once when the clock says `time`, or soon after. Returns what cancels that. */
export function whenIts(time: number, act: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const left = time - Date.now();
    if (left <= 0) act();
    else timer = setTimeout(look, Math.min(Math.ceil(left), LOOK_MS)).unref();
  };
  timer = setTimeout(look, 0).unref();
  return () => clearTimeout(timer);
}

/** A caller that is believed for so long. */
export interface Believed {
  /** To be asked to leave, where the protocol has a word for that: there could be another token by now. */
  leave?(): void;
  /** Nothing more is to be taken. */
  expire(): void;
}

/**
 * Tells a caller when its time has come. A caller that comes with a token past its `exp`, and is believed because
 * clocks differ, is not asked to leave: they would be back at once. Returns what cancels that.
 */
export function watchExpiry(expiry: Expiry | undefined, who: Believed): () => void {
  if (expiry === undefined) return () => {};
  const { expires, until } = expiry;
  const asked = expires <= Date.now() ? undefined : whenIts(expires, () => who.leave?.());
  const ended = whenIts(until, () => who.expire());
  const unwatch = expiry.trust?.watch(() => who.expire());
  return () => {
    asked?.();
    ended();
    unwatch?.();
  };
}
