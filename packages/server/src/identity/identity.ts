/**
 * A caller with a valid credential, whichever kind it was: a token, an API key, or a
 * certificate.
 */
import { createHash } from 'node:crypto';
import type { AccountPrefixes } from './account-prefixes.ts';
import type { Watch } from './audited.ts';
import type { Expiry } from './expiry.ts';
import type { Ledgers } from './ledgers.ts';
import type { SecondOpinion } from './policy.ts';
import { type Role, roleScopes, type Scopes } from './scopes.ts';

/** How a caller has shown who it is; `nothing` at a door that asks for nothing. */
export type Shown = 'token' | 'key' | 'static token' | 'certificate' | 'nothing';

export interface Identity {
  readonly subject: string;
  /** The organization that the subject belongs to; left out: the credential names none. */
  readonly tenant?: string;
  readonly role: Role;
  readonly scopes: Scopes;
  readonly shown: Shown;
  /** Left out: all ledgers. */
  readonly ledgers?: Ledgers;
  /** Left out: all accounts. */
  readonly accounts?: AccountPrefixes;
  /** Left out: for ever. */
  readonly expiry?: Expiry;
  /** Hears what was not allowed. */
  readonly denied?: (reason: string) => void;
  /** Is asked about each request, too. */
  readonly opinion?: SecondOpinion;
  /** Hears of each create that was answered, and may forbid them. */
  readonly watch?: Watch;
}

/** The identity of a subject with all the scopes of its role. */
export function inRole(subject: string, role: Role, shown: Shown): Identity {
  return { subject, role, scopes: roleScopes[role], shown };
}

/**
 * The bytes that tell a caller from all others. A tenant's are the digest of its name and then the subject's: the same
 * subject of two tenants is two callers, and no subject can be spelled so that it is another tenant's.
 */
export function ownerOf({ subject, tenant }: Pick<Identity, 'subject' | 'tenant'>): Uint8Array {
  const name = Buffer.from(subject);
  if (tenant === undefined) return name;
  return Buffer.concat([createHash('sha256').update(tenant).digest(), name]);
}
