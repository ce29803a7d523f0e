/**
 * Bearer tokens: JWTs checked against a set of public keys, or, when it is asked for in so many words, one static token
 * for development. Without either nobody gets in by token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type CryptoKey, errors, type JWTPayload, jwtVerify } from 'jose';
import { TallystickError } from 'tallystick/internal/model';
import type { Authenticator } from './authenticator.ts';
import { expired } from './expiry.ts';
import { type Identity, inRole } from './identity.ts';
import { KeySet, type KeySource } from './key-set.ts';
import { LEDGERS_MAX, ledgersOf } from './ledgers.ts';
import { ROLES, type Role, roleScopes, type Scopes, scopesNamed } from './scopes.ts';

export interface JwtOptions {
  /** Keys at hand, a file, or where they are published (https, or http on loopback). */
  readonly keys: KeySource;
  readonly issuer: string;
  readonly audience: string;
  /** The claim that names the role: `read`, `write` or `admin`, alone or in a list. */
  readonly roleClaim?: string;
  /** The claim that lists the ledgers, by code, that its caller may touch and see. Left out: all. */
  readonly ledgersClaim?: string | undefined;
  /** The claim that names the organization that the subject belongs to. Left out: subjects belong to none. */
  readonly tenantClaim?: string | undefined;
  /** The claim that lists scopes: the caller has those of its role that it names. Left out: all of its role. */
  readonly scopesClaim?: string | undefined;
  /** Clocks may differ by so many seconds. */
  readonly toleranceSeconds?: number;
  /** Tokens that say they are good for longer, from now, are not taken. */
  readonly lifeMsMax?: number;
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

  constructor(options: JwtOptions) {
    this.#options = options;
    if (options.keys instanceof URL) {
      const { protocol, hostname } = options.keys;
      if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.includes(hostname))) {
        throw new TallystickError(
          'invalid_argument',
          'keys of tokens are fetched over https, or over http from this machine',
        );
      }
    }
    this.#keys = new KeySet(options.keys, options.report ?? (() => {}));
  }

  /** Looks at the keys no more. */
  close(): void {
    this.#keys.close();
  }

  async authenticate(token: string | undefined): Promise<Identity> {
    if (token === undefined || token.length === 0 || token.length > TOKEN_SIZE_MAX) throw unauthenticated('no token');
    const { issuer, audience, toleranceSeconds = 5, lifeMsMax = LIFE_MS_MAX } = this.#options;
    try {
      const { payload, key } = await jwtVerify(token, this.#keys.key, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: toleranceSeconds,
        requiredClaims: ['exp', 'sub'],
      });
      const known = this.#claimed(payload);
      const expires = payload.exp! * 1000;
      if (expires - Date.now() > lifeMsMax) throw unauthenticated(`the token is good for more than ${lifeMsMax} ms`);
      const trust = await this.#keys.trustOf(key as CryptoKey);
      if (trust.withdrawn) throw unauthenticated('the key of the token was withdrawn');
      return { ...known, expiry: { expires, until: expires + toleranceSeconds * 1000, trust } };
    } catch (error) {
      if (error instanceof TallystickError) throw error.cause === undefined ? unauthenticated(error.message) : error;
      if (error instanceof errors.JWTExpired) throw expired({ cause: error });
      const why = error instanceof errors.JOSEError ? `${error.code}: ${error.message}` : String(error);
      throw unauthenticated(why, error);
    }
  }

  /** What the claims say of the caller. Throws for a token that lacks one that it must have. */
  #claimed(payload: JWTPayload): Omit<Identity, 'expiry'> {
    const { roleClaim = 'role', ledgersClaim, tenantClaim, scopesClaim } = this.#options;
    const role = highest(payload[roleClaim]);
    if (role === undefined) throw unauthenticated(`the claim ${roleClaim} names no role`);
    const ledgers = ledgersClaim === undefined ? undefined : ledgersOf(payload[ledgersClaim]);
    if (ledgersClaim !== undefined && ledgers === undefined) {
      throw unauthenticated(`the claim ${ledgersClaim} is not a list of up to ${LEDGERS_MAX} ledger codes`);
    }
    const tenant = tenantClaim === undefined ? undefined : payload[tenantClaim];
    if (tenantClaim !== undefined && (typeof tenant !== 'string' || tenant === '')) {
      throw unauthenticated(`the claim ${tenantClaim} names no tenant`);
    }
    const scopes = scopesClaim === undefined ? undefined : scopesNamed(payload[scopesClaim]);
    if (scopes?.size === 0) throw unauthenticated(`the claim ${scopesClaim} names no scope`);
    // Whoever may create nothing is a reader to the rules for lanes, whatever the role was called.
    const reads = scopes !== undefined && ![...scopes].some((scope) => scope.endsWith(':write'));
    return {
      ...inRole(payload.sub!, reads ? 'read' : role, 'token'),
      ...(ledgers === undefined ? {} : { ledgers }),
      ...(tenant === undefined ? {} : { tenant: tenant as string }),
      ...(scopes === undefined ? {} : { scopes: intersection(roleScopes[role], scopes) }),
    };
  }
}

/** A set that is in both. */
function intersection(one: Scopes, other: Scopes): Scopes {
  return new Set([...one].filter((scope) => other.has(scope)));
}

function highest(claim: unknown): Role | undefined {
  const named = Array.isArray(claim) ? claim : [claim];
  return ROLES.toReversed().find((role) => named.includes(role));
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

function unauthenticated(why: string, cause?: unknown): TallystickError {
  return new TallystickError('unauthenticated', undefined, { cause: new Error(why, { cause }) });
}

/** The token of an `Authorization: Bearer …` header; undefined when it is none. */
export function bearer(header: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1];
}
