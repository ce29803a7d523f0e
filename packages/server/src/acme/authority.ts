/**
 * An authority that speaks ACME (RFC 8555), and our account there. Every request is signed with the account's key and a
 * nonce that the authority gave; one whose nonce it does not take is signed again with the next.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, FlattenedSign, type JWK } from 'jose';
import { TallystickError } from 'tallystick/internal/model';
import { type Answer, ask } from './ask.ts';

export interface AccountOptions {
  readonly directory: string;
  /** EC, P-256. */
  readonly key: KeyObject;
  /** PEM of the authority behind the directory's https. */
  readonly ca?: string | undefined;
  readonly contact?: string | undefined;
  /** The customer that the account belongs to; `key` in base64url. */
  readonly external?: { readonly id: string; readonly key: string } | undefined;
}

interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  /** It says when certificates should be renewed. */
  readonly wishes: boolean;
}

/** How often a nonce may be refused, one after the other. */
const NONCES_MAX = 10;
const WHY_MAX = 300;
const NO_PAYLOAD = new Uint8Array(0);

/** An authority said no. */
export class Refusal extends TallystickError {
  /** As the authority names it, without what is the same for all: `rateLimited`. */
  readonly type: string;
  /** The authority asks to be left alone for so long. */
  readonly waitMs: number;

  constructor(what: string, { status, headers, text }: Answer) {
    const { type, detail } = problemOf(text);
    const why = `${type === '' ? `status ${status}` : type}${detail === '' ? '' : `: ${detail}`}`.slice(0, WHY_MAX);
    super('unreachable', `the authority refuses ${what} (${why})`);
    this.type = type;
    this.waitMs = waitOf(headers['retry-after']);
  }
}

function problemOf(text: string): { readonly type: string; readonly detail: string } {
  try {
    const { type, detail } = JSON.parse(text) as { readonly type?: unknown; readonly detail?: unknown };
    return { type: String(type ?? '').replace('urn:ietf:params:acme:error:', ''), detail: String(detail ?? '') };
  } catch {
    return { type: '', detail: '' };
  }
}

/** Milliseconds of a `Retry-After`, in seconds or as a date; 0: there is none. */
export function waitOf(header: string | undefined): number {
  if (header === undefined) return 0;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : 0;
}

export class Authority {
  readonly #options: AccountOptions;
  readonly #directory: Directory;
  readonly #jwk: JWK;
  /** What a challenge is answered with behind its token (RFC 8555, 8.1). */
  readonly thumbprint: string;
  #nonce: string | undefined;
  #account: string | undefined;

  private constructor(options: AccountOptions, directory: Directory, jwk: JWK, thumbprint: string) {
    this.#options = options;
    this.#directory = directory;
    this.#jwk = jwk;
    this.thumbprint = thumbprint;
  }

  /** With the account, which is made if it is not there. Rejects with `unreachable`, or {@link Refusal}. */
  static async open(options: AccountOptions): Promise<Authority> {
    const { directory, ca, key } = options;
    const answer = await ask(directory, { method: 'GET', ca });
    if (answer.status !== 200) throw new Refusal('its directory', answer);
    const { newNonce, newAccount, newOrder, renewalInfo } = parsed(answer.text) as Readonly<Record<string, unknown>>;
    const jwk = await exportJWK(createPublicKey(key));
    const found = {
      newNonce: String(newNonce),
      newAccount: String(newAccount),
      newOrder: String(newOrder),
      wishes: typeof renewalInfo === 'string',
    };
    const authority = new Authority(options, found, jwk, await calculateJwkThumbprint(jwk));
    await authority.#register();
    return authority;
  }

  async #register(): Promise<void> {
    const { contact, external } = this.#options;
    const url = this.#directory.newAccount;
    const { headers } = await this.#post('the account', url, {
      termsOfServiceAgreed: true,
      ...(contact === undefined ? {} : { contact: [contact.includes(':') ? contact : `mailto:${contact}`] }),
      ...(external === undefined ? {} : { externalAccountBinding: await this.#bound(external, url) }),
    });
    if (typeof headers.location !== 'string') throw strange('its account has no address');
    this.#account = headers.location;
  }

  #bound({ id, key }: { readonly id: string; readonly key: string }, url: string): Promise<object> {
    return new FlattenedSign(Buffer.from(JSON.stringify(this.#jwk)))
      .setProtectedHeader({ alg: 'HS256', kid: id, url })
      .sign(Buffer.from(key, 'base64url'));
  }

  /**
   * The order's address, and what it says. `replaced`: the certificate that it takes the place of, as the authority
   * knows it; an authority that knows nothing of it is asked for another one.
   */
  async order(
    names: readonly { readonly type: string; readonly value: string }[],
    replaced?: string,
  ): Promise<[string, unknown]> {
    const { newOrder: url, wishes } = this.#directory;
    const replaces = replaced !== undefined && wishes ? { replaces: replaced } : {};
    const ordered = this.#post('the order', url, { identifiers: names, ...replaces });
    const answer = await ordered.catch((error: unknown) => {
      if (!(error instanceof Refusal) || error.type === 'rateLimited' || !('replaces' in replaces)) throw error;
      return this.#post('the order', url, { identifiers: names });
    });
    if (typeof answer.headers.location !== 'string') throw strange('its order has no address');
    return [answer.headers.location, parsed(answer.text)];
  }

  /** What a resource says; `payload` left out: it is only read. `what`: for the message of a refusal. */
  async post(
    what: string,
    url: unknown,
    payload?: object,
  ): Promise<{ readonly body: unknown; readonly waitMs: number }> {
    const { text, headers } = await this.#post(what, String(url), payload);
    return { body: parsed(text), waitMs: waitOf(headers['retry-after']) };
  }

  /** PEM. */
  async certificate(url: unknown): Promise<string> {
    return (await this.#post('the certificate', String(url), undefined)).text;
  }

  async #post(what: string, url: string, payload: object | undefined): Promise<Answer> {
    for (let times = 1; ; times++) {
      const body = JSON.stringify(await this.#signed(url, payload));
      const answer = await ask(url, { method: 'POST', body, ca: this.#options.ca });
      this.#keepNonce(answer);
      if (answer.status >= 200 && answer.status < 300) return answer;
      const refusal = new Refusal(what, answer);
      if (refusal.type !== 'badNonce' || times === NONCES_MAX) throw refusal;
    }
  }

  async #signed(url: string, payload: object | undefined): Promise<object> {
    const bytes = payload === undefined ? NO_PAYLOAD : Buffer.from(JSON.stringify(payload));
    const who = this.#account === undefined ? { jwk: this.#jwk } : { kid: this.#account };
    return new FlattenedSign(bytes)
      .setProtectedHeader({ alg: 'ES256', nonce: await this.#nextNonce(), url, ...who })
      .sign(this.#options.key);
  }

  async #nextNonce(): Promise<string> {
    if (this.#nonce === undefined) {
      this.#keepNonce(await ask(this.#directory.newNonce, { method: 'HEAD', ca: this.#options.ca }));
    }
    const nonce = this.#nonce;
    this.#nonce = undefined;
    if (nonce === undefined) throw strange('it gives no nonce');
    return nonce;
  }

  #keepNonce({ headers }: Answer): void {
    const nonce = headers['replay-nonce'];
    this.#nonce = typeof nonce === 'string' && /^[\w-]{1,512}$/.test(nonce) ? nonce : undefined;
  }
}

function parsed(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // The same as what is no object.
  }
  throw strange('its answer is no JSON object');
}

/** The authority does not speak ACME. */
export function strange(why: string): TallystickError {
  return new TallystickError('unreachable', `the authority cannot be understood: ${why}`);
}
