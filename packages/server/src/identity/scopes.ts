/**
 * Scopes: the rights that a caller has at every door, as OAuth names them. Roles are sets of scopes. The table of
 * operations has a row for each: one that is added without a row does not compile.
 */
import { Operation } from 'tallystick/internal/model';

export const SCOPES = [
  'accounts:read',
  'accounts:write',
  'changes:read',
  'metrics:read',
  'payments:read',
  'payments:write',
  'transfers:read',
  'transfers:write',
] as const;
export type Scope = (typeof SCOPES)[number];
export type Scopes = ReadonlySet<Scope>;

/** `read` looks, `write` also creates, `admin` is a name that rules for lanes can tell from `write`. */
export type Role = 'read' | 'write' | 'admin';
export const ROLES: readonly Role[] = ['read', 'write', 'admin'];

const READ: readonly Scope[] = ['accounts:read', 'changes:read', 'metrics:read', 'payments:read', 'transfers:read'];
const WRITE: readonly Scope[] = [...READ, 'accounts:write', 'payments:write', 'transfers:write'];

export const roleScopes: { readonly [role in Role]: Scopes } = {
  read: new Set(READ),
  write: new Set(WRITE),
  admin: new Set(WRITE),
};

export function isRole(name: unknown): name is Role {
  return ROLES.includes(name as Role);
}

/** The built-in role that is nearest to a set of scopes: whoever may create nothing is a reader to rules for lanes. */
export function roleOfScopes(scopes: Scopes): Role {
  return [...scopes].some((scope) => scope.endsWith(':write')) ? 'write' : 'read';
}

/** The scope that an operation takes; `nobody` may ask for what the ledger asks itself. */
export const operationScopes: { readonly [operation in Operation]: Scope | 'nobody' } = {
  [Operation.pulse]: 'nobody',
  [Operation.create_accounts]: 'accounts:write',
  [Operation.lookup_accounts]: 'accounts:read',
  [Operation.lookup_accounts_at]: 'accounts:read',
  [Operation.query_accounts]: 'accounts:read',
  [Operation.get_account_balances]: 'accounts:read',
  [Operation.get_snapshot]: 'accounts:read',
  [Operation.create_transfers]: 'transfers:write',
  [Operation.lookup_transfers]: 'transfers:read',
  [Operation.lookup_pendings]: 'transfers:read',
  [Operation.get_account_transfers]: 'transfers:read',
  [Operation.query_transfers]: 'transfers:read',
  [Operation.search_transfers]: 'transfers:read',
  [Operation.sum_transfers]: 'transfers:read',
  [Operation.get_change_events]: 'changes:read',
};

/** Undefined for an operation that does not exist. */
export function scopeOf(operation: number): Scope | 'nobody' | undefined {
  return operationScopes[operation as Operation] as Scope | 'nobody' | undefined;
}

/**
 * The scopes that a claim names, as a list or as OAuth writes them, `a b c`. Names that are unknown here allow nothing.
 */
export function scopesNamed(claim: unknown): Scopes {
  const names = typeof claim === 'string' ? claim.split(' ') : claim;
  return new Set(Array.isArray(names) ? SCOPES.filter((scope) => names.includes(scope)) : []);
}
