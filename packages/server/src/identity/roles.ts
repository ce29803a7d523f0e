/** Roles of callers at the doors. A request that its role does not allow is refused. */
import { type Before, before, Operation, type Port, TallystickError } from 'tallystick/internal/model';
import type { Access } from './access.ts';
import { audited } from './audited.ts';
import { expired, isOver } from './expiry.ts';
import type { Identity, Role } from './identity.ts';
import { ownSessions } from './own-sessions.ts';
import { payerOf } from './payer.ts';
import { scoped } from './scope.ts';

const RANK: { readonly [role in Role]: number } = { read: 0, write: 1, admin: 2 };

export function allows(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

/** The role that an operation needs. */
export function roleOf(operation: Operation): Role {
  switch (operation) {
    case Operation.lookup_accounts:
    case Operation.lookup_transfers:
    case Operation.get_account_transfers:
    case Operation.get_account_balances:
    case Operation.query_accounts:
    case Operation.query_transfers:
    case Operation.get_change_events:
    case Operation.lookup_pendings:
    case Operation.lookup_accounts_at:
    case Operation.search_transfers:
    case Operation.sum_transfers:
    case Operation.get_snapshot:
      return 'read';
    case Operation.create_accounts:
    case Operation.create_transfers:
      return 'write';
    default:
      return 'admin';
  }
}

const SUBJECT_MAX = 128;

/** A name as its issuer wrote it may hold anything; what is shown of it moves no cursor and begins no line. */
function printable(subject: string): string {
  return subject.slice(0, SUBJECT_MAX).replace(/[^\x20-\x7e\u00a1-\ud7ff]/g, '?');
}

/**
 * Refuses what an identity's role and its ledgers do not allow, and everything when its token has expired; tells the
 * lanes' rules who asks, and who pays.
 */
export function roles({ subject, role, ledgers, expiry, denied, did }: Identity): Before {
  const deny = (reason: string): void => denied?.(`${printable(subject)}: ${reason}`);
  const payer = payerOf(subject);
  const own = ownSessions(subject);
  const guarded = before((port, request) => {
    if (isOver(expiry)) return Promise.reject(expired());
    const needed = roleOf(request.operation);
    if (allows(role, needed)) {
      const { context } = request;
      const once = context.once === undefined ? {} : { once: own(context.once) };
      return port.request({ ...request, context: { ...context, role, payer, ...once } });
    }
    const why = `${printable(subject)} has the role ${role}; this takes ${needed}`;
    denied?.(why);
    return Promise.reject(new TallystickError('forbidden', why));
  });
  return (port) => {
    const within = ledgers === undefined ? port : scoped(ledgers, deny)(port);
    return guarded(did === undefined ? within : audited(did)(within));
  };
}

/** What a caller with a valid credential has at a door that leads to `port`. */
export function accessOf(port: Port, identity: Identity): Access {
  return { port: roles(identity)(port), expiry: identity.expiry, may: identity };
}
