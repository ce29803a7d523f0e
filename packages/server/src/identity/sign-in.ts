/**
 * People sign in where their accounts are: the code flow of OpenID Connect with PKCE (RFC 7636), in which the server is
 * the client. A browser carries a code, and never sees a token:
 *
 *   browser                     server                                   issuer
 *      │── sign in ──────────────▶│  seed ⇒ state, nonce, verifier           │
 *      │◀─ seed in a cookie ──────│                                          │
 *      │── state, nonce, digest of the verifier ──────────────────────────▶ │  asks who it is
 *      │◀─ code, state ───────────────────────────────────────────────────── │
 *      │── code, state, seed ────▶│── code, verifier ──────────────────────▶│
 *      │                          │◀─ tokens, with the nonce ────────────────│
 *
 * What follows from a seed only this process can compute, so that nothing is kept for people who never come back.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import { TallystickError } from 'tallystick/internal/model';
import { unauthenticated } from './expiry.ts';

export interface SignInOptions {
  /** https, or http on loopback. */
  readonly issuer: URL;
  /** The id of the server's client at the issuer. */
  readonly client: string;
  /** Undefined: the client is a public one, which PKCE alone protects. */
  readonly secret?: string | undefined;
  /** What is asked for, separated by spaces; `openid` is among it. */
  readonly scope: string;
  /** What the access token is for (RFC 8707), for issuers that want to be told. */
  readonly resource?: string | undefined;
  /** Hears why somebody could not sign in. */
  readonly report?: (problem: TallystickError) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What a sign-in brought, or its renewal. */
export interface Granted {
  /** The access token, which is yet to be shown at a door. */
  readonly token: string;
  /** Brings the next one; undefined: the issuer gives none. */
  readonly refresh: string | undefined;
  readonly idToken: string | undefined;
  /** When the token ends, in milliseconds since the epoch, as the issuer says; undefined: it does not say. */
  readonly expires: number | undefined;
}

/** An address of the issuer's, and what the browser keeps until it comes back. */
export interface Begun {
  readonly address: URL;
  readonly seed: string;
}

/** People may look for their second factor for so long. */
export const SEED_MS = 600_000;
/** An issuer may take so long to answer. */
const ANSWER_SECONDS = 5;
/** An issuer is asked again then where its paths are. */
const KNOWN_MS = 600_000;
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/** Loaded where somebody signs in: a server without a console has no use for it. */
const library = () => import('openid-client');

type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

export class SignIn {
  readonly #options: SignInOptions;
  readonly #now: () => number;
  readonly #key: Buffer = randomBytes(32);
  #known: Promise<Configuration> | undefined;
  #knownAt = 0;

  /** Throws `invalid_argument` for an issuer that would be asked in the clear. */
  constructor(options: SignInOptions) {
    const { protocol, hostname } = options.issuer;
    if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.includes(hostname))) {
      throw new TallystickError('invalid_argument', 'people sign in over https, or over http on this machine');
    }
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** `back`: where the issuer sends the browser. Rejects with `unreachable` if the issuer does not answer. */
  async begin(back: URL): Promise<Begun> {
    const { scope, resource } = this.#options;
    const issuer = await this.#issuer();
    const { buildAuthorizationUrl, buildAuthorizationUrlWithPAR, calculatePKCECodeChallenge } = await library();
    const seed = `${this.#now().toString(36)}.${randomBytes(24).toString('base64url')}`;
    const asked = {
      redirect_uri: back.href,
      scope,
      state: this.#of(seed, 'state'),
      nonce: this.#of(seed, 'nonce'),
      code_challenge: await calculatePKCECodeChallenge(this.#of(seed, 'verifier')),
      code_challenge_method: 'S256',
      ...(resource === undefined ? {} : { resource }),
    };
    const { require_pushed_authorization_requests: pushed } = issuer.serverMetadata();
    const build = pushed === true ? buildAuthorizationUrlWithPAR : buildAuthorizationUrl;
    return { address: await this.#ask('where people sign in', async () => build(issuer, asked)), seed };
  }

  /**
   * `came`: the address at which the browser came back, as `begin` was told it, with what the issuer has put behind it.
   * Rejects with `unauthenticated`: for a browser that was not sent from here, an issuer that says no, a code that was
   * used before, and an id token that is not for this sign-in; with `unreachable` as `begin` does.
   */
  async finish(seed: string | undefined, came: URL): Promise<Granted> {
    if (seed === undefined || !this.#isFresh(seed))
      throw unauthenticated('the browser did not begin this sign-in here');
    const { resource } = this.#options;
    const issuer = await this.#issuer();
    const { authorizationCodeGrant } = await library();
    const expected = {
      pkceCodeVerifier: this.#of(seed, 'verifier'),
      expectedState: this.#of(seed, 'state'),
      expectedNonce: this.#of(seed, 'nonce'),
      idTokenExpected: true,
    };
    const more: Record<string, string> = resource === undefined ? {} : { resource };
    return this.#granted(
      await this.#ask('the tokens of a code', () => authorizationCodeGrant(issuer, came, expected, more)),
    );
  }

  /** The next token. Rejects with `unauthenticated` if the issuer gives no more, and with `unreachable`. */
  async renew({ refresh, idToken }: Pick<Granted, 'refresh' | 'idToken'>): Promise<Granted> {
    if (refresh === undefined) throw unauthenticated('the issuer gave nothing to renew the token with');
    const { resource } = this.#options;
    const issuer = await this.#issuer();
    const { refreshTokenGrant } = await library();
    const more: Record<string, string> = resource === undefined ? {} : { resource };
    const granted = this.#granted(await this.#ask('another token', () => refreshTokenGrant(issuer, refresh, more)));
    // An issuer that gives no new one means the old one to stay.
    return { ...granted, refresh: granted.refresh ?? refresh, idToken: granted.idToken ?? idToken };
  }

  /** Where a person ends its session at the issuer, too; undefined: the issuer has no such place. */
  async leave(idToken: string | undefined, back: URL): Promise<URL | undefined> {
    const issuer = await this.#issuer();
    if (issuer.serverMetadata().end_session_endpoint === undefined) return undefined;
    const hint: Record<string, string> = idToken === undefined ? {} : { id_token_hint: idToken };
    const { buildEndSessionUrl } = await library();
    return buildEndSessionUrl(issuer, { post_logout_redirect_uri: back.href, ...hint });
  }

  async #ask<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      const failure = failureOf(what, cause);
      this.#options.report?.(failure);
      throw failure;
    }
  }

  #granted(tokens: Tokens): Granted {
    const { access_token: token, refresh_token: refresh, id_token: idToken } = tokens;
    const seconds = tokens.expiresIn();
    return { token, refresh, idToken, expires: seconds === undefined ? undefined : this.#now() + seconds * 1000 };
  }

  #of(seed: string, what: 'state' | 'nonce' | 'verifier'): string {
    return createHmac('sha256', this.#key).update(`${what} ${seed}`).digest('base64url');
  }

  #isFresh(seed: string): boolean {
    const began = Number.parseInt(seed.split('.', 1)[0]!, 36);
    const age = this.#now() - began;
    return age >= 0 && age < SEED_MS;
  }

  /** The issuer as it describes itself. */
  #issuer(): Promise<Configuration> {
    const now = this.#now();
    if (this.#known !== undefined && now - this.#knownAt < KNOWN_MS) return this.#known;
    const found = this.#ask(`the description of ${this.#options.issuer.href}`, () => this.#discovered());
    // One that cannot be reached is asked again by whoever comes next.
    found.catch(() => {
      if (this.#known === found) this.#known = undefined;
    });
    this.#known = found;
    this.#knownAt = now;
    return found;
  }

  async #discovered(): Promise<Configuration> {
    const { issuer, client, secret } = this.#options;
    const { allowInsecureRequests, ClientSecretBasic, discovery, enableNonRepudiationChecks, None } = await library();
    const auth = secret === undefined ? None() : ClientSecretBasic(secret);
    const execute = [enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [allowInsecureRequests] : [])];
    return discovery(issuer, client, undefined, auth, { execute, timeout: ANSWER_SECONDS });
  }
}

/** Failures that say nothing of who asks: the issuer is away, or whoever answers is not the issuer. */
const AWAY: ReadonlySet<unknown> = new Set(['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM']);

/** The error for what went wrong at the issuer: `unreachable`, or `unauthenticated` with the reason in its cause. */
function failureOf(what: string, cause: unknown): TallystickError {
  const { error, code, message } = cause as { readonly error?: unknown; readonly code?: unknown; message: string };
  if (typeof error === 'string') return unauthenticated(`${what}: the issuer says ${error}: ${message}`, cause);
  if (!AWAY.has(code) && !(cause instanceof TypeError)) return unauthenticated(`${what}: ${message}`, cause);
  return new TallystickError('unreachable', `${what}: the issuer does not answer as one: ${message}`, { cause });
}
