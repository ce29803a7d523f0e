/**
 * When an authority wants a certificate to be renewed (ACME Renewal Information, RFC 9773): usually as we would
 * ourselves, earlier when it is about to withdraw it. It is a wish, and believed within the certificate's life.
 */
import type { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { ask } from './ask.ts';
import { waitOf } from './authority.ts';

export interface Wish {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
  /** Milliseconds after which to ask again. */
  readonly askAgainMs: number;
}

const AGAIN_MS_MIN = 60_000;
const AGAIN_MS_MAX = 24 * 3_600_000;
const AGAIN_MS = 6 * 3_600_000;

/** By which an authority knows it; undefined for a certificate that does not name the key that has signed it. */
export function certificateId(certificate: X509Certificate): string | undefined {
  const parsed = new x509.X509Certificate(certificate.raw);
  const signer = parsed.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  if (signer === undefined) return undefined;
  const { serialNumber } = certificate;
  const serial = Buffer.from(serialNumber, 'hex');
  // DER would take it for a negative number.
  const whole = serial[0]! < 0x80 ? serial : Buffer.concat([Buffer.of(0), serial]);
  return `${Buffer.from(signer, 'hex').toString('base64url')}.${whole.toString('base64url')}`;
}

/** Undefined: the authority has no wish, or cannot be asked, or says what makes no sense. */
export async function wishFor(
  certificate: X509Certificate,
  directory: string,
  ca: string | undefined,
): Promise<Wish | undefined> {
  const id = certificateId(certificate);
  if (id === undefined) return undefined;
  try {
    const { renewalInfo } = bodyOf((await ask(directory, { method: 'GET', ca })).text);
    if (typeof renewalInfo !== 'string') return undefined;
    const { status, text, headers } = await ask(`${renewalInfo}/${id}`, { method: 'GET', ca });
    if (status !== 200) return undefined;
    const { start, end } = (bodyOf(text).suggestedWindow ?? {}) as { readonly start?: unknown; readonly end?: unknown };
    const [from, until] = [Date.parse(String(start)), Date.parse(String(end))];
    if (!(from <= until)) return undefined;
    const wanted = waitOf(headers['retry-after']) || AGAIN_MS;
    return { from, until, askAgainMs: Math.min(Math.max(wanted, AGAIN_MS_MIN), AGAIN_MS_MAX) };
  } catch {
    return undefined;
  }
}

function bodyOf(text: string): Readonly<Record<string, unknown>> {
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}
