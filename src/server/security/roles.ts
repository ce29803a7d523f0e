/** Roles of callers at the doors. A request that its role does not allow is refused. */
import { type Cells, Operation, TallystickError } from '../../model/index.ts';
import type { LanePort, RequestContext } from '../ingress.ts';
import { payerOf } from '../presence.ts';
import { AuditedPort, type Did } from './audited.ts';
import { type Expiry, expired, isOver } from './expiry.ts';
import { type Scope, ScopedPort } from './scope.ts';

/** `read` looks, `write` also creates, `admin` also does what concerns the server itself. */
export type Role = 'read' | 'write' | 'admin';
export const ROLES: readonly Role[] = ['read', 'write', 'admin'];

/** A caller with a valid credential. */
export interface Identity {
  readonly subject: string;
  readonly role: Role;
  /** Left out: all ledgers. */
  readonly ledgers?: Scope;
  /** Left out: for ever. */
  readonly expiry?: Expiry;
  /** Hears what the role did not allow. */
  readonly denied?: (reason: string) => void;
  /** Hears of each create that was answered. */
  readonly did?: Did;
}

const RANK: { readonly [role in Role]: number } = { read: 0, write: 1, admin: 2 };

export function allows(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

/** The role that an operation needs. */
export function roleOf(operation: number): Role {
  switch (operation) {
    case Operation.lookup_accounts:
    case Operation.lookup_transfers:
    case Operation.get_account_transfers:
    case Operation.get_account_balances:
    case Operation.query_accounts:
    case Operation.query_transfers:
    case Operation.get_change_events:
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
 * A port for one identity: refuses what its role and its ledgers do not allow, and everything when its token has
 * expired, and tells the lanes' rules who asks, and who pays.
 */
export class RolePort implements LanePort {
  readonly eventsMax: number;
  readonly expiry: Expiry | undefined;
  readonly #port: LanePort;
  readonly #identity: Identity;
  readonly #payer: number;

  constructor(port: LanePort, identity: Identity) {
    const { ledgers, subject, denied } = identity;
    const deny = (reason: string): void => denied?.(`${printable(subject)}: ${reason}`);
    const scoped = ledgers === undefined ? port : new ScopedPort(port, ledgers, deny);
    this.#port = identity.did === undefined ? scoped : new AuditedPort(scoped, identity.did);
    this.#identity = identity;
    this.#payer = payerOf(subject);
    this.eventsMax = port.eventsMax;
    this.expiry = identity.expiry;
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number, op?: number) => T,
    context: RequestContext = {},
  ): Promise<T> {
    if (isOver(this.expiry)) return Promise.reject(expired());
    const { role, subject } = this.#identity;
    const needed = roleOf(operation);
    if (!allows(role, needed)) {
      const why = `${printable(subject)} has the role ${role}; this takes ${needed}`;
      this.#identity.denied?.(why);
      return Promise.reject(new TallystickError('forbidden', why));
    }
    return this.#port.request(operation, count, write, read, { ...context, role, payer: this.#payer });
  }

  /** The port belongs to the server. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
