/**
 * The audit trail is a file of blocks, a line of JSON each. A block holds what was recorded in one turn of the event
 * loop, and is sealed with a secret that neither the file nor the ledger holds:
 *
 *   {"block":7,"first":41,"time":"…","prev":"<mac of block 6>","records":[{"kind":"write",…}],"mac":"<hex>"}
 *
 *   mac = HMAC-SHA-256(key, the line before `,"mac"` and a closing brace)
 *
 * A seal is good on its own, so that one damaged block does not hide what is behind it; `prev` and the numbers say what
 * is missing between two.
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** What `prev` of the first block says. */
export const NO_BLOCK: string = '0'.repeat(64);
/** A block is written when its records have so many bytes. */
export const BLOCK_SIZE: number = 64 * 1024;

export interface Block {
  readonly block: number;
  /** Number of its first record, from 1. */
  readonly first: number;
  readonly time: string;
  readonly prev: string;
  readonly records: readonly AuditRecord[];
  readonly mac: string;
}

/** What was done, refused, or changed. Values are JSON's. */
export type AuditRecord = { readonly kind: string } & { readonly [name: string]: unknown };

export interface Sealed {
  readonly line: string;
  readonly mac: string;
}

/** `records`: JSON of each. */
export function seal(key: KeyObject, block: number, first: number, prev: string, records: readonly string[]): Sealed {
  const time = new Date().toISOString();
  const body = `{"block":${block},"first":${first},"time":"${time}","prev":"${prev}","records":[${records.join(',')}]`;
  const mac = macOf(key, body);
  return { line: `${body},"mac":"${mac}"}\n`, mac };
}

/** The block of a line; undefined if it is none, or its seal is not of this key. */
export function opened(key: KeyObject, line: string): Block | undefined {
  const found = /^(.*),"mac":"([0-9a-f]{64})"\}$/s.exec(line);
  if (found === null) return undefined;
  const [, body, mac] = found as unknown as [string, string, string];
  if (!timingSafeEqual(Buffer.from(macOf(key, body), 'hex'), Buffer.from(mac, 'hex'))) return undefined;
  // What was sealed here can be read here.
  return JSON.parse(line) as Block;
}

function macOf(key: KeyObject, body: string): string {
  return createHmac('sha256', key).update(body).update('}').digest('hex');
}
