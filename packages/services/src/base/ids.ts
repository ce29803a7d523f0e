/**
 * Ids that follow from a request. An attempt that is made again has the same ids, so the ledger knows it again, and no
 * table of keys is kept.
 *
 *   base                  120 bits of SHA-256("tallystick/1", kind, tenant, key), and a byte of zeros
 *   transfers of it       base + 1, base + 2, …: the legs of the request's chain; base + 255 is its refusal
 *   accounts of it        base + 1, …
 *   fingerprint           64 bits of SHA-256 of the request as canonical JSON; it lies in `user_data_64`
 *
 * The rule never changes: ids in people's ledgers depend on it.
 */
import { hash } from 'node:crypto';
import { invalid, invalidField } from 'tallystick/internal/model';

const VERSION = 'tallystick/1';
const SEPARATOR = '\x1f';
const LEG_BITS = 8n;
const LEG_MAX = 254;
/** The leg that is no transfer of money: what the ledger remembers of a request that was refused. */
const REFUSAL = 255n;
const KEY_MAX = 255;
/** Names of an object that are put into order by hand. */
const FEW = 16;

/** The base of everything that belongs to one thing: the ids of its legs are the 255 numbers behind it. */
export function baseOf(kind: string, tenant: number, key: string): bigint {
  const digest = hash('sha256', `${VERSION}${SEPARATOR}${kind}${SEPARATOR}${tenant}${SEPARATOR}${key}`, 'hex');
  return BigInt(`0x${digest.slice(0, 30)}`) << LEG_BITS;
}

/** The id of a leg, from 1 to 254. */
export function legId(base: bigint, leg: number): bigint {
  if (!Number.isInteger(leg) || leg < 1 || leg > LEG_MAX) throw invalid(`a request has 1 to ${LEG_MAX} legs`);
  return base + BigInt(leg);
}

/** The id of the transfer that says that a request was refused, and why. */
export function refusalId(base: bigint): bigint {
  return base + REFUSAL;
}

/** The base that a leg belongs to. */
export function baseOfLeg(id: bigint): bigint {
  return (id >> LEG_BITS) << LEG_BITS;
}

/** A base as people see it, such as `pay_0f3a…`: 30 hexadecimal digits behind a word. */
export function formatBase(word: string, base: bigint): string {
  return `${word}_${(base >> LEG_BITS).toString(16).padStart(30, '0')}`;
}

/** Reads what {@link formatBase} wrote; throws `invalid_argument` for any other text. */
export function parseBase(word: string, text: unknown, field: string): bigint {
  const [, digits] = (typeof text === 'string' ? new RegExp(`^${word}_([0-9a-f]{30})$`).exec(text) : null) ?? [];
  if (digits === undefined) throw invalidField(field, `must be an id: ${word}_ and 30 hexadecimal digits`);
  return BigInt(`0x${digits}`) << LEG_BITS;
}

/** Checks an idempotency key: 1 to 255 visible ASCII characters. */
export function checkKey(key: unknown): string {
  if (typeof key === 'string' && key.length <= KEY_MAX && /^[\x21-\x7e]+$/.test(key)) return key;
  throw invalid(`an idempotency key is text of 1 to ${KEY_MAX} visible ASCII characters: choose one for each wish`);
}

/** 64 bits that tell two requests under one key apart, never zero. `without`: a member that is no part of it. */
export function fingerprintOf(verb: string, request: object, without?: string): bigint {
  const digest = hash('sha256', `${verb}${SEPARATOR}${membersOf(request, without)}`, 'hex');
  return BigInt(`0x${digest.slice(0, 16)}`) | 1n;
}

/** JSON with its names in order, so that the order in which a client wrote them does not count. */
function canonical(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Array.isArray(value) ? `[${value.map(canonical).join(',')}]` : membersOf(value);
}

function membersOf(value: object, without?: string): string {
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const name of inOrder(Object.keys(members))) {
    const each = members[name];
    if (each === undefined || name === without) continue;
    text += `${text === '' ? '' : ','}${quoted(name)}:${canonical(each)}`;
  }
  return `{${text}}`;
}

/** As `JSON.stringify` writes it. */
function quoted(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return JSON.stringify(text);
  }
  return `"${text}"`;
}

/** A handful of names: put into order where they stand, which costs less than to sort them. */
function inOrder(names: string[]): readonly string[] {
  if (names.length > FEW) return names.sort();
  for (let next = 1; next < names.length; next++) {
    const name = names[next]!;
    let at = next;
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!;
    names[at] = name;
  }
  return names;
}
