/** A caller with a valid credential, whichever kind it was: a token, a certificate, or what an authenticator to come reads. */
import type { Did } from './audited.ts';
import type { Expiry } from './expiry.ts';
import type { Scope } from './scope.ts';

/** `read` looks, `write` also creates, `admin` also does what concerns the server itself. */
export type Role = 'read' | 'write' | 'admin';
export const ROLES: readonly Role[] = ['read', 'write', 'admin'];

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
