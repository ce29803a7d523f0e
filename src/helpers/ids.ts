/**
 * Ids from text. A program has `order:17`, a ledger wants a u128; the same text gives the same id on every machine, so
 * an event that is made again after a crash is the same event, and idempotent.
 *
 * Version 1, which never changes, because ids in people's ledgers depend on it (another rule would be another
 * function):
 *
 *   parts    each part as UTF-8, behind its length in bytes and a colon, before a comma: 5:order,2:17,
 *   id       the first 16 bytes of the SHA-256 of that, most significant first
 *
 * In Python: `hashlib.sha256(b"".join(b"%d:%s," % (len(p), p) for p in parts)).digest()[:16]`.
 */
import { invalid, named } from '../model/index.ts';
import { sha256 } from './sha256.ts';

/** Text, or a whole number, which stands for its decimal digits: `17` and `'17'` are the same part. */
export type IdPart = string | number | bigint;

/**
 * The u128 of the parts, in their order: an id of an account or a transfer, or a `user_data_128`.
 *
 *   idOf('order', 17, 'fee')    // the fee of order 17, today and after every restart
 *
 * Where a part ends counts: `idOf('a', 'bc')` and `idOf('ab', 'c')` differ, so a part may be a stranger's text. Texts
 * are taken as they are: write an é always in one way (`text.normalize()`).
 *
 * Two texts have the same id by chance once in 2^128; among 10^15 ids, some two are the same with a chance of about
 * 10^-9. To find two such texts on purpose takes 2^64 hashes, and to find one for a given id takes 2^128.
 *
 * A transfer that was refused for a reason that may pass has used up its id: make the attempt a part of it
 * (`idOf('order', 17, 'attempt', 2)`). The ids are in no order; where millions of transfers a second count, ids that
 * grow (`id()`) are faster.
 *
 * Throws `invalid_argument` without parts, and for a part that is empty, is half of a surrogate pair, is a number that
 * is not whole or not exact (above 2^53 - 1), or is neither text nor number.
 */
export function idOf(...parts: readonly IdPart[]): bigint {
  if (parts.length === 0) throw invalid('idOf wants at least one part, such as idOf("order", 17)');
  const bytes: number[] = [];
  for (const [index, part] of parts.entries()) {
    const text = utf8(textOf(part, index), index);
    for (const digit of String(text.length)) bytes.push(digit.charCodeAt(0));
    bytes.push(COLON);
    for (const byte of text) bytes.push(byte);
    bytes.push(COMMA);
  }
  const [a, b, c, d] = sha256(Uint8Array.from(bytes));
  return (BigInt(a!) << 96n) | (BigInt(b!) << 64n) | (BigInt(c!) << 32n) | BigInt(d!);
}

const COLON = 0x3a;
const COMMA = 0x2c;

/** A part that is missing is not an empty one: `undefined` would make one id for all orders. */
function textOf(part: IdPart, index: number): string {
  if (typeof part === 'bigint') return String(part);
  if (typeof part === 'string' && part !== '') return part;
  if (typeof part === 'number' && Number.isSafeInteger(part)) return String(part);
  const what = part === '' ? 'empty' : named(String(part));
  throw invalid(`part ${index} of an id is ${what}; it must be text that is not empty, or a whole number`);
}

function utf8(text: string, index: number): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), tail(code));
    else if (code < 0x10000) {
      if (code >= 0xd800 && code < 0xe000) throw invalid(`part ${index} of an id has half of a surrogate pair`);
      bytes.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
    } else bytes.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
  }
  return bytes;
}

const tail = (code: number): number => 0x80 | (code & 0x3f);
