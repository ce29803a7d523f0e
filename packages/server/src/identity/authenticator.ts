/** The port of this room: whoever can tell who a caller is plugs in here, and no door knows which kind it has. */
import type { X509Certificate } from 'node:crypto';
import type { Identity } from './identity.ts';

/** The connection of a caller. */
export interface Asker {
  readonly door: string;
  readonly address?: string | undefined;
  /** The certificate that it has shown in the handshake. */
  readonly certificate?: X509Certificate | undefined;
}

/**
 * Tells whom a credential belongs to. Rejects with `unauthenticated`, whose message is for the caller and gives no
 * reason; why is in its `cause`, for the log.
 */
export interface Authenticator {
  authenticate(token: string | undefined, asker?: Asker): Promise<Identity>;
}
