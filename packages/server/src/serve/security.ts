/** What keeps strangers out, as configured. */
import { readFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import type { Configuration } from '../config/index.ts';
import {
  type Anybody,
  type Authenticator,
  anybody,
  type CertificateFiles,
  Certificates,
  DEVELOPMENT,
  isForDevelopment,
  WatchfulAuthenticator,
} from '../identity/index.ts';
import type { Logger } from '../observe/index.ts';
import { digestOf } from './audit.ts';
import { credentialsOf } from './credentials.ts';
import { openPolicy } from './policy.ts';
import { type OpenRecords, openRecords } from './records.ts';

export interface Security {
  readonly certificates: Certificates | undefined;
  readonly authenticator: Authenticator | undefined;
  /** Stands before callers who show nothing, where nobody is asked. */
  readonly anybody: Anybody | undefined;
  /** What is written down of callers. */
  readonly records: OpenRecords;
  close(): void;
}

/** What is wrong, and what comes of it. */
const ENDINGS = {
  certificate: {
    ending: 'the certificate of this server ends soon: renew it',
    over: 'the certificate of this server has ended: clients refuse it',
  },
  authority: {
    ending: 'an authority of tls.ca ends within a month: clients need certificates of another one',
    over: 'an authority of tls.ca has ended: its clients are refused',
  },
  crl: {
    ending: 'a list of tls.crl ends soon: put the next one in its place',
    over: 'a list of tls.crl has ended: its clients are refused until there is a new one',
  },
} as const;

export async function loadSecurity(configuration: Configuration, log: Logger): Promise<Security> {
  const records = openRecords(configuration, log);
  const asked = credentialsOf(configuration, {
    problem: (problem) => log.error({ err: problem }, 'the last good keys stay in force'),
    changed: (changes, roster) => {
      for (const change of changes) {
        log.info(change, 'a key of the identity file');
        records.changed({ what: 'key', ...change });
      }
      const { roles, tenants } = roster.file;
      records.changed({ what: 'identity file', roles, tenants });
    },
  });
  const opinion = await openPolicy(
    configuration,
    (problem) => log.error({ err: problem }, 'the last good policy stays in force'),
    () => {
      log.info({}, 'the policy was read again');
      records.changed({ what: 'policy', ...digestOf('policy.wasm', configuration) });
    },
  );
  if (opinion?.dryRun === true) log.warn({}, 'the policy refuses nothing: policy.dryRun is on');
  const authenticator = asked && new WatchfulAuthenticator(asked.authenticator, records, opinion);
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
      : await Certificates.load(
          { certificate, key, ...clients },
          {
            problem: (problem) => log.error({ err: problem }, 'new certificates cannot be used; the old ones stay'),
            ending: (what, alarm, until) => log.error({ what, until }, ENDINGS[what][alarm]),
          },
        );
  const close = (): void => {
    certificates?.close();
    asked?.close();
    opinion?.policy.close();
    records.close();
  };
  return { certificates, authenticator, anybody: anybody(records), records, close };
}

function clientsOf(configuration: Configuration): Pick<CertificateFiles, 'clientAuthority' | 'revoked'> {
  const ca = configuration['tls.ca'];
  const crl = configuration['tls.crl'];
  if (!configuration['tls.requireClientCertificate'] || ca === undefined) return {};
  return { clientAuthority: ca, ...(crl === undefined ? {} : { revoked: crl }) };
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
