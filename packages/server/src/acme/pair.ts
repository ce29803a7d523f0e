/** Keys, requests for certificates, and the names that they are for. */
import { KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

export const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A name or an address, as ACME and certificates both write it. */
export interface Name {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

export function nameOf(text: string): Name {
  return { type: isIP(text) === 0 ? 'dns' : 'ip', value: text };
}

export function makePair(): Promise<webcrypto.CryptoKeyPair> {
  x509.cryptoProvider.set(webcrypto as never);
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

/** PEM of the private key. */
export function pemOf({ privateKey }: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** A certificate request for the names, in base64url of its DER. */
export async function requestFor(names: readonly Name[], keys: webcrypto.CryptoKeyPair): Promise<string> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    // The names are in the extension; authorities that look at the common name want it to be one of them.
    name: [{ CN: [names[0]!.value] }],
    keys: keys as never,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.SubjectAlternativeNameExtension([...names])],
  });
  return Buffer.from(request.rawData).toString('base64url');
}

/** The name by which a TLS client asks for it: an address has none but that of DNS' reverse zone (RFC 8738). */
export function reverseName({ type, value }: Name): string {
  if (type === 'dns') return value;
  if (isIP(value) === 4) return `${value.split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...wholeIpv6(value)].reverse().join('.')}.ip6.arpa`;
}

/** All 32 digits. */
function wholeIpv6(value: string): string {
  const [head = '', tail] = new URL(`http://[${value}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail)];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array.from({ length: zeros }, () => '0'), ...last]
    .map((group) => group.padStart(4, '0'))
    .join('');
}
