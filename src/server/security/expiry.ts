/** For how long somebody who has shown a token is believed. */
import { TallystickError } from '../../model/index.ts';

/** Milliseconds since the epoch. */
export interface Expiry {
  /** The token says that it ends here. From then on whoever can be told is asked to leave and to come back with another one. */
  readonly expires: number;
  /** Clocks may differ by so much: from then on nothing is taken any more. Not before `expires`. */
  readonly until: number;
}

/** What a connection hears whose token has expired. */
export function expired(options?: { readonly cause?: unknown }): TallystickError {
  const message =
    'the token has expired: what was taken is answered, nothing else is done; connect again with a fresh one';
  return new TallystickError('unauthenticated', message, options);
}

export function isOver(expiry: Expiry | undefined): boolean {
  return expiry !== undefined && Date.now() >= expiry.until;
}

/** A timer knows nothing of clocks that are set, or of machines that sleep: it is looked at the clock at least that often. */
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

/** Somebody who is believed for so long. */
export interface Believed {
  /** To be asked to leave, where the protocol has a word for that: there could be another token by now. */
  leave?(): void;
  /** Nothing more is to be taken. */
  expire(): void;
}

/**
 * Tells somebody when their time has come. Who comes with a token that is past its time, and believed for clocks' sake, is not asked to leave: they would be
 * back at once. Returns what cancels that.
 */
export function watchExpiry(expiry: Expiry | undefined, who: Believed): () => void {
  if (expiry === undefined) return () => {};
  const { expires, until } = expiry;
  const asked = expires <= Date.now() ? undefined : whenIts(expires, () => who.leave?.());
  const ended = whenIts(until, () => who.expire());
  return () => {
    asked?.();
    ended();
  };
}
