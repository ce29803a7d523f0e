/**
 * The files of a release, and how they vouch for one another:
 *
 *   *.tgz, *.json        what is released
 *   SHA256SUMS           their checksums, as sha256sum writes and checks them
 *   SHA256SUMS.sigstore.json   its signature as a bundle of Sigstore, which cosign checks with the same key
 *   provenance.json      a DSSE envelope, signed: an in-toto statement (SLSA provenance) that names each of them with
 *                        its checksum, the commit, and how it was built
 *
 * The key is of the curve P-256, as cosign's are, or ed25519, of which there is no bundle: cosign hashes first there.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const SUMS = 'SHA256SUMS';
export const PROVENANCE = 'provenance.json';
export const BUNDLE = 'SHA256SUMS.sigstore.json';
const PAYLOAD = 'application/vnd.in-toto+json';
const STATEMENT = 'https://in-toto.io/Statement/v1';
const PREDICATE = 'https://slsa.dev/provenance/v1';
const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

interface Envelope {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

interface Statement {
  readonly _type: string;
  readonly predicateType: string;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What signs a release. */
export function isReleaseKey(key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  return type === 'ed25519' || isP256(type, details?.namedCurve);
}

const isP256 = (type: string | undefined, curve: string | undefined): boolean =>
  type === 'ec' && curve === 'prime256v1';

/** ed25519 hashes by itself. */
const hashFor = (key: KeyObject): 'sha256' | null => (key.asymmetricKeyType === 'ec' ? 'sha256' : null);

/** What the signature is over (DSSE): the type and the payload, each with its length. */
function authenticated(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

const keyId = (key: KeyObject): string => sha256(key.export({ type: 'spki', format: 'der' }));

/** The released files in a folder: all but what vouches for them. */
export function releasedIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => ![SUMS, PROVENANCE, BUNDLE].includes(name))
    .sort();
}

export function sumsOf(folder: string): string {
  return releasedIn(folder)
    .map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`)
    .join('');
}

/** `predicate`: what SLSA wants to know of the build. */
export function provenanceOf(folder: string, predicate: object, key: KeyObject): string {
  const subject = releasedIn(folder).map((name) => ({
    name,
    digest: { sha256: sha256(readFileSync(join(folder, name))) },
  }));
  const statement = { _type: STATEMENT, subject, predicateType: PREDICATE, predicate };
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = sign(hashFor(key), authenticated(PAYLOAD, payload), key).toString('base64');
  const envelope: Envelope = {
    payloadType: PAYLOAD,
    payload: payload.toString('base64'),
    signatures: [{ keyid: keyId(createPublicKey(key)), sig }],
  };
  return `${JSON.stringify(envelope, null, 2)}\n`;
}

/** The signature of the checksums as Sigstore writes it; undefined for a key that is not of P-256. */
export function bundleOf(folder: string, key: KeyObject): string | undefined {
  if (key.asymmetricKeyType !== 'ec') return undefined;
  const sums = readFileSync(join(folder, SUMS));
  const digest = createHash('sha256').update(sums).digest('base64');
  const bundle = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: keyId(createPublicKey(key)) } },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest },
      signature: sign('sha256', sums, key).toString('base64'),
    },
  };
  return `${JSON.stringify(bundle, null, 2)}\n`;
}

interface Bundle {
  readonly messageSignature: {
    readonly messageDigest: { readonly digest: string };
    readonly signature: string;
  };
}

/** Why the bundle is not believed; nothing: it is. */
function bundleProblems(folder: string, key: KeyObject): string[] {
  const path = join(folder, BUNDLE);
  if (!existsSync(path)) return key.asymmetricKeyType === 'ec' ? [`${BUNDLE} is missing`] : [];
  if (key.asymmetricKeyType !== 'ec') return [`${BUNDLE} is not signed with this key`];
  try {
    const { messageSignature } = JSON.parse(readFileSync(path, 'utf8')) as Bundle;
    const sums = readFileSync(join(folder, SUMS));
    const isSigned = verify('sha256', sums, key, Buffer.from(messageSignature.signature, 'base64'));
    const digest = createHash('sha256').update(sums).digest('base64');
    if (isSigned && messageSignature.messageDigest.digest === digest) return [];
    return [`${BUNDLE} is not a signature of ${SUMS} with this key`];
  } catch {
    return [`${BUNDLE} is no bundle of Sigstore`];
  }
}

/** What is wrong with the release in a folder, a sentence each; none: all of it is as it was signed. */
export function problemsOf(folder: string, key: KeyObject): string[] {
  for (const name of [SUMS, PROVENANCE]) if (!existsSync(join(folder, name))) return [`${name} is missing`];
  const statement = openEnvelope(readFileSync(join(folder, PROVENANCE), 'utf8'), key);
  if (typeof statement === 'string') return [statement];
  const problems: string[] = [];
  const signed = new Map(statement.subject.map(({ name, digest }) => [name, digest.sha256]));
  const there = releasedIn(folder);
  for (const name of there) {
    if (!signed.has(name)) problems.push(`${name} is not in the statement that was signed`);
    else if (sha256(readFileSync(join(folder, name))) !== signed.get(name)) problems.push(`${name} was changed`);
  }
  for (const name of signed.keys()) if (!there.includes(name)) problems.push(`${name} is missing`);
  if (readFileSync(join(folder, SUMS), 'utf8') !== sumsOf(folder)) problems.push(`${SUMS} does not fit the files`);
  return [...problems, ...bundleProblems(folder, key)];
}

/** The statement, or why it is not believed. */
function openEnvelope(text: string, key: KeyObject): Statement | string {
  try {
    const { payloadType, payload, signatures } = JSON.parse(text) as Envelope;
    const bytes = Buffer.from(payload, 'base64');
    const isSigned = signatures.some(({ sig }) =>
      verify(hashFor(key), authenticated(payloadType, bytes), key, Buffer.from(sig, 'base64')),
    );
    if (!isSigned) return `${PROVENANCE} is not signed with this key`;
    const statement = JSON.parse(bytes.toString('utf8')) as Statement;
    const isKnown = payloadType === PAYLOAD && statement._type === STATEMENT && statement.predicateType === PREDICATE;
    return isKnown ? statement : `${PROVENANCE} is a statement of another kind`;
  } catch {
    return `${PROVENANCE} is not a signed statement`;
  }
}
