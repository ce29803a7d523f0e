/**
 * Lists of withdrawn certificates. OpenSSL refuses every client when the list of an authority in its chain has ended,
 * is missing or was signed by somebody else; so what would come to that is not taken while there is something better.
 */
import type { X509Certificate, X509Crl } from '@peculiar/x509';
import type { Ending } from './endings.ts';

export interface Revocations {
  /** PEM, a list each: Node.js reads no more than one out of each. */
  readonly lists: readonly string[];
  readonly endings: readonly Ending[];
  /** By the authority's name: when its list was written, milliseconds since the epoch. */
  readonly written: ReadonlyMap<string, number>;
}

/** Throws for lists that are not those of these authorities, or are older than the ones in force. */
export async function readRevocations(
  text: string,
  authorities: string,
  before: Revocations | undefined,
): Promise<Revocations> {
  const { X509Certificate, X509Crl, cryptoProvider } = await import('@peculiar/x509');
  cryptoProvider.set(globalThis.crypto);
  const blocks = text.match(/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g) ?? [];
  if (blocks.length === 0) throw new Error('tls.crl holds no list');
  const known = pemCertificates(authorities).map((pem) => new X509Certificate(pem));
  const endings: Ending[] = [];
  const written = new Map<string, number>();
  for (const block of blocks) {
    const list = new X509Crl(block);
    const at = list.thisUpdate.getTime();
    if (!(await isSigned(list, known))) throw new Error(`no authority of tls.ca has signed the list of ${list.issuer}`);
    if (at < (before?.written.get(list.issuer) ?? 0)) {
      throw new Error(`the list of ${list.issuer} is older than the one in force`);
    }
    written.set(list.issuer, Math.max(at, written.get(list.issuer) ?? 0));
    if (list.nextUpdate !== undefined) endings.push({ what: 'crl', from: at, until: list.nextUpdate.getTime() });
  }
  return { lists: blocks.map((block) => `${block}\n`), endings, written };
}

export function pemCertificates(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Clients may send the authorities between theirs and ours; lists of those are OpenSSL's to check. */
async function isSigned(list: X509Crl, authorities: readonly X509Certificate[]): Promise<boolean> {
  const named = authorities.filter(({ subject }) => subject === list.issuer);
  if (named.length === 0) return true;
  for (const authority of named) if (await list.verify({ publicKey: authority })) return true;
  return false;
}
