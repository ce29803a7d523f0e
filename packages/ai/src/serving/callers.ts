/** Who asks a server of models, and how much of it each tenant may have. */
import { TallystickError } from 'tallystick/internal';

export interface Caller {
  readonly subject: string;
  /** Whose quota it uses. */
  readonly tenant: string;
  /** May load models, and unload them. */
  readonly isAdmin?: boolean | undefined;
}

/** Whoever asks on this machine where no identities are configured. */
export const anybody: Caller = { subject: 'local', tenant: 'local', isAdmin: true };

/** Turns the `Authorization` header into a caller. Rejects with `unauthenticated` or `forbidden`. */
export type Identify = (authorization: string | undefined) => Promise<Caller>;

/** Names and addresses of this machine that no other machine reaches. */
export const loopback: RegExp = /^(localhost|127(\.\d+){3}|\[::1\]|::1)$/;

/** Throws `configuration_invalid` where others could reach a server and nobody would ask who they are. */
export function checkReach(host: string, identify: Identify | undefined): void {
  if (identify !== undefined || loopback.test(host)) return;
  const what = `models are served to this machine alone without identities, and ${host} is more than that`;
  throw new TallystickError('configuration_invalid', what);
}

export interface Quota {
  /** Requests that are answered at once. */
  readonly atOnce?: number | undefined;
  /** Requests a minute, of which as many may come together. */
  readonly perMinute?: number | undefined;
}

/** By tenant; `*` is for each of those that are not named. */
export type QuotaTable = { readonly [tenant: string]: Quota };

const MINUTE_MS = 60_000;
/** A request that ends makes room; callers look again after this. */
const AT_ONCE_MS = 250;
const TENANTS_MAX = 10_000;

interface Used {
  atOnce: number;
  /** Requests that may come now, and when that was so. */
  tokens: number;
  atMs: number;
}

export class Quotas {
  readonly #table: QuotaTable;
  readonly #used = new Map<string, Used>();

  constructor(table: QuotaTable) {
    this.#table = table;
  }

  /** Counts a request until the function that it returns is called. Throws `model_busy`, with the time to wait. */
  take({ tenant }: Caller): () => void {
    const quota = (Object.hasOwn(this.#table, tenant) ? this.#table[tenant] : undefined) ?? this.#table['*'];
    if (quota === undefined) return () => {};
    const now = performance.now();
    const used = this.#usedBy(tenant, quota, now);
    if (used.atOnce >= (quota.atOnce ?? Number.POSITIVE_INFINITY)) {
      throw refused(tenant, `${quota.atOnce} requests at once`, AT_ONCE_MS);
    }
    if (quota.perMinute !== undefined) {
      const grown = used.tokens + ((now - used.atMs) * quota.perMinute) / MINUTE_MS;
      used.tokens = Math.min(quota.perMinute, grown);
      used.atMs = now;
      if (used.tokens < 1) {
        const waitMs = Math.ceil(((1 - used.tokens) * MINUTE_MS) / quota.perMinute);
        throw refused(tenant, `${quota.perMinute} requests a minute`, waitMs);
      }
      used.tokens -= 1;
    }
    used.atOnce += 1;
    let isOver = false;
    return () => {
      if (!isOver) used.atOnce -= 1;
      isOver = true;
    };
  }

  #usedBy(tenant: string, { perMinute = 0 }: Quota, now: number): Used {
    const known = this.#used.get(tenant);
    if (known !== undefined) return known;
    if (this.#used.size >= TENANTS_MAX) {
      for (const [name, used] of this.#used) {
        if (used.atOnce === 0 && now - used.atMs > MINUTE_MS) this.#used.delete(name);
      }
    }
    const used = { atOnce: 0, tokens: perMinute, atMs: now };
    this.#used.set(tenant, used);
    return used;
  }
}

function refused(tenant: string, what: string, retryAfterMs: number): TallystickError {
  return new TallystickError('model_busy', `tenant ${tenant} may have ${what}`, { retryAfterMs });
}
