/**
 * Signatures of heads, by a key that neither the server nor whoever reads the trail holds: transit of OpenBao. A record
 * `anchored` has the signature of `tallystick/audit/<block>/<mac>`; since each block names the one before it, it
 * vouches for all blocks up to there.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { TallystickError } from 'tallystick/internal/model';
import type { AuditRecord } from './block.ts';
import type { Head } from './trail.ts';
import type { Anchor, Finding } from './verify.ts';

export function signedText({ block, mac }: Pick<Head, 'block' | 'mac'>): string {
  return `tallystick/audit/${block}/${mac}`;
}

/** Before the 32 bytes of an Ed25519 key: what it is (RFC 8410). */
const ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** Public keys by version. */
export class Signers {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #anchors: Anchor[] = [];
  readonly #findings: Finding[] = [];

  private constructor(keys: ReadonlyMap<string, KeyObject>) {
    this.#keys = keys;
  }

  /** `text`: what `bao read -format=json transit/keys/NAME` prints. Throws `invalid_argument`. */
  static parse(text: string): Signers {
    try {
      const { data } = JSON.parse(text) as { data: { keys: Record<string, { public_key: string }> } };
      const keys = Object.entries(data.keys).map(([version, key]) => [version, keyOf(key.public_key)] as const);
      return new Signers(new Map(keys));
    } catch (cause) {
      const next = 'Give the file that `bao read -format=json transit/keys/NAME` prints; the key must be able to sign.';
      throw new TallystickError('invalid_argument', 'the file holds no public keys of transit', { cause, next });
    }
  }

  /** Looks at a record; what has no signature is vouched for by a later one. */
  look(record: AuditRecord, line: number): void {
    const { kind, block, mac, signature } = record;
    if (kind !== 'anchored' || typeof signature !== 'string') return;
    const head = { block: Number(block), mac: String(mac) };
    if (this.#isGood(signature, signedText(head))) this.#anchors.push({ ...head, by: 'the signer' });
    else this.#findings.push({ kind: 'rewritten', line, about: `the signature of block ${block} is not the signer's` });
  }

  #isGood(signature: string, text: string): boolean {
    const found = /^vault:v(\d+):([\w+/=]+)$/.exec(signature);
    const key = found === null ? undefined : this.#keys.get(found[1]!);
    if (key === undefined) return false;
    const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return verify(digest, Buffer.from(text), key, Buffer.from(found![2]!, 'base64'));
  }

  /** What is signed, to compare the trail with. */
  get anchors(): readonly Anchor[] {
    return this.#anchors;
  }

  get findings(): readonly Finding[] {
    if (this.#anchors.length > 0 || this.#findings.length > 0) return this.#findings;
    return [{ kind: 'unsigned', line: 1, about: 'no head of the trail has a signature' }];
  }
}

function keyOf(text: string): KeyObject {
  if (text.startsWith('-----BEGIN')) return createPublicKey(text);
  const der = Buffer.concat([ED25519, Buffer.from(text, 'base64')]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}
