/**
 * Where a door may listen. On this machine anybody may ask, unless tokens are set; beyond it only over TLS, and only
 * who is known by a certificate or a token. What is not set up is closed.
 */
import { isLoopback } from 'tallystick/internal/base';
import { TallystickError } from 'tallystick/internal/model';
import type { Authenticator } from './authenticator.ts';
import type { Certificates } from './certificates.ts';

export interface Exposure {
  readonly host: string;
  readonly tls: boolean;
  /** Clients must show a certificate that our authority signed. */
  readonly clientCertificates: boolean;
  readonly tokens: boolean;
}

/** What a door asks of its callers; nothing is what it does not have. */
export interface Guards {
  readonly certificates?: Certificates | undefined;
  readonly authenticator?: Authenticator | undefined;
}

export function exposureOf({ certificates, authenticator }: Guards): Omit<Exposure, 'host'> {
  return {
    tls: certificates !== undefined,
    clientCertificates: certificates?.options.requestCert === true,
    tokens: authenticator !== undefined,
  };
}

/** Throws `invalid_argument` for a door that would let strangers in. */
export function checkExposure({ host, tls, clientCertificates, tokens }: Exposure): void {
  if (isLoopback(host)) return;
  if (!tls) throw refused(host, 'TLS', 'others can read and change requests on their way through a network');
  if (!clientCertificates && !tokens) {
    throw refused(host, 'client certificates or tokens', 'anybody who can reach the port could move money');
  }
}

function refused(host: string, missing: string, why: string): TallystickError {
  return new TallystickError('invalid_argument', `listening on ${host} needs ${missing}: ${why}`);
}
