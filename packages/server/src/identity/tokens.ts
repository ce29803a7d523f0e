/**
 * Bearer tokens: JWTs checked against a set of public keys, or, when it is asked for in so many words, one static token
 * for development. Without either nobody gets in by token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type CryptoKey, errors, type JWTPayload, jwtVerify } from 'jose';
import { TallystickError } from 'tallystick/internal/model';
import type { Asker, Authenticator } from './authenticator.ts';
import { type ClaimNames, identityOf } from './claims.ts';
import { expired, unauthenticated } from './expiry.ts';
import { type Identity, inRole } from './identity.ts';
import { addressOf, KeySet, type KeySource } from './key-set.ts';
import type { Roster } from './roster.ts';
import type { Role } from './scopes.ts';
import { SeenTokens } from './seen-tokens.ts';

export interface JwtOptions extends ClaimNames {
  /** Keys at hand, a file, or where they are published (https, or http on loopback). */
  readonly keys: KeySource;
  readonly issuer: string;
  readonly audience: string;
  /** Clocks may differ by so many seconds. */
  readonly toleranceSeconds?: number;
  /** Tokens that say they are good for longer, from now, are not taken. */
  readonly lifeMsMax?: number;
  /** Roles and tenants by name. */
  readonly roster?: Roster | undefined;
  /** Hears of keys that cannot be had or used. */
  readonly report?: (problem: TallystickError) => void;
}

/** Signatures only: with a shared secret every party that can check tokens can also make them. */
const ALGORITHMS = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
];
const TOKEN_SIZE_MAX = 8192;
const LIFE_MS_MAX = 24 * 60 * 60 * 1000;
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

export class JwtAuthenticator implements Authenticator {
  readonly #keys: KeySet;
  readonly #options: JwtOptions;
  readonly #seen = new SeenTokens();
  #roster: Roster | undefined;

  constructor(options: JwtOptions) {
    this.#options = options;
    this.#roster = options.roster;
    const address = addressOf(options.keys);
    if (address !== undefined) {
      const { protocol, hostname } = address;
      if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.includes(hostname))) {
        throw new TallystickError(
          'invalid_argument',
          'keys of tokens are fetched over https, or over http from this machine',
        );
      }
    }
    this.#keys = new KeySet(options.keys, options.report ?? (() => {}));
  }

  /** Roles and tenants mean something else from now on, for callers who come from now on. */
  replace(roster: Roster): void {
    this.#roster = roster;
    this.#seen.clear();
  }

  /** Looks at the keys no more. */
  close(): void {
    this.#keys.close();
  }

  async authenticate(token: string | undefined, asker?: Asker): Promise<Identity> {
    if (token === undefined || token.length === 0 || token.length > TOKEN_SIZE_MAX) throw unauthenticated('no token');
    const seen = this.#seen.get(token);
    if (seen !== undefined) return seen;
    const { issuer, audience, toleranceSeconds = 5, lifeMsMax = LIFE_MS_MAX } = this.#options;
    try {
      const roster = this.#roster;
      const { payload, key } = await jwtVerify(token, this.#keys.key, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: toleranceSeconds,
        requiredClaims: ['exp', 'sub'],
      });
      const known = identityOf(payload, this.#options, roster);
      const bound = isBound(payload, asker);
      const expires = payload.exp! * 1000;
      if (expires - Date.now() > lifeMsMax) throw unauthenticated(`the token is good for more than ${lifeMsMax} ms`);
      const trust = await this.#keys.trustOf(key as CryptoKey);
      if (trust.withdrawn) throw unauthenticated('the key of the token was withdrawn');
      const identity = { ...known, expiry: { expires, until: expires + toleranceSeconds * 1000, trust } };
      // A token that is bound to a certificate is compared with the one of each connection.
      if (!bound && roster === this.#roster) this.#seen.add(token, identity);
      return identity;
    } catch (error) {
      if (error instanceof TallystickError) throw error.cause === undefined ? unauthenticated(error.message) : error;
      if (error instanceof errors.JWTExpired) throw expired({ cause: error });
      const why = error instanceof errors.JOSEError ? `${error.code}: ${error.message}` : String(error);
      throw unauthenticated(why, error);
    }
  }
}

/**
 * Whether a token is bound to its caller's certificate (RFC 8705, `cnf`). Throws if it is, and the connection shows
 * another one or none: such a token is of no use to whoever stole it. So does one that is bound to anything else,
 * which nobody can check here.
 */
function isBound({ cnf }: JWTPayload, asker: Asker | undefined): boolean {
  if (cnf === undefined) return false;
  const thumbprint = (cnf as { readonly 'x5t#S256'?: unknown } | null)?.['x5t#S256'];
  const shown = asker?.certificate;
  const actual = shown === undefined ? undefined : createHash('sha256').update(shown.raw).digest('base64url');
  if (typeof thumbprint === 'string' && thumbprint === actual) return true;
  throw unauthenticated('the token is bound to another certificate, or key, than the connection shows');
}

/** One token for everybody, for development. */
export class StaticTokenAuthenticator implements Authenticator {
  readonly #digest: Buffer;
  readonly #role: Role;

  constructor(token: string, role: Role = 'admin') {
    if (token.length < 16) throw new TallystickError('invalid_argument', 'a static token has at least 16 characters');
    this.#digest = digest(token);
    this.#role = role;
  }

  authenticate(token: string | undefined): Promise<Identity> {
    // Digests have one length, so comparing them tells nothing about the token.
    if (token !== undefined && timingSafeEqual(digest(token), this.#digest)) {
      return Promise.resolve(inRole('development', this.#role, 'static token'));
    }
    return Promise.reject(unauthenticated('the token differs from the static token'));
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The token of an `Authorization: Bearer …` header; undefined when it is none. */
export function bearer(header: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1];
}
