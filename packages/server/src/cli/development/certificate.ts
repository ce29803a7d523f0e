/**
 * `tallystick certificate FOLDER`: an authority for development, and certificates that it signs for servers and
 * clients.
 */
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { TallystickError } from 'tallystick/internal/model';
import { DEVELOPMENT } from '../../identity/index.ts';
import { KeyFolder } from './folder.ts';

export interface CertificateOptions {
  /** Names and addresses of a server. */
  readonly server?: readonly string[];
  /** Subject of a client, as `tls.roles` knows it behind `CN=`. */
  readonly client?: string;
  /** Names and addresses of machines that are servers and clients of each other, such as nats-servers. */
  readonly peer?: readonly string[];
  readonly days: number;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const AUTHORITY_DAYS = 90;
const DAY_MS = 86_400_000;
/** Clocks may differ. */
const BEFORE_MS = 60_000;
const NAMES_HERE = ['localhost', '127.0.0.1', '::1'];

type Pair = Awaited<ReturnType<typeof generatePair>>;

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

/** Prints the paths of what was made. */
export async function certificate(path: string, options: CertificateOptions): Promise<void> {
  x509.cryptoProvider.set(webcrypto as never);
  const folder = new KeyFolder(path);
  const made: string[] = [];
  const authority = await authorityOf(folder, made);
  if (options.client !== undefined) {
    const name = `client-${fileName(options.client)}`;
    made.push(...(await issue(folder, name, authority, options.client, clientExtensions(), options.days)));
  }
  if (options.peer !== undefined) {
    const { peer, days } = options;
    made.push(
      ...(await issue(folder, 'peer', authority, peer[0]!, extensionsOf(peer, 'serverAuth', 'clientAuth'), days)),
    );
  }
  if ((options.client === undefined && options.peer === undefined) || options.server !== undefined) {
    const names = options.server ?? NAMES_HERE;
    made.push(
      ...(await issue(folder, 'server', authority, names[0]!, extensionsOf(names, 'serverAuth'), options.days)),
    );
  }
  for (const file of made) console.log(file);
  console.error('for development only: the key of the authority lies beside what it signs');
}

async function authorityOf(folder: KeyFolder, made: string[]): Promise<Authority> {
  const cert = folder.read('ca.pem');
  const key = folder.read('ca-key.pem', true);
  if (cert !== undefined && key !== undefined) return openAuthority(folder, cert, key);
  if (cert !== undefined) {
    throw new TallystickError(
      'invalid_argument',
      `${folder.at('ca.pem')} is there without its key; choose a new folder`,
    );
  }
  const keys = await generatePair();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [`${DEVELOPMENT} authority`] }],
    ...validity(AUTHORITY_DAYS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  made.push(folder.write('ca-key.pem', pemOf(keys), true), folder.write('ca.pem', `${certificate.toString('pem')}\n`));
  return { certificate, key: keys.privateKey };
}

async function openAuthority(folder: KeyFolder, cert: string, key: string): Promise<Authority> {
  const certificate = new x509.X509Certificate(cert);
  if (certificate.notAfter.getTime() < Date.now()) {
    const when = certificate.notAfter.toISOString();
    throw new TallystickError(
      'invalid_argument',
      `the authority in ${folder.path} ended at ${when}; choose a new folder`,
    );
  }
  const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  return { certificate, key: await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']) };
}

async function issue(
  folder: KeyFolder,
  name: string,
  { certificate: issuer, key: signingKey }: Authority,
  subject: string,
  extensions: x509.Extension[],
  days: number,
): Promise<string[]> {
  const keys = await generatePair();
  const { notBefore, notAfter } = validity(days);
  const signed = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [subject] }],
    issuer: issuer.subjectName,
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...extensions,
    ],
  });
  const key = folder.write(`${name}-key.pem`, pemOf(keys), true);
  return [key, folder.write(`${name}.pem`, `${signed.toString('pem')}\n`)];
}

function extensionsOf(names: readonly string[], ...usages: ('serverAuth' | 'clientAuth')[]): x509.Extension[] {
  const others = names.map((value) => ({ type: isAddress(value) ? ('ip' as const) : ('dns' as const), value }));
  return [
    new x509.ExtendedKeyUsageExtension(usages.map((usage) => x509.ExtendedKeyUsage[usage])),
    new x509.SubjectAlternativeNameExtension(others),
  ];
}

function clientExtensions(): x509.Extension[] {
  return [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
}

function validity(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - BEFORE_MS), notAfter: new Date(now + days * DAY_MS) };
}

function generatePair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

function pemOf({ privateKey }: Pair): string {
  return KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** True for IPv4 and IPv6; the library refuses a malformed one. */
function isAddress(name: string): boolean {
  return /^[\d.]+$|:/.test(name);
}

/** Positive: the first bit of a serial number is its sign. */
function serial(): string {
  return `4${randomBytes(16).toString('hex').slice(1)}`;
}

/** A subject may hold what a path must not. */
function fileName(subject: string): string {
  return subject
    .replace(/[^\w.-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 64);
}
