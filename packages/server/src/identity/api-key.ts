/**
 * API keys as text. Whoever finds one in a log or a commit can tell what it is, and a slip of the pen is told from a
 * stranger without a look at any list:
 *
 *   tly_live_ 16 characters of base 32   id, 80 random bits
 *           _ 43 characters of base 62   secret, 32 random bytes
 *             6 characters of base 62    CRC-32 of everything before
 */
import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'tallystick/internal/platform';

export const KEY_PREFIX = 'tly_live_';
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_SIZE = 43;
const CRC_SIZE = 6;
const SHAPE: RegExp = /^tly_live_([0-9a-hjkmnp-tv-z]{16})_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/;

export interface ApiKey {
  readonly id: string;
  /** Shown once. */
  readonly text: string;
}

export function makeApiKey(): ApiKey {
  const id = [...randomBytes(16)].map((byte) => BASE32[byte & 31]).join('');
  const secret = inBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), SECRET_SIZE);
  const before = `${KEY_PREFIX}${id}_${secret}`;
  return { id, text: before + sumOf(before) };
}

/** The id of a key; undefined if the text is no key, or has a slip in it. */
export function idOfApiKey(text: string): string | undefined {
  const id = SHAPE.exec(text)?.[1];
  if (id === undefined) return undefined;
  const end = text.length - CRC_SIZE;
  return sumOf(text.slice(0, end)) === text.slice(end) ? id : undefined;
}

/** What is kept of a key: whoever reads it has no key, and without the pepper cannot try any. */
export function digestOfApiKey(pepper: string, text: string): Buffer {
  return createHmac('sha256', pepper).update(text).digest();
}

function sumOf(text: string): string {
  return inBase62(BigInt(crc32(Buffer.from(text))), CRC_SIZE);
}

function inBase62(value: bigint, size: number): string {
  let text = '';
  for (let left = value; text.length < size; left /= 62n) text = BASE62[Number(left % 62n)] + text;
  return text;
}
