/** Roles by the subject of a client's certificate: for a house whose programs show certificates and no tokens. */
import { TallystickError } from 'tallystick/internal/model';
import type { Asker, Authenticator } from './authenticator.ts';
import { type Identity, inRole } from './identity.ts';
import { ledgersOf } from './ledgers.ts';
import type { Role } from './scopes.ts';

/** `CN=payments` with the role that it has; the subject must say just that, among other things. */
export interface SubjectRole {
  readonly subject: string;
  readonly role: Role;
  /** The ledgers, by code, that it may touch and see. Left out: all. */
  readonly ledgers?: readonly number[] | undefined;
}

export class CertificateAuthenticator implements Authenticator {
  readonly #roles: readonly SubjectRole[];
  readonly #tokens: Authenticator | undefined;

  /** The first that fits decides. `tokens`: who is asked about a caller that brings one. */
  constructor(roles: readonly SubjectRole[], tokens?: Authenticator) {
    this.#roles = roles;
    this.#tokens = tokens;
  }

  authenticate(token: string | undefined, asker?: Asker): Promise<Identity> {
    if (token !== undefined && this.#tokens !== undefined) return this.#tokens.authenticate(token, asker);
    const { certificate } = asker ?? {};
    if (certificate === undefined) return Promise.reject(unknown('no certificate'));
    // A line each: `CN=payments`.
    const parts = certificate.subject.split('\n');
    const found = this.#roles.find(({ subject }) => subject.split(',').every((part) => parts.includes(part.trim())));
    if (found === undefined) return Promise.reject(unknown(`no role for the certificate of ${parts.join(', ')}`));
    const expires = Date.parse(certificate.validTo);
    const known = inRole(parts.join(', '), found.role, 'certificate');
    const identity = { ...known, expiry: { expires, until: expires } };
    if (found.ledgers === undefined) return Promise.resolve(identity);
    const ledgers = ledgersOf(found.ledgers);
    if (ledgers === undefined) return Promise.reject(unknown(`no ledgers for the certificate of ${identity.subject}`));
    return Promise.resolve({ ...identity, ledgers });
  }
}

function unknown(why: string): TallystickError {
  return new TallystickError('unauthenticated', undefined, { cause: new Error(why) });
}
