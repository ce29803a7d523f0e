/** Roles by the subject of a client's certificate: for a house whose programs show certificates and no tokens. */
import type { X509Certificate } from 'node:crypto';
import type { Asker, Authenticator } from './authenticator.ts';
import { unauthenticated } from './expiry.ts';
import type { Identity } from './identity.ts';
import { Roster } from './roster.ts';

/**
 * `CN=payments`, or a name of a workload such as `spiffe://bank.example/payments`, with the role that it has; the
 * certificate must say just that, among other things.
 */
export interface SubjectRole {
  readonly subject: string;
  readonly role: string;
  /** By name or number, as in the identity file. Left out: none. */
  readonly tenant?: string | number | undefined;
  /** The ledgers, by code or range, that it may touch and see. Left out: all. */
  readonly ledgers?: readonly (number | string)[] | undefined;
  /** Beginnings of ids of accounts, in hex. Left out: all accounts. */
  readonly accounts?: readonly string[] | undefined;
}

export class CertificateAuthenticator implements Authenticator {
  readonly #roles: readonly SubjectRole[];
  #roster: Roster;

  /** The first that fits decides. */
  constructor(roles: readonly SubjectRole[], roster: Roster = new Roster()) {
    this.#roles = roles;
    this.#roster = roster;
  }

  /** Roles and tenants mean something else from now on, for callers who come from now on. */
  replace(roster: Roster): void {
    this.#roster = roster;
  }

  authenticate(_token: string | undefined, asker?: Asker): Promise<Identity> {
    const { certificate } = asker ?? {};
    if (certificate === undefined) return Promise.reject(unauthenticated('no certificate'));
    // A line each: `CN=payments`.
    const parts = certificate.subject.split('\n');
    const workloads = workloadsOf(certificate);
    const found = this.#roles.find(({ subject }) =>
      subject.split(',').every((part) => parts.includes(part.trim()) || workloads.includes(part.trim())),
    );
    const called = parts.join(', ');
    if (found === undefined) return Promise.reject(unauthenticated(`no role for the certificate of ${called}`));
    const expires = Date.parse(certificate.validTo);
    const standing = this.#roster.standing([found.role]);
    const reach = this.#roster.reach(found.tenant, found.ledgers, found.accounts);
    if (standing === undefined || reach === undefined) {
      return Promise.reject(unauthenticated(`no role, tenant, ledgers or accounts for the certificate of ${called}`));
    }
    const subject = workloads.includes(found.subject) ? found.subject : called;
    const expiry = { expires, until: expires };
    return Promise.resolve({ subject, ...standing, ...reach, shown: 'certificate', expiry });
  }
}

/** SPIFFE ids among the certificate's other names, which Node writes as `URI:spiffe://…, DNS:…`. */
function workloadsOf({ subjectAltName }: X509Certificate): string[] {
  // A name that Node has quoted holds a comma or worse: no SPIFFE id does.
  if (subjectAltName === undefined || subjectAltName.includes('"')) return [];
  return subjectAltName
    .split(', ')
    .filter((name) => name.startsWith('URI:spiffe://'))
    .map((name) => name.slice('URI:'.length));
}
