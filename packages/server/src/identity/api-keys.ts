/**
 * Callers that show an API key. All keys are in memory, so that none is waited for; what is taken out of the file
 * opens no door from that turn of the event loop on, and ends what it had opened.
 */
import { timingSafeEqual } from 'node:crypto';
import { digestOfApiKey, idOfApiKey, KEY_PREFIX } from './api-key.ts';
import type { Authenticator } from './authenticator.ts';
import { expired, Trust, unauthenticated } from './expiry.ts';
import type { Identity } from './identity.ts';
import type { KeyRecord, Roster } from './roster.ts';

interface Known {
  readonly record: KeyRecord;
  /** Of the record, and of what its role and its tenant mean. */
  readonly written: string;
  readonly digest: Buffer;
  readonly identity: Identity;
  readonly expires: number;
  readonly trust: Trust;
}

/** What became of a key when the file changed. */
export interface KeyChange {
  readonly key: string;
  readonly subject: string;
  readonly change: 'added' | 'changed' | 'revoked' | 'removed';
}

/** Nobody's key: a key that is unknown costs what a wrong one does. */
const NOBODY: Buffer = Buffer.alloc(32);

export class ApiKeyAuthenticator implements Authenticator {
  readonly #pepper: string;
  #known: ReadonlyMap<string, Known> = new Map();
  /** Keys that were shown and are good, by their text: they are not hashed again for each request. */
  readonly #seen = new Map<string, Known>();

  constructor(pepper: string, roster: Roster) {
    this.#pepper = pepper;
    this.replace(roster);
  }

  static isKey(token: string): boolean {
    return token.startsWith(KEY_PREFIX);
  }

  /** Callers whose key is not there any more, or means something else, are asked to go at once. */
  replace(roster: Roster): readonly KeyChange[] {
    const before = this.#known;
    const next = new Map<string, Known>();
    const changes: KeyChange[] = [];
    for (const record of roster.file.keys) {
      const { id, subject } = record;
      const old = before.get(id);
      if (record.revoked !== undefined) {
        if (old !== undefined) changes.push({ key: id, subject, change: 'revoked' });
        continue;
      }
      const known = this.#read(record, roster);
      if (old?.written === known.written) next.set(id, old);
      else {
        next.set(id, known);
        changes.push({ key: id, subject, change: old === undefined ? 'added' : 'changed' });
      }
    }
    this.#known = next;
    this.#seen.clear();
    const listed = new Set(roster.file.keys.map(({ id }) => id));
    for (const [id, { record, trust }] of before) {
      if (!listed.has(id)) changes.push({ key: id, subject: record.subject, change: 'removed' });
      if (next.get(id)?.trust !== trust) trust.withdraw();
    }
    return changes;
  }

  #read(record: KeyRecord, roster: Roster): Known {
    const { subject, role, tenant, ledgers, accounts, digest } = record;
    const expires = record.expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(record.expires);
    const trust = new Trust();
    const standing = roster.standing([role])!;
    const reach = roster.reach(tenant, ledgers, accounts)!;
    const identity: Identity = {
      subject,
      ...standing,
      ...reach,
      shown: 'key',
      expiry: { expires, until: expires, trust },
    };
    const meaning = [record, [...standing.scopes], reach.ledgers?.ranges];
    return { record, written: JSON.stringify(meaning), digest: Buffer.from(digest, 'hex'), identity, expires, trust };
  }

  authenticate(token: string | undefined): Promise<Identity> {
    const seen = token === undefined ? undefined : this.#seen.get(token);
    if (seen !== undefined && Date.now() < seen.expires) return Promise.resolve(seen.identity);
    const id = token === undefined ? undefined : idOfApiKey(token);
    if (id === undefined) return Promise.reject(unauthenticated('the key has a slip in it'));
    const known = this.#known.get(id);
    const fits = timingSafeEqual(digestOfApiKey(this.#pepper, token!), known?.digest ?? NOBODY);
    if (known === undefined || !fits) return Promise.reject(unauthenticated(`the key ${id} is unknown or was revoked`));
    if (Date.now() >= known.expires) return Promise.reject(expired({ cause: new Error(`the key ${id} has expired`) }));
    this.#seen.set(token!, known);
    return Promise.resolve(known.identity);
  }
}
