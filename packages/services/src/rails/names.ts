/**
 * Names that travel: how a payout and a file are called at a bank, and what comes back. Letters and digits alone, which
 * every scheme carries; 33 characters of the 35 that ISO 20022 has.
 */
import { baseOf } from '../base/ids.ts';

const LEG_BITS = 8n;

export type Travelling = 'pay' | 'fil';

/** `pay` or `fil`, and the 30 hexadecimal digits of a base. */
export function travelName(word: Travelling, base: bigint): string {
  return word + (base >> LEG_BITS).toString(16).padStart(30, '0');
}

/** The base that a name stands for; undefined: it is none of ours. Banks may write it in capitals. */
export function baseNamed(word: Travelling, name: string | undefined): bigint | undefined {
  const [, digits] = new RegExp(`^${word}([0-9a-f]{30})$`, 'i').exec(name ?? '') ?? [];
  return digits === undefined ? undefined : BigInt(`0x${digits}`) << LEG_BITS;
}

/** The base of the nth file of a rail, from 1 on. */
export function fileBase(tenant: number, rail: string, n: number): bigint {
  return baseOf('file', tenant, `${rail}/${n}`);
}

const REASON_BYTES = 8;

/** A bank's code as the 64 bits of a transfer, so that the ledger knows why; 0: it gave none. */
export function reasonBits(reason: string | undefined): bigint {
  let bits = 0n;
  for (const character of (reason ?? '').slice(0, REASON_BYTES)) {
    bits = (bits << 8n) | (BigInt(character.charCodeAt(0)) & 0xffn);
  }
  return bits;
}

/** Reads what {@link reasonBits} wrote. */
export function reasonOf(bits: bigint): string | undefined {
  let text = '';
  for (let more = bits; more > 0n; more >>= 8n) text = String.fromCharCode(Number(more & 0xffn)) + text;
  return text === '' ? undefined : text;
}
