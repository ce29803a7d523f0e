/**
 * Bytes signed with a secret that all nodes share: whoever else may publish on the same servers cannot end a node, take
 * its journal, or pass for one. That a word is said only once is voice.ts's.
 *
 *   0 HMAC-SHA-256 of what it is about and what is said · 32 what is said
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const SEAL_SIZE = 32;

export class Seal {
  readonly #secret: string | undefined;

  /** Without a secret nothing is signed, and everything is believed. */
  constructor(secret: string | undefined) {
    this.#secret = secret;
  }

  get signs(): boolean {
    return this.#secret !== undefined;
  }

  /** `about`: what a signature is for; one for something else is none. */
  sign(about: string, bytes: Uint8Array): Uint8Array {
    return this.#secret === undefined ? bytes : Buffer.concat([this.#mac(this.#secret, about, bytes), bytes]);
  }

  /** What was said; undefined where nobody has said it who knows the secret. */
  open(about: string, bytes: Uint8Array): Uint8Array | undefined {
    if (this.#secret === undefined) return bytes;
    if (bytes.length < SEAL_SIZE) return undefined;
    const said = bytes.subarray(SEAL_SIZE);
    const same = timingSafeEqual(bytes.subarray(0, SEAL_SIZE), this.#mac(this.#secret, about, said));
    return same ? said : undefined;
  }

  #mac(secret: string, about: string, bytes: Uint8Array): Uint8Array {
    return createHmac('sha256', secret).update(`${about}\n`).update(bytes).digest();
  }
}
