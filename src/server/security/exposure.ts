/**
 * Where a door may listen. On this machine anybody may ask, unless tokens are set; beyond it only over TLS, and only who is known by a certificate or
 * a token. What is not set up is closed.
 */
import { isLoopback } from '../../base/index.ts';
import { TallystickError } from '../../model/index.ts';

export interface Exposure {
  readonly host: string;
  readonly tls: boolean;
  /** Clients must show a certificate that our authority signed. */
  readonly clientCertificates: boolean;
  readonly tokens: boolean;
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
