/**
 * What leaves the machine is encrypted, and cannot be changed, swapped or taken for another part without being noticed:
 *
 *   object   nonce (12) │ ciphertext │ tag (16)      AES-256-GCM; its name is what it is sealed with (AAD)
 *   name     of a chunk: HMAC-SHA256 of its bytes     equal chunks are stored once, and names tell a stranger nothing
 *
 * Both keys come from the one in the file (HKDF), for one prefix and for ever.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';

const NONCE_SIZE = 12;
const TAG_SIZE = 16;
const KEY_SIZE = 32;
export const SEAL_SIZE: number = NONCE_SIZE + TAG_SIZE;

export class Seal {
  readonly #sealing: Buffer;
  readonly #naming: Buffer;

  /** `key`: 32 random bytes. */
  constructor(key: Uint8Array) {
    const derived = (use: string): Buffer =>
      Buffer.from(hkdfSync('sha256', key, '', `tallystick backup ${use}`, KEY_SIZE));
    this.#sealing = derived('seal');
    this.#naming = derived('name');
  }

  /** Throws `invalid_argument` for a file that is no key, or that others may read. */
  static fromFile(path: string): Seal {
    let text: string;
    try {
      text = readFileSync(path, 'utf8').trim();
    } catch (cause) {
      throw new TallystickError('not_found', `the key file ${path} cannot be read`, { cause });
    }
    if (!/^[0-9a-f]{64}$/i.test(text)) {
      throw new TallystickError('invalid_argument', `${path} wants 64 digits of hex: openssl rand -hex 32 > ${path}`);
    }
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new TallystickError('invalid_argument', `others may read the key in ${path}: chmod 600 ${path}`);
    }
    return new Seal(Buffer.from(text, 'hex'));
  }

  nameOf(bytes: Uint8Array): string {
    return createHmac('sha256', this.#naming).update(bytes).digest('hex');
  }

  close(name: string, bytes: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE_SIZE);
    const cipher = createCipheriv('aes-256-gcm', this.#sealing, nonce).setAAD(Buffer.from(name));
    return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws `journal_corrupt` for bytes that were changed, are another object's, or were sealed with another key. */
  open(name: string, sealed: Uint8Array): Uint8Array {
    try {
      const nonce = sealed.subarray(0, NONCE_SIZE);
      const decipher = createDecipheriv('aes-256-gcm', this.#sealing, nonce).setAAD(Buffer.from(name));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_SIZE));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_SIZE, sealed.length - TAG_SIZE)), decipher.final()]);
    } catch (cause) {
      const message = `${name} does not open: it is damaged, or was sealed with another key`;
      throw new TallystickError('journal_corrupt', message, { cause });
    }
  }
}
