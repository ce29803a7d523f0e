/** Certificates and tokens for tests of who may come in. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { generate } from 'selfsigned';
import { revocationList } from './crl.ts';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export class Authority {
  readonly #pair: Pair;

  private constructor(pair: Pair) {
    this.#pair = pair;
  }

  static async make(name: string): Promise<Authority> {
    return new Authority(await Authority.pair(name));
  }

  /** Certificate and key of an authority, for programs that sign themselves. */
  static async pair(name: string): Promise<Pair> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
    });
    return { cert, key };
  }

  /** PEM. */
  get cert(): string {
    return this.#pair.cert;
  }

  /** PEM: certificates that it has signed, and takes back. */
  revoke(...certificates: readonly string[]): string {
    return revocationList(this.#pair.cert, this.#pair.key, certificates);
  }

  /** The same, written and over at given times, milliseconds since the epoch. */
  revokeFrom(from: number, until: number, ...certificates: readonly string[]): string {
    return revocationList(this.#pair.cert, this.#pair.key, certificates, from, until);
  }

  /**
   * For 127.0.0.1, or somebody who connects from there. `until`: a year from now when left out; only its seconds count.
   */
  async sign(name: string, until?: Date): Promise<Pair> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: this.#pair,
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
      ...(until === undefined ? {} : { notAfterDate: until }),
    });
    return { cert, key };
  }
}

const issuer = 'https://issuer.example';
const audience = 'tallystick';

export class Issuer {
  readonly #key: CryptoKey;
  readonly #keys: string;

  private constructor(key: CryptoKey, keys: string) {
    this.#key = key;
    this.#keys = keys;
  }

  static async make(): Promise<Issuer> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }] });
    return new Issuer(privateKey, keys);
  }

  /** Writes the public keys into `folder`; the flags that make a server ask for tokens. */
  flags(folder: string): string[] {
    const path = join(folder, 'jwks.json');
    writeFileSync(path, this.#keys);
    return ['--tokens-jwks', path, '--tokens-issuer', issuer, '--tokens-audience', audience];
  }

  token(role: string, expires = '10m', claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return new SignJWT({ role, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setSubject(String(claims.sub ?? 'payments'))
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(this.#key);
  }
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tallystick-access-'));
}
