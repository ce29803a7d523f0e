/** What keeps strangers out, as configured. */
import { readFileSync } from 'node:fs';
import { TallystickError } from '../../model/index.ts';
import type { Logger } from '../../observe/index.ts';
import { type Authenticator, Certificates, JwtAuthenticator, StaticTokenAuthenticator } from '../../server/index.ts';
import type { Configuration } from '../config/keys.ts';

export interface Security {
  readonly certificates: Certificates | undefined;
  readonly authenticator: Authenticator | undefined;
  close(): void;
}

export async function loadSecurity(configuration: Configuration, log: Logger): Promise<Security> {
  const authenticator = authenticatorOf(configuration);
  if (configuration['tokens.static'] !== undefined) log.warn({}, 'one token for everybody: for development only');
  const certificate = configuration['tls.certificate'];
  const key = configuration['tls.key'];
  const ca = configuration['tls.ca'];
  const certificates =
    certificate === undefined || key === undefined
      ? undefined
      : await Certificates.load(
          {
            certificate,
            key,
            ...(configuration['tls.requireClientCertificate'] && ca !== undefined ? { clientAuthority: ca } : {}),
          },
          (problem) => log.error({ err: problem }, 'new certificates cannot be used; the old ones stay'),
        );
  return { certificates, authenticator, close: () => certificates?.close() };
}

function authenticatorOf(configuration: Configuration): Authenticator | undefined {
  const fixed = configuration['tokens.static'];
  if (fixed !== undefined) return new StaticTokenAuthenticator(fixed, configuration['tokens.staticRole']);
  const jwks = configuration['tokens.jwks'];
  const issuer = configuration['tokens.issuer'];
  const audience = configuration['tokens.audience'];
  if (jwks === undefined || issuer === undefined || audience === undefined) return undefined;
  return new JwtAuthenticator({ keys: /^https?:\/\//.test(jwks) ? new URL(jwks) : readKeys(jwks), issuer, audience });
}

function readKeys(path: string): { keys: [] } {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { keys: [] };
  } catch (cause) {
    throw new TallystickError('configuration_invalid', `tokens.jwks: ${path} cannot be read as JSON`, { cause });
  }
}
