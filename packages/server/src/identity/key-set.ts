/**
 * Public keys that tokens are signed with, as they are published: a file, an address, or the address that an issuer
 * names in its description (OpenID Connect Discovery). They are looked at again every half minute, at once where a
 * file's folder says that something has changed, and when a token names a key that is not there. A set that cannot be
 * had or used leaves the last good one in force. Callers that came in by a key that is not in the set any more are not
 * believed any more.
 */
import {
  type CryptoKey,
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  exportJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';
import { TallystickError } from 'tallystick/internal/model';
import { WatchedFiles } from 'tallystick/internal/platform';
import { Trust } from './expiry.ts';

/** Keys at hand, a file, where they are published, or an issuer that says where. */
export type KeySource = JSONWebKeySet | URL | { readonly file: string } | { readonly issuer: URL };

/** The address that keys are asked of; undefined for keys that are at hand. */
export function addressOf(source: KeySource): URL | undefined {
  if (source instanceof URL) return source;
  return 'issuer' in source ? (source.issuer as URL) : undefined;
}

const REFRESH_MS = 30_000;
/** A token whose key is not there asks for the set again, but not more often than that. */
const AGAIN_MS = 1000;
const FETCH_MS = 5000;
/** A set of some hundred keys. */
const SIZE_MAX = 512 * 1024;

export class KeySet {
  readonly #source: KeySource;
  readonly #fetchMs: number;
  readonly #report: (problem: TallystickError) => void;
  readonly #files: WatchedFiles | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #find: JWTVerifyGetKey | undefined;
  #trusts = new Map<string, Trust>();
  readonly #thumbprints = new WeakMap<object, string>();
  #refreshing: Promise<void> | undefined;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  /** `report` hears of sets that cannot be had or used. `fetchMs`: how long an issuer may take to answer. */
  constructor(source: KeySource, report: (problem: TallystickError) => void, fetchMs: number = FETCH_MS) {
    this.#source = source;
    this.#fetchMs = fetchMs;
    this.#report = report;
    if ('keys' in source) {
      this.#find = createLocalJWKSet(source);
      return;
    }
    if ('file' in source) this.#files = new WatchedFiles([source.file], () => void this.refresh());
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
    void this.refresh();
  }

  /** For `jwtVerify`. */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    if (this.#find === undefined) await this.refresh();
    if (this.#find === undefined)
      throw new TallystickError('unauthenticated', 'the keys of tokens could not be loaded');
    try {
      return await this.#find(header, token);
    } catch (error) {
      const missing = error instanceof errors.JWKSNoMatchingKey && !('keys' in this.#source);
      if (!missing || performance.now() - this.#refreshedAt < AGAIN_MS) throw error;
      await this.refresh();
      return await this.#find(header, token);
    }
  };

  /** When the trust in tokens of that key ends. */
  async trustOf(key: CryptoKey): Promise<Trust> {
    let thumbprint = this.#thumbprints.get(key);
    if (thumbprint === undefined) {
      thumbprint = await calculateJwkThumbprint(await exportJWK(key));
      this.#thumbprints.set(key, thumbprint);
    }
    const trust = this.#trusts.get(thumbprint);
    if (trust !== undefined) return trust;
    const fresh = new Trust();
    // It was withdrawn while the token was looked at.
    if (!('keys' in this.#source)) fresh.withdraw();
    else this.#trusts.set(thumbprint, fresh);
    return fresh;
  }

  /** Looks at the keys again; never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    this.#refreshedAt = performance.now();
    try {
      await this.#replace(JSON.parse(await this.#text()) as JSONWebKeySet);
    } catch (cause) {
      const where = addressOf(this.#source)?.href ?? (this.#source as { file?: string }).file;
      const why = `the keys of tokens at ${where} cannot be used: ${(cause as Error).message}`;
      this.#report(new TallystickError('unauthenticated', why, { cause }));
    }
  }

  async #text(): Promise<string> {
    if (this.#files !== undefined) {
      const [bytes] = await this.#files.read();
      if (bytes!.length > SIZE_MAX) throw new Error(`there are more than ${SIZE_MAX} bytes of them`);
      return bytes!.toString('utf8');
    }
    return fetched(await this.#address(), this.#fetchMs);
  }

  /** An issuer may move its keys, so that it is asked each time. Keys of a machine that is not its own are refused. */
  async #address(): Promise<URL> {
    const source = this.#source as URL | { readonly issuer: URL };
    if (source instanceof URL) return source;
    const base = source.issuer.href.replace(/\/$/, '');
    const text = await fetched(new URL(`${base}/.well-known/openid-configuration`), this.#fetchMs);
    const { issuer, jwks_uri: address } = JSON.parse(text) as {
      readonly issuer?: unknown;
      readonly jwks_uri?: unknown;
    };
    if (typeof issuer !== 'string' || issuer.replace(/\/$/, '') !== base) {
      throw new Error(`the issuer calls itself ${JSON.stringify(issuer)}`);
    }
    if (typeof address !== 'string' || !URL.canParse(address)) throw new Error('the issuer names no keys');
    const url = new URL(address);
    const isSafe = url.protocol === 'https:' || url.origin === source.issuer.origin;
    if (!isSafe) throw new Error(`the issuer's keys are at ${url.origin}, which is not https`);
    return url;
  }

  async #replace({ keys }: JSONWebKeySet): Promise<void> {
    if (!Array.isArray(keys)) throw new Error('there is no list of keys');
    // Public keys may be shown, whatever they say of themselves; that is how they are told apart.
    const known = keys.map(({ ext: _ext, ...key }: JWK) => key);
    const find = createLocalJWKSet({ keys: known });
    const trusts = new Map<string, Trust>();
    for (const key of known) {
      const thumbprint = await calculateJwkThumbprint(key).catch(() => undefined);
      // A kind of key that is not known here signs nothing that is believed here.
      if (thumbprint !== undefined) trusts.set(thumbprint, this.#trusts.get(thumbprint) ?? new Trust());
    }
    const before = this.#trusts;
    this.#find = find;
    this.#trusts = trusts;
    for (const [thumbprint, trust] of before) if (!trusts.has(thumbprint)) trust.withdraw();
  }

  close(): void {
    this.#files?.close();
    clearInterval(this.#timer);
  }
}

/** Rejects for an answer that is not one, does not come, or does not end. */
async function fetched(address: URL, fetchMs: number): Promise<string> {
  const response = await fetch(address, {
    redirect: 'manual',
    signal: AbortSignal.timeout(fetchMs),
    headers: { accept: 'application/json, application/jwk-set+json' },
  });
  if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > SIZE_MAX) throw new Error(`there are more than ${SIZE_MAX} bytes of them`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
