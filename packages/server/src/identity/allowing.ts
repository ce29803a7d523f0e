/** What identities may do at the doors. A request that the scopes of its caller do not allow is refused. */
import { type Before, before, draftOf, inContext, type Port, TallystickError } from 'tallystick/internal/model';
import type { Access } from './access.ts';
import { audited } from './audited.ts';
import { expired, isOver } from './expiry.ts';
import { type Identity, ownerOf } from './identity.ts';
import { ownSessions } from './own-sessions.ts';
import { payerOf } from './payer.ts';
import { opined } from './policy.ts';
import { withinRealm } from './realm.ts';
import { type Scope, scopeOf } from './scopes.ts';

const SUBJECT_MAX = 128;

/** A name as its issuer wrote it may hold anything; what is shown of it moves no cursor and begins no line. */
function printable(subject: string): string {
  return subject.slice(0, SUBJECT_MAX).replace(/[^\x20-\x7e\u00a1-\ud7ff]/g, '?');
}

function lacks({ subject, role }: Identity, needed: Scope): string {
  return `${printable(subject)} lacks the scope ${needed}; its role is ${role}`;
}

/** Why an identity may not ask for an operation; undefined if it may. */
function objection(identity: Identity, operation: number): string | undefined {
  const needed = scopeOf(operation);
  if (needed !== undefined && needed !== 'nobody') {
    if (identity.scopes.has(needed)) return undefined;
    return lacks(identity, needed);
  }
  return `operation ${operation} does not exist or is not open to callers`;
}

/**
 * Refuses what an identity's scopes, ledgers and accounts do not allow, and everything when its token has expired. The
 * lanes' rules hear who asks, and who pays.
 */
export function allowing(identity: Identity): Before {
  return guarding(identity, (operation) => objection(identity, operation));
}

/** The same for what services ask in a caller's name: its scopes for services were looked at before. */
export function serving(identity: Identity): Before {
  return guarding(identity, () => undefined);
}

function guarding(identity: Identity, objects: (operation: number) => string | undefined): Before {
  const { subject, role, ledgers, accounts, expiry, denied, watch, opinion } = identity;
  const owner = ownerOf(identity);
  const payer = payerOf(owner);
  const own = ownSessions(owner);
  const guarded = before((port, request) => {
    if (isOver(expiry)) return Promise.reject(expired());
    const why = objects(request.operation);
    if (why !== undefined) {
      denied?.(why);
      return Promise.reject(new TallystickError('forbidden', why));
    }
    const context = draftOf(request.context);
    context.role = role;
    context.payer = payer;
    if (context.once !== undefined) context.once = own(context.once);
    return port.request(inContext(request, context));
  });
  const deny = (reason: string): void => denied?.(`${printable(subject)}: ${reason}`);
  return (port) => {
    // What is recorded is what the ledger does, in its order.
    const watched = watch === undefined ? port : audited(watch)(port);
    const isBound = ledgers !== undefined || accounts !== undefined;
    const within = isBound ? withinRealm({ ledgers, accounts }, deny)(watched) : watched;
    return guarded(opinion === undefined ? within : opined(opinion, identity, deny)(within));
  };
}

/** Throws `forbidden` for a caller without the scope of a service beside the ledger's operations. */
export function checkScope(identity: Identity, needed: Scope): void {
  if (identity.scopes.has(needed)) return;
  const why = lacks(identity, needed);
  identity.denied?.(why);
  throw new TallystickError('forbidden', why);
}

/** What a caller with a valid credential has at a door that leads to `port`. */
export function accessOf(port: Port, identity: Identity): Access {
  const { expiry } = identity;
  return { port: allowing(identity)(port), service: () => serving(identity)(port), expiry, may: identity };
}
