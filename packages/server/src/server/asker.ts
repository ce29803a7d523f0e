/** Who asks a service, and what it may do for them: the same at each door that has services. */
import { type Asker, before, type Context, inContext, ObjectLedger, type Port } from 'tallystick/internal/model';
import type { Access, Scope } from '../identity/index.ts';

/** What a service needs to create whatever it must, where a role names the operations of the ledger alone. */
const CREATING: readonly Scope[] = ['accounts:write', 'transfers:write'];
const READING: readonly Scope[] = ['accounts:read', 'transfers:read'];

export type FullCaller = NonNullable<Access['may']>;

/** What a door knows of a caller's access. */
export interface AccessOfServices extends Pick<Access, 'port'> {
  readonly may?: Access['may'] | undefined;
  readonly service?: Access['service'] | undefined;
}

/** `inName`: the context of a request that a service makes, as one of the caller's. */
export function askerOf(
  { port, may, service }: AccessOfServices,
  inName: (operation: number, context: Context) => Context,
): Asker<FullCaller> {
  const asking = before((next, asked) => next.request(inContext(asked, inName(asked.operation, asked.context))));
  const own: Port = service === undefined ? port : service();
  const ledger = new ObjectLedger(asking(own));
  if (may === undefined) {
    return { ledger, tenant: 0, mayRead: true, mayWrite: true, mayAdmin: true, caller: undefined };
  }
  const { ledgers, accounts, role } = may;
  const has = (scope: Scope, all: readonly Scope[]): boolean =>
    may.scopes.has(scope) || all.every((one) => may.scopes.has(one));
  const isBound = ledgers !== undefined || accounts !== undefined;
  return {
    ledger,
    tenant: isBound ? (accounts === undefined ? ledgers!.tenant : undefined) : 0,
    mayRead: has('payments:read', READING),
    mayWrite: has('payments:write', CREATING),
    mayAdmin: role === 'admin' && !isBound,
    caller: may,
  };
}
