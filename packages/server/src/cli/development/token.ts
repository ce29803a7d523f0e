/**
 * `tallystick token FOLDER`: a token for development, signed by a key that lies beside the set of public keys that
 * servers take.
 */
import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { TallystickError } from 'tallystick/internal/model';
import { DEVELOPMENT } from '../../identity/index.ts';
import { KeyFolder } from './folder.ts';

export interface TokenOptions {
  readonly subject: string;
  readonly role: 'read' | 'write' | 'admin';
  /** Milliseconds from now. */
  readonly expires: number;
  readonly ledgers?: readonly number[];
  readonly audience: string;
  /** Sign with a new key; servers go on taking tokens of those before. */
  readonly rotate?: boolean;
  /** Servers shall take tokens of the newest key only. */
  readonly retire?: boolean;
}

const ALGORITHM = 'ES256';
const PUBLIC = 'jwks.json';
const PRIVATE = 'signing-key.json';

/** Prints the token. */
export async function token(path: string, options: TokenOptions): Promise<void> {
  const folder = new KeyFolder(path);
  const key = await keyOf(folder, options);
  const { role, ledgers, subject, audience } = options;
  const now = Math.floor(Date.now() / 1000);
  const signed = await new SignJWT({ role, ...(ledgers === undefined ? {} : { ledgers }) })
    .setProtectedHeader({ alg: ALGORITHM, kid: key.kid! })
    .setSubject(subject)
    .setIssuer(DEVELOPMENT)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(options.expires / 1000))
    .sign(await importJWK(key, ALGORITHM));
  console.log(signed);
}

/** The key that signs; the set of public keys is brought up to date with it. */
async function keyOf(folder: KeyFolder, { rotate, retire }: TokenOptions): Promise<JWK> {
  const text = folder.read(PRIVATE, true);
  const known = publicKeys(folder);
  if (text !== undefined && rotate !== true) {
    const key = parsed(folder, PRIVATE, text) as JWK;
    if (retire === true)
      writeKeys(
        folder,
        known.filter(({ kid }) => kid === key.kid),
      );
    return key;
  }
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const names = { alg: ALGORITHM, use: 'sig', kid: `development-${randomBytes(6).toString('hex')}` };
  const key = { ...(await exportJWK(privateKey)), ...names };
  // A server must know the key before it meets the first token of it.
  writeKeys(folder, [...(retire === true ? [] : known), { ...(await exportJWK(publicKey)), ...names }]);
  folder.write(PRIVATE, `${JSON.stringify(key)}\n`, true);
  console.error(`for development only: a new key ${names.kid} signs, and ${folder.at(PUBLIC)} has its public half`);
  return key;
}

function publicKeys(folder: KeyFolder): JWK[] {
  const text = folder.read(PUBLIC);
  if (text === undefined) return [];
  const { keys } = parsed(folder, PUBLIC, text) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw broken(folder, PUBLIC);
  return keys as JWK[];
}

function writeKeys(folder: KeyFolder, keys: readonly JWK[]): void {
  folder.write(PUBLIC, `${JSON.stringify({ keys }, undefined, 2)}\n`);
}

function parsed(folder: KeyFolder, name: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // The parser's message may quote a key.
  }
  throw broken(folder, name);
}

function broken(folder: KeyFolder, name: string): TallystickError {
  return new TallystickError('invalid_argument', `${folder.at(name)} holds no keys; choose a new folder`);
}
