/**
 * Bearer tokens: JWTs checked against a set of public keys, or, when it is asked for in so many words, one static token for development. Without either
 * nobody gets in by token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { TallystickError } from '../../model/index.ts';
import { expired } from './expiry.ts';
import { type Identity, ROLES, type Role } from './roles.ts';

/** Tells who a token belongs to. Rejects with `unauthenticated`; why is for the log, not for who tries. */
export interface Authenticator {
  authenticate(token: string | undefined): Promise<Identity>;
}

export interface JwtOptions {
  /** Keys at hand, or where they are published (https, or http on loopback). */
  readonly keys: JSONWebKeySet | URL;
  readonly issuer: string;
  readonly audience: string;
  /** The claim that names the role: `read`, `write` or `admin`, alone or in a list. */
  readonly roleClaim?: string;
  /** Clocks may differ by so many seconds. */
  readonly toleranceSeconds?: number;
}

/** Signatures only: with a shared secret whoever can check tokens can also make them. */
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
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

export class JwtAuthenticator implements Authenticator {
  readonly #keys: JWTVerifyGetKey;
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
      this.#keys = createRemoteJWKSet(options.keys);
    } else this.#keys = createLocalJWKSet(options.keys);
  }

  async authenticate(token: string | undefined): Promise<Identity> {
    if (token === undefined || token.length === 0 || token.length > TOKEN_SIZE_MAX) throw unauthenticated('no token');
    const { issuer, audience, roleClaim = 'role', toleranceSeconds = 5 } = this.#options;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: toleranceSeconds,
        requiredClaims: ['exp', 'sub'],
      });
      const role = highest(payload[roleClaim]);
      if (role === undefined) throw unauthenticated(`the claim ${roleClaim} names no role`);
      const expires = payload.exp! * 1000;
      return { subject: payload.sub!, role, expiry: { expires, until: expires + toleranceSeconds * 1000 } };
    } catch (error) {
      if (error instanceof TallystickError) throw error;
      if (error instanceof errors.JWTExpired) throw expired({ cause: error });
      const why = error instanceof errors.JOSEError ? error.code : 'the keys could not be had';
      throw unauthenticated(why, error);
    }
  }
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
      return Promise.resolve({ subject: 'development', role: this.#role });
    }
    return Promise.reject(unauthenticated('not the static token'));
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthenticated(why: string, cause?: unknown): TallystickError {
  return new TallystickError('unauthenticated', `who asks is not known: ${why}`, { cause });
}

/** The token of an `Authorization: Bearer …` header; undefined when it is none. */
export function bearer(header: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1];
}
