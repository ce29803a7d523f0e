/**
 * The files of a release, and how they vouch for one another:
 *
 *   *.tgz, *.json        what is released
 *   SHA256SUMS           their checksums, as sha256sum writes and checks them
 *   provenance.json      a DSSE envelope, signed with ed25519: an in-toto statement (SLSA provenance) that names each
 *                        of them with its checksum, the commit, and how it was built
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const SUMS = 'SHA256SUMS';
export const PROVENANCE = 'provenance.json';
const PAYLOAD = 'application/vnd.in-toto+json';
const STATEMENT = 'https://in-toto.io/Statement/v1';
const PREDICATE = 'https://slsa.dev/provenance/v1';

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

/** What the signature is over (DSSE): the type and the payload, each with its length. */
function authenticated(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

const keyId = (key: KeyObject): string => sha256(key.export({ type: 'spki', format: 'der' }));

/** The released files in a folder: all but what vouches for them. */
export function releasedIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => ![SUMS, PROVENANCE].includes(name))
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
  const sig = sign(null, authenticated(PAYLOAD, payload), key).toString('base64');
  const envelope: Envelope = {
    payloadType: PAYLOAD,
    payload: payload.toString('base64'),
    signatures: [{ keyid: keyId(createPublicKey(key)), sig }],
  };
  return `${JSON.stringify(envelope, null, 2)}\n`;
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
  return problems;
}

/** The statement, or why it is not believed. */
function openEnvelope(text: string, key: KeyObject): Statement | string {
  try {
    const { payloadType, payload, signatures } = JSON.parse(text) as Envelope;
    const bytes = Buffer.from(payload, 'base64');
    const isSigned = signatures.some(({ sig }) =>
      verify(null, authenticated(payloadType, bytes), key, Buffer.from(sig, 'base64')),
    );
    if (!isSigned) return `${PROVENANCE} is not signed with this key`;
    const statement = JSON.parse(bytes.toString('utf8')) as Statement;
    const isKnown = payloadType === PAYLOAD && statement._type === STATEMENT && statement.predicateType === PREDICATE;
    return isKnown ? statement : `${PROVENANCE} is a statement of another kind`;
  } catch {
    return `${PROVENANCE} is not a signed statement`;
  }
}
