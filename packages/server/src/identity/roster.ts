/**
 * The identity file: named roles, tenants by number, and API keys. `tallystick identity` writes it, a server watches
 * it.
 *
 *   { "version": 1,
 *     "roles":   { "till": ["transfers:write", "accounts:read"] },
 *     "tenants": { "north": 7 },
 *     "keys":    [{ "id": "…", "digest": "…", "subject": "till-7", "role": "till", "tenant": "north",
 *                   "created": "…", "expires": "…", "revoked": "…", "ledgers": [28672], "accounts": ["7f3a"] }] }
 */
import { TallystickError } from 'tallystick/internal/model';
import { z } from 'zod';
import { AccountPrefixes } from './account-prefixes.ts';
import { Ledgers, ledgersOf, TENANT_MAX } from './ledgers.ts';
import { isRole, type Role, roleOfScopes, roleScopes, SCOPES, type Scope, type Scopes } from './scopes.ts';

const name = z.string().regex(/^[\w.:@/-]{1,128}$/);
const moment = z.iso.datetime();
const ledger = z.union([z.number(), z.string()]);

export interface KeyRecord {
  readonly id: string;
  /** HMAC-SHA-256 of the key's text, in hex. */
  readonly digest: string;
  readonly subject: string;
  readonly role: string;
  readonly tenant?: string | number | undefined;
  readonly ledgers?: (string | number)[] | undefined;
  readonly accounts?: string[] | undefined;
  /** Moments, as ISO 8601 writes them. */
  readonly created: string;
  readonly expires?: string | undefined;
  readonly revoked?: string | undefined;
}

export interface IdentityFile {
  readonly version: 1;
  readonly roles: Readonly<Record<string, Scope[]>>;
  readonly tenants: Readonly<Record<string, number>>;
  readonly keys: readonly KeyRecord[];
}

const keySchema: z.ZodType<KeyRecord> = z.strictObject({
  id: z.string().regex(/^[0-9a-z]{16}$/),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  subject: name,
  role: name,
  tenant: z.union([name, z.int().min(0).max(TENANT_MAX)]).optional(),
  ledgers: z.array(ledger).optional(),
  accounts: z.array(z.string()).optional(),
  created: moment,
  expires: moment.optional(),
  revoked: moment.optional(),
});

const fileSchema: z.ZodType<IdentityFile> = z.strictObject({
  version: z.literal(1),
  roles: z.record(name, z.array(z.enum(SCOPES)).min(1)).default({}),
  tenants: z.record(name, z.int().min(0).max(TENANT_MAX)).default({}),
  keys: z.array(keySchema).default([]),
});

export const EMPTY_IDENTITY_FILE: IdentityFile = { version: 1, roles: {}, tenants: {}, keys: [] };

/** A role by any name, and what it allows. `role` is the built-in one that is nearest, for lanes. */
export interface Standing {
  readonly role: Role;
  readonly scopes: Scopes;
}

/** Where a caller may act and look. */
export interface Reach {
  /** As it is shown. */
  readonly tenant?: string;
  readonly ledgers?: Ledgers;
  readonly accounts?: AccountPrefixes;
}

export class Roster {
  readonly file: IdentityFile;
  readonly #roles: ReadonlyMap<string, Scopes>;

  constructor(file: IdentityFile = EMPTY_IDENTITY_FILE) {
    this.file = file;
    this.#roles = new Map(Object.entries(file.roles).map(([role, scopes]) => [role, new Set(scopes)]));
  }

  /** Throws `configuration_invalid` with a line for each problem. */
  static parse(text: string, path: string): Roster {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw invalid(path, ['it is not JSON']);
    }
    const parsed = fileSchema.safeParse(json);
    if (!parsed.success) {
      throw invalid(
        path,
        parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'the file'}: ${message}`),
      );
    }
    const roster = new Roster(parsed.data);
    const problems = roster.#problems();
    if (problems.length > 0) throw invalid(path, problems);
    return roster;
  }

  #problems(): string[] {
    const { roles, keys } = this.file;
    const builtIn = Object.keys(roles).filter(isRole);
    const problems = builtIn.map((role) => `roles.${role}: the name belongs to a role that every server has`);
    const ids = new Set<string>();
    for (const { id, role, tenant, ledgers, accounts } of keys) {
      if (ids.has(id)) problems.push(`keys: two have the id ${id}`);
      ids.add(id);
      if (this.standing([role]) === undefined) problems.push(`keys: ${id} has the role ${role}, which is not there`);
      if (this.reach(tenant, ledgers, accounts) === undefined) {
        problems.push(`keys: ${id} names a tenant, ledgers or accounts that cannot be`);
      }
    }
    return problems;
  }

  /** The scopes of all roles that are named here; undefined if none is. */
  standing(names: readonly unknown[]): Standing | undefined {
    const builtIn = (['admin', 'write', 'read'] as const).find((role) => names.includes(role));
    const named = names.flatMap((one) => [...(this.#roles.get(String(one)) ?? [])]);
    if (named.length === 0) return builtIn && { role: builtIn, scopes: roleScopes[builtIn] };
    const scopes = new Set([...named, ...(builtIn === undefined ? [] : roleScopes[builtIn])]);
    return { role: builtIn ?? roleOfScopes(scopes), scopes };
  }

  /**
   * What a credential says of where its caller may act; undefined if that cannot be, which allows nothing. A tenant by
   * number is one of the machine's, and so is one by a name that the file knows. Where the file knows none, a name is
   * a name and no more.
   */
  reach(tenant: string | number | undefined, ledgers: unknown, accounts: unknown): Reach | undefined {
    const number = typeof tenant === 'string' ? this.#tenant(tenant) : tenant;
    if (typeof tenant === 'string' && number === undefined && Object.keys(this.file.tenants).length > 0) {
      return undefined;
    }
    if (number !== undefined && !(Number.isInteger(number) && number >= 0 && number <= TENANT_MAX)) return undefined;
    const named = ledgers === undefined ? undefined : ledgersOf(ledgers);
    const prefixes = accounts === undefined ? undefined : AccountPrefixes.of(accounts);
    if ((ledgers !== undefined && named === undefined) || (accounts !== undefined && prefixes === undefined)) {
      return undefined;
    }
    const both = Ledgers.both(number === undefined ? undefined : Ledgers.ofTenant(number), named);
    return {
      ...(tenant === undefined ? {} : { tenant: String(tenant) }),
      ...(both === undefined ? {} : { ledgers: both }),
      ...(prefixes === undefined ? {} : { accounts: prefixes }),
    };
  }

  #tenant(called: string): number | undefined {
    return Object.hasOwn(this.file.tenants, called) ? this.file.tenants[called] : undefined;
  }
}

function invalid(path: string, problems: readonly string[]): TallystickError {
  return new TallystickError('configuration_invalid', `identity.file: ${path}\n${problems.join('\n')}`);
}
