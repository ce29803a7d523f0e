/** Who may do what at the doors. Everything is refused that no role allows. */
import { type Cells, Operation, TallystickError } from '../../model/index.ts';
import type { LanePort, RequestContext } from '../ingress.ts';
import { type Expiry, expired, isOver } from './expiry.ts';

/** `read` looks, `write` also creates, `admin` also does what concerns the server itself. */
export type Role = 'read' | 'write' | 'admin';
export const ROLES: readonly Role[] = ['read', 'write', 'admin'];

/** Somebody who has shown who they are. */
export interface Identity {
  readonly subject: string;
  readonly role: Role;
  /** Left out: for ever. */
  readonly expiry?: Expiry;
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

/** A port for one identity: refuses what its role does not allow, and everything when its token has expired, and tells the lanes' rules who asks. */
export class RolePort implements LanePort {
  readonly eventsMax: number;
  readonly expiry: Expiry | undefined;
  readonly #port: LanePort;
  readonly #identity: Identity;

  constructor(port: LanePort, identity: Identity) {
    this.#port = port;
    this.#identity = identity;
    this.eventsMax = port.eventsMax;
    this.expiry = identity.expiry;
  }

  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number) => T,
    context: RequestContext = {},
  ): Promise<T> {
    if (isOver(this.expiry)) return Promise.reject(expired());
    const { role, subject } = this.#identity;
    const needed = roleOf(operation);
    if (!allows(role, needed)) {
      return Promise.reject(new TallystickError('forbidden', `${subject} has the role ${role}; this takes ${needed}`));
    }
    return this.#port.request(operation, count, write, read, { ...context, role });
  }

  /** The port belongs to the server. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
