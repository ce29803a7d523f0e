/** What keeps strangers out, as configured. */
import { readFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import { z } from 'zod';
import type { Configuration } from '../config/index.ts';
import {
  type Anybody,
  type Authenticator,
  anybody,
  CertificateAuthenticator,
  type CertificateFiles,
  Certificates,
  DEVELOPMENT,
  isForDevelopment,
  JwtAuthenticator,
  type KeySource,
  LEDGERS_MAX,
  ROLES,
  StaticTokenAuthenticator,
  type SubjectRole,
  WatchfulAuthenticator,
} from '../identity/index.ts';
import type { Logger } from '../observe/index.ts';
import { openRecords } from './records.ts';

export interface Security {
  readonly certificates: Certificates | undefined;
  readonly authenticator: Authenticator | undefined;
  /** Stands before callers who show nothing, where nobody is asked. */
  readonly anybody: Anybody | undefined;
  close(): void;
}

export async function loadSecurity(configuration: Configuration, log: Logger): Promise<Security> {
  const records = openRecords(configuration['log.audit'], log);
  const asked = authenticatorOf(configuration, (problem) =>
    log.error({ err: problem }, 'the last good keys of tokens stay in force'),
  );
  const authenticator = asked && new WatchfulAuthenticator(asked.authenticator, records);
  if (configuration['tokens.static'] !== undefined) log.warn({}, 'one token for everybody: for development only');
  if (configuration['tokens.issuer'] === DEVELOPMENT) {
    log.warn({}, 'tokens of `tallystick token`, whose keys lie in a folder: for development only');
  }
  const certificate = configuration['tls.certificate'];
  if (isForDevelopment(certificate, configuration['tls.ca'])) {
    log.warn({}, 'certificates of `tallystick certificate`: for development only');
  }
  const key = configuration['tls.key'];
  const clients = clientsOf(configuration);
  for (const name of ['tls.certificate', 'tls.key', 'tls.ca', 'tls.crl'] as const) readable(name, configuration[name]);
  const certificates =
    certificate === undefined || key === undefined
      ? undefined
      : await Certificates.load({ certificate, key, ...clients }, (problem) =>
          log.error({ err: problem }, 'new certificates cannot be used; the old ones stay'),
        );
  const close = (): void => {
    certificates?.close();
    asked?.close();
    records.close();
  };
  return { certificates, authenticator, anybody: anybody(records), close };
}

function clientsOf(configuration: Configuration): Pick<CertificateFiles, 'clientAuthority' | 'revoked'> {
  const ca = configuration['tls.ca'];
  const crl = configuration['tls.crl'];
  if (!configuration['tls.requireClientCertificate'] || ca === undefined) return {};
  return { clientAuthority: ca, ...(crl === undefined ? {} : { revoked: crl }) };
}

interface Asked {
  readonly authenticator: Authenticator;
  close(): void;
}

function authenticatorOf(configuration: Configuration, report: (problem: TallystickError) => void): Asked | undefined {
  const tokens = tokensOf(configuration, report);
  const path = configuration['tls.roles'];
  if (path === undefined) return tokens;
  const roles = readRoles(path);
  return {
    authenticator: new CertificateAuthenticator(roles, tokens?.authenticator),
    close: () => tokens?.close(),
  };
}

function tokensOf(configuration: Configuration, report: (problem: TallystickError) => void): Asked | undefined {
  const fixed = configuration['tokens.static'];
  if (fixed !== undefined) {
    return { authenticator: new StaticTokenAuthenticator(fixed, configuration['tokens.staticRole']), close: () => {} };
  }
  const jwks = configuration['tokens.jwks'];
  const issuer = configuration['tokens.issuer'];
  const audience = configuration['tokens.audience'];
  if (jwks === undefined || issuer === undefined || audience === undefined) return undefined;
  const lifeMsMax = configuration['tokens.longestLife'];
  const ledgersClaim = configuration['tokens.ledgersClaim'];
  const scopesClaim = configuration['tokens.scopesClaim'];
  const tenantClaim = configuration['tokens.tenantClaim'];
  const claims = { ledgersClaim, scopesClaim, tenantClaim };
  const authenticator = new JwtAuthenticator({ keys: keysOf(jwks), issuer, audience, ...claims, lifeMsMax, report });
  return { authenticator, close: () => authenticator.close() };
}

/** A file that is no JSON now is a mistake in the configuration; later it is a reason to keep what there was. */
function keysOf(jwks: string): KeySource {
  if (/^https?:\/\//.test(jwks)) return new URL(jwks);
  readAsJson('tokens.jwks', jwks);
  return { file: jwks };
}

const rolesSchema = z.array(
  z.strictObject({
    subject: z.string().min(1),
    role: z.enum(ROLES),
    ledgers: z
      .array(
        z
          .number()
          .int()
          .min(1)
          .max(2 ** 32 - 1),
      )
      .min(1)
      .max(LEDGERS_MAX)
      .optional(),
  }),
);

/** `[{ "subject": "CN=payments", "role": "write", "ledgers": [840] }]`; the first that fits decides. */
function readRoles(path: string): readonly SubjectRole[] {
  const roles = rolesSchema.safeParse(readAsJson('tls.roles', path));
  if (roles.success) return roles.data;
  const problems = roles.error.issues.map(({ path: at, message }) => `${at.join('.') || '?'}: ${message}`);
  throw new TallystickError('configuration_invalid', `tls.roles: ${path}\n${problems.join('\n')}`);
}

/** Certificates says what is wrong with a file that can be read, and knows no keys. */
function readable(key: string, path: string | undefined): void {
  try {
    if (path !== undefined) readFileSync(path);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new TallystickError('configuration_invalid', `${key}: ${path} cannot be read: ${why}`, { cause });
  }
}

function readAsJson(key: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new TallystickError('configuration_invalid', `${key}: ${path} cannot be read as JSON`, { cause });
  }
}
