/** What the claims of a token say of its caller. */
import type { JWTPayload } from 'jose';
import { unauthenticated } from './expiry.ts';
import type { Identity } from './identity.ts';
import { LEDGERS_MAX } from './ledgers.ts';
import { Roster } from './roster.ts';
import { roleOfScopes, type Scopes, scopesNamed } from './scopes.ts';

/** Names of claims; a dot leads into an object: `realm_access.roles`. */
export interface ClaimNames {
  /** The claim that names the role, alone or in a list: `read`, `write`, `admin`, or one of the identity file. */
  readonly roleClaim?: string | undefined;
  /** The claim that lists the ledgers, by code or range, that its caller may touch and see. Left out: all. */
  readonly ledgersClaim?: string | undefined;
  /** The claim that lists beginnings of account ids, in hex. Left out: all accounts. */
  readonly accountsClaim?: string | undefined;
  /** The claim that names the organization that the subject belongs to. Left out: subjects belong to none. */
  readonly tenantClaim?: string | undefined;
  /** The claim that lists scopes: the caller has those of its role that it names. Left out: all of its role. */
  readonly scopesClaim?: string | undefined;
}

const NOTHING_KNOWN = new Roster();

/** Rejects, by throwing `unauthenticated`, claims that lack one that they must have. */
export function identityOf(payload: JWTPayload, names: ClaimNames, roster: Roster = NOTHING_KNOWN): Identity {
  const { roleClaim = 'role', ledgersClaim, accountsClaim, tenantClaim, scopesClaim } = names;
  const role = claimed(payload, roleClaim);
  const standing = roster.standing(Array.isArray(role) ? role : [role]);
  if (standing === undefined) throw unauthenticated(`the claim ${roleClaim} names no role`);
  const tenant = tenantClaim === undefined ? undefined : claimed(payload, tenantClaim);
  if (tenantClaim !== undefined && typeof tenant !== 'number' && (typeof tenant !== 'string' || tenant === '')) {
    throw unauthenticated(`the claim ${tenantClaim} names no tenant`);
  }
  const ledgers = listed(payload, ledgersClaim);
  const reach = roster.reach(tenant as string | number | undefined, ledgers, listed(payload, accountsClaim));
  if (reach === undefined) {
    const claims = [tenantClaim, ledgersClaim, accountsClaim].filter((name) => name !== undefined).join(', ');
    throw unauthenticated(
      `${claims}: a tenant that is not known here, or no list of up to ${LEDGERS_MAX} ledger codes or account prefixes`,
    );
  }
  const named = scopesClaim === undefined ? undefined : scopesNamed(claimed(payload, scopesClaim));
  if (named?.size === 0) throw unauthenticated(`the claim ${scopesClaim} names no scope`);
  const scopes = named === undefined ? standing.scopes : intersection(standing.scopes, named);
  // Whoever may create nothing is a reader to the rules for lanes, whatever the role was called.
  const reads = named !== undefined && roleOfScopes(named) === 'read';
  return { subject: payload.sub!, role: reads ? 'read' : standing.role, scopes, shown: 'token', ...reach };
}

/** The value of a claim, which is asked for and may be absent: that allows nothing. */
function listed(payload: JWTPayload, name: string | undefined): unknown {
  return name === undefined ? undefined : (claimed(payload, name) ?? null);
}

function claimed(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  return name.split('.').reduce<unknown>((value, part) => {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, part);
    return isObject ? (value as Record<string, unknown>)[part] : undefined;
  }, payload);
}

/** A set that is in both. */
function intersection(one: Scopes, other: Scopes): Scopes {
  return new Set([...one].filter((scope) => other.has(scope)));
}
