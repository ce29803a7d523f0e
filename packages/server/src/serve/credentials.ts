/** Which credentials a server takes, as configured: API keys, tokens, certificates, or one token for everybody. */
import { readFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import { z } from 'zod';
import type { Configuration } from '../config/index.ts';
import {
  ApiKeyAuthenticator,
  type Authenticator,
  CertificateAuthenticator,
  CredentialAuthenticator,
  JwtAuthenticator,
  type KeyChange,
  type KeySource,
  Roster,
  StaticTokenAuthenticator,
  type SubjectRole,
} from '../identity/index.ts';
import { pepperOf, WatchedRoster } from './roster.ts';

export interface Credentials {
  readonly authenticator: Authenticator;
  close(): void;
}

export interface CredentialEvents {
  /** Keys of tokens, or the identity file, cannot be had or used. */
  readonly problem: (problem: TallystickError) => void;
  /** The identity file was read again. */
  readonly changed: (changes: readonly KeyChange[], roster: Roster) => void;
}

/** Undefined: nobody is asked. Throws `configuration_invalid`. */
export function credentialsOf(configuration: Configuration, events: CredentialEvents): Credentials | undefined {
  const file = configuration['identity.file'];
  const watched = file === undefined ? undefined : new WatchedRoster(file, (roster) => replace(roster), events.problem);
  const roster = watched?.roster ?? new Roster();
  const keys =
    file === undefined ? undefined : new ApiKeyAuthenticator(pepperOf(file, configuration['identity.pepper']), roster);
  const tokens = tokensOf(configuration, roster, events.problem);
  const path = configuration['tls.roles'];
  const certificates = path === undefined ? undefined : certificatesOf(path, roster);
  const replace = (next: Roster): void => {
    if (tokens instanceof JwtAuthenticator) tokens.replace(next);
    certificates?.replace(next);
    events.changed(keys?.replace(next) ?? [], next);
  };
  if (keys === undefined && tokens === undefined && certificates === undefined) return undefined;
  return {
    authenticator: new CredentialAuthenticator({ keys, tokens, certificates }),
    close() {
      watched?.close();
      if (tokens instanceof JwtAuthenticator) tokens.close();
    },
  };
}

function tokensOf(
  configuration: Configuration,
  roster: Roster,
  report: (problem: TallystickError) => void,
): JwtAuthenticator | StaticTokenAuthenticator | undefined {
  const fixed = configuration['tokens.static'];
  if (fixed !== undefined) return new StaticTokenAuthenticator(fixed, configuration['tokens.staticRole']);
  const issuer = configuration['tokens.issuer'];
  const audience = configuration['tokens.audience'];
  if (issuer === undefined || audience === undefined) return undefined;
  return new JwtAuthenticator({
    keys: keysOf(configuration['tokens.jwks'], issuer),
    issuer,
    audience,
    roleClaim: configuration['tokens.roleClaim'],
    ledgersClaim: configuration['tokens.ledgersClaim'],
    accountsClaim: configuration['tokens.accountsClaim'],
    scopesClaim: configuration['tokens.scopesClaim'],
    tenantClaim: configuration['tokens.tenantClaim'],
    lifeMsMax: configuration['tokens.longestLife'],
    toleranceSeconds: configuration['tokens.clockSkew'] / 1000,
    roster,
    report,
  });
}

/** A file that is no JSON now is a mistake in the configuration; later it is a reason to keep what there was. */
function keysOf(jwks: string | undefined, issuer: string): KeySource {
  if (jwks === undefined) return { issuer: new URL(issuer) };
  if (/^https?:\/\//.test(jwks)) return new URL(jwks);
  readAsJson('tokens.jwks', jwks);
  return { file: jwks };
}

const rolesSchema: z.ZodType<SubjectRole[]> = z.array(
  z.strictObject({
    subject: z.string().min(1),
    role: z.string().min(1),
    tenant: z.union([z.string(), z.number()]).optional(),
    ledgers: z.array(z.union([z.number(), z.string()])).optional(),
    accounts: z.array(z.string()).optional(),
  }),
);

/** `[{ "subject": "CN=payments", "role": "write", "ledgers": [840] }]`; the first that fits decides. */
function certificatesOf(path: string, roster: Roster): CertificateAuthenticator {
  const roles = rolesSchema.safeParse(readAsJson('tls.roles', path));
  if (!roles.success) {
    const problems = roles.error.issues.map(({ path: at, message }) => `${at.join('.') || '?'}: ${message}`);
    throw new TallystickError('configuration_invalid', `tls.roles: ${path}\n${problems.join('\n')}`);
  }
  for (const [index, { role, tenant, ledgers, accounts }] of roles.data.entries()) {
    if (roster.standing([role]) === undefined) {
      throw new TallystickError('configuration_invalid', `tls.roles: ${path}\n${index}.role: there is no role ${role}`);
    }
    if (roster.reach(tenant, ledgers, accounts) === undefined) {
      const why = 'tenant, ledgers or accounts are not what they must be';
      throw new TallystickError('configuration_invalid', `tls.roles: ${path}\n${index}: ${why}`);
    }
  }
  return new CertificateAuthenticator(roles.data, roster);
}

export function readAsJson(key: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new TallystickError('configuration_invalid', `${key}: ${path} cannot be read as JSON`, { cause });
  }
}
