/**
 * Sessions of browsers. A session keeps the token that its owner has pasted, or that an issuer gave, in memory only:
 * the browser has a random name for it in a cookie that no script can read, and a second one for its writes (CSRF).
 * Sessions end after half an hour of silence, after twelve hours, with their token, or when their owner signs out, here
 * or everywhere.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Granted } from './host.ts';

export interface Session {
  token: string;
  /** What else the issuer gave, and when; undefined: the token was pasted. */
  granted: Granted | undefined;
  grantedAt: number;
  /** When a renewal was last tried, and the one that is under way. */
  triedAt: number;
  renewing: Promise<boolean> | undefined;
  /** Tells the sessions of one caller from those of others. */
  readonly owner: string;
  /** What a page of ours sends with each request that is no GET. */
  readonly csrf: string;
  readonly began: number;
  seen: number;
}

export interface SessionLimits {
  readonly max: number;
  /** Sessions of one caller; one more ends the oldest. */
  readonly ownMax: number;
  readonly idleMs: number;
  readonly lifeMs: number;
}

const HOUR_MS = 3_600_000;
export const SESSION_LIMITS: SessionLimits = { max: 1024, ownMax: 16, idleMs: HOUR_MS / 2, lifeMs: 12 * HOUR_MS };

export class Sessions {
  readonly #limits: SessionLimits;
  readonly #now: () => number;
  /** By the digest of the cookie's value, the one that was used longest ago first. */
  readonly #sessions = new Map<string, Session>();

  constructor(limits: SessionLimits = SESSION_LIMITS, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** Begins a session of a caller whose token was found good. Returns the cookie's value. */
  begin(token: string, owner: string, granted?: Granted): string {
    const now = this.#now();
    for (const [key, session] of this.#sessions) if (this.#isOver(session, now)) this.#sessions.delete(key);
    const own = [...this.#sessions].filter(([, session]) => session.owner === owner);
    if (own.length >= this.#limits.ownMax) this.#sessions.delete(own[0]![0]);
    else if (this.#sessions.size >= this.#limits.max) this.#sessions.delete(this.#sessions.keys().next().value!);
    const name = randomBytes(32).toString('base64url');
    const csrf = randomBytes(32).toString('base64url');
    const renewal = { granted, grantedAt: now, triedAt: Number.NEGATIVE_INFINITY, renewing: undefined };
    this.#sessions.set(digest(name), { token, owner, csrf, began: now, seen: now, ...renewal });
    return name;
  }

  /** The session behind a cookie's value, which is used now; undefined: it is over, or never was. */
  use(name: string | undefined): Session | undefined {
    if (name === undefined) return undefined;
    const key = digest(name);
    const session = this.#sessions.get(key);
    if (session === undefined) return undefined;
    this.#sessions.delete(key);
    const now = this.#now();
    if (this.#isOver(session, now)) return undefined;
    session.seen = now;
    this.#sessions.set(key, session);
    return session;
  }

  end(name: string | undefined): void {
    if (name !== undefined) this.#sessions.delete(digest(name));
  }

  endAllOf(owner: string): void {
    for (const [key, session] of this.#sessions) if (session.owner === owner) this.#sessions.delete(key);
  }

  #isOver({ began, seen }: Session, now: number): boolean {
    return now - seen >= this.#limits.idleMs || now - began >= this.#limits.lifeMs;
  }
}

/** Whether a page has sent the word that its session was given. */
export function knowsCsrf({ csrf }: Pick<Session, 'csrf'>, sent: unknown): boolean {
  if (typeof sent !== 'string') return false;
  return timingSafeEqual(hash(sent), hash(csrf));
}

/** The map is asked for digests, so that the time of a miss tells nothing of the names in it. */
function digest(name: string): string {
  return hash(name).toString('base64');
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
