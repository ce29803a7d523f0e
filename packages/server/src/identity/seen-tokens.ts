/**
 * Tokens that were verified a moment ago, so that a signature is checked once and not for each request. A token is
 * forgotten when its time or its key is over.
 */
import { isOver } from './expiry.ts';
import type { Identity } from './identity.ts';

/** Some 10 MB, if all tokens are of 1 KiB. */
const SEEN_MAX = 8192;

export class SeenTokens {
  readonly #seen = new Map<string, Identity>();

  get(token: string): Identity | undefined {
    const identity = this.#seen.get(token);
    if (identity === undefined || !isOver(identity.expiry)) return identity;
    this.#seen.delete(token);
    return undefined;
  }

  /** The one that was seen first makes room. */
  add(token: string, identity: Identity): void {
    if (this.#seen.size >= SEEN_MAX) this.#seen.delete(this.#seen.keys().next().value!);
    this.#seen.set(token, identity);
  }

  /** What tokens mean has changed. */
  clear(): void {
    this.#seen.clear();
  }
}
