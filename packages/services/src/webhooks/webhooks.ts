/** Webhooks: endpoints, and a courier for each. */
import { invalidField, type Ledger, named } from 'tallystick/internal/model';
import { Assets } from '../base/assets.ts';
import { Books } from '../base/books.ts';
import type { ServiceCounts } from '../base/counts.ts';
import { baseOf, checkKey, formatBase } from '../base/ids.ts';
import type { Records } from '../records/records.ts';
import { Courier, type CourierOptions } from './courier.ts';
import { type DeadLetter, type Endpoint, Endpoints } from './endpoints.ts';
import { EVENT_TYPES, type EventType, eventOf, type PaymentEvent } from './events.ts';
import { Poster } from './post.ts';
import { Reach } from './reach.ts';
import { secretOf } from './signature.ts';

/** How webhooks are delivered. */
export interface WebhooksOptions {
  readonly records: Records;
  /** Secret of 32 characters or more; the secrets of endpoints follow from it, and change with it. */
  readonly key: string;
  readonly tenant?: number;
  readonly assets?: Assets;
  /** Names, addresses and ranges outside the public internet that endpoints may be at; none by default. */
  readonly allowed?: readonly string[];
  /** Attempts before an event is given up; 16 by default, which is about five hours. */
  readonly attemptsMax?: number;
  /** Milliseconds before the second attempt; 1,000 by default. Each further one waits twice as long. */
  readonly backoffMs?: number;
  /** Milliseconds that an attempt may take; 10,000 by default. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks at a ledger in which nothing happens; 200 by default. */
  readonly pollMs?: number;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
  readonly log?: (about: object, message: string) => void;
  /** Counts attempts; by default nobody does. */
  readonly counts?: ServiceCounts | undefined;
}

/** What an endpoint shall be. */
export interface WebhookRequest {
  readonly url: string;
  /** Which events it is told of; left out: all. */
  readonly types?: readonly string[];
  /** A cursor: events behind it are sent; `0`: from the first on; left out: from now on. */
  readonly after?: string;
  readonly description?: string;
}

/** An endpoint as it stands. */
export interface WebhookView {
  readonly id: string;
  readonly url: string;
  readonly types: readonly string[];
  readonly description?: string;
  readonly state: 'on' | 'failing' | 'paused';
  /** Everything up to this cursor was delivered, or given up. */
  readonly cursor: string;
  /** Why it is paused, or why the last attempt failed. */
  readonly error?: string;
  /** Attempts at the event that it is at. */
  readonly attempts: number;
}

/** A part of all events. */
export interface EventPage {
  readonly events: readonly PaymentEvent[];
  /** Behind which the next page begins. */
  readonly cursor: string;
  /** Whether the next page is known to have changes to look at. */
  readonly more: boolean;
}

const PAGE = 1000;
const KEY_MIN = 32;
const ATTEMPTS_MAX = 16;
const BACKOFF_MS = 1000;
const BACKOFF_MS_MAX = 3_600_000;
const TIMEOUT_MS = 10_000;
const POLL_MS = 200;
const DEAD_MAX = 100;
const NANOSECONDS = 1_000_000n;
const CURSOR = /^\d{1,20}$/;

export class Webhooks {
  readonly #shared: CourierOptions;
  readonly #endpoints: Endpoints;
  readonly #tenant: number;
  readonly #poster: Poster;
  readonly #closing = new AbortController();
  readonly #couriers = new Map<string, Courier>();

  /** Throws `invalid_argument` for a key that is too short, and for what cannot be allowed. */
  constructor(ledger: Ledger, options: WebhooksOptions) {
    const { records, key, tenant = 0, now = Date.now } = options;
    if (key.length < KEY_MIN) throw invalidField('webhooks.key', `must have ${KEY_MIN} characters or more`);
    const reach = new Reach(options.allowed);
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#tenant = tenant;
    this.#endpoints = new Endpoints(records, tenant);
    this.#poster = new Poster({ reach, timeoutMs, signal: this.#closing.signal });
    this.#shared = {
      ledger,
      books: new Books(tenant, options.assets ?? new Assets()),
      endpoints: this.#endpoints,
      poster: this.#poster,
      reach,
      key,
      attemptsMax: options.attemptsMax ?? ATTEMPTS_MAX,
      backoffMs: options.backoffMs ?? BACKOFF_MS,
      backoffMsMax: BACKOFF_MS_MAX,
      pollMs: options.pollMs ?? POLL_MS,
      now,
      log: options.log ?? (() => undefined),
      counts: options.counts,
    };
    if (options.counts !== undefined) options.counts.webhookAge = () => this.#age();
  }

  /** Begins to deliver to every endpoint that is there. */
  async start(): Promise<void> {
    for (const endpoint of await this.#endpoints.all()) this.#begin(endpoint);
  }

  #begin(endpoint: Endpoint): void {
    if (endpoint.paused !== undefined || this.#closing.signal.aborted) return;
    const courier = new Courier(endpoint, this.#shared);
    this.#couriers.set(endpoint.id, courier);
    courier.start();
  }

  async #end(id: string): Promise<void> {
    const courier = this.#couriers.get(id);
    this.#couriers.delete(id);
    await courier?.stop();
  }

  /** With what is stored now. */
  async #again(endpoint: Endpoint): Promise<void> {
    await this.#end(endpoint.id);
    this.#begin(endpoint);
  }

  /** An endpoint, once for each key. Rejects with `invalid_argument` for an address that nothing is sent to. */
  async add(key: string, request: WebhookRequest): Promise<WebhookView> {
    const id = formatBase('whk', baseOf('webhook', this.#tenant, checkKey(key)));
    const { url, description } = request;
    this.#shared.reach.check(url, 'url');
    const types = typesOf(request.types ?? []);
    const after = request.after ?? String(BigInt(this.#shared.now()) * NANOSECONDS);
    checkCursor(after);
    const words = description === undefined ? {} : { description };
    const endpoint: Endpoint = { id, url, types, ...words, generation: 0, overlapUntil: 0, after };
    if (await this.#endpoints.add(endpoint)) this.#begin(endpoint);
    return this.view(id);
  }

  async all(): Promise<WebhookView[]> {
    return Promise.all((await this.#endpoints.all()).map((endpoint) => this.#viewOf(endpoint)));
  }

  /** Rejects with `not_found`, as everything that is about one endpoint. */
  async view(id: string): Promise<WebhookView> {
    return this.#viewOf(await this.#endpoints.one(id));
  }

  async #viewOf(endpoint: Endpoint): Promise<WebhookView> {
    const { id, url, types, description, paused } = endpoint;
    const { attempts, error } = this.#couriers.get(id)?.standing ?? { attempts: 0 };
    const why = paused ?? error;
    return {
      id,
      url,
      types: types.length === 0 ? EVENT_TYPES : types,
      ...(description === undefined ? {} : { description }),
      state: paused !== undefined ? 'paused' : attempts > 0 ? 'failing' : 'on',
      cursor: String(await this.#endpoints.cursor(endpoint)),
      ...(why === undefined ? {} : { error: why }),
      attempts,
    };
  }

  /** Seconds since the oldest event that a receiver has failed to take; 0: none has failed. */
  #age(): number {
    const since = [...this.#couriers.values()].flatMap(({ standing }) => standing.since ?? []);
    const oldest = since.reduce((least, one) => (one < least ? one : least), since[0] ?? 0n);
    return oldest === 0n ? 0 : Math.max(0, this.#shared.now() / 1000 - Number(oldest) / 1e9);
  }

  /** What its events are signed with. */
  async secret(id: string): Promise<string> {
    const { generation } = await this.#endpoints.one(id);
    return secretOf(this.#shared.key, id, generation);
  }

  /** Another secret; the one before signs beside it for so many seconds. */
  async rotate(id: string, overlapSeconds: number): Promise<string> {
    const overlapUntil = this.#shared.now() + overlapSeconds * 1000;
    const endpoint = await this.#endpoints.change(id, (one) => {
      return { ...one, generation: one.generation + 1, overlapUntil };
    });
    await this.#again(endpoint);
    return secretOf(this.#shared.key, id, endpoint.generation);
  }

  /** Nothing is sent to it any more. */
  async remove(id: string): Promise<void> {
    await this.#endpoints.change(id, (endpoint) => endpoint, 'closed');
    await this.#end(id);
  }

  /** Events behind a cursor are sent again, with the same ids; without one it goes on where it was. */
  async replay(id: string, after?: string): Promise<WebhookView> {
    if (after !== undefined) checkCursor(after);
    await this.#endpoints.one(id);
    await this.#end(id);
    if (after !== undefined) await this.#endpoints.moveCursor(id, BigInt(after));
    this.#begin(await this.#endpoints.change(id, ({ paused: _, ...endpoint }) => endpoint));
    return this.view(id);
  }

  /** Events that were given up, the oldest first, 100 at most. */
  async dead(id: string): Promise<DeadLetter[]> {
    await this.#endpoints.one(id);
    return this.#endpoints.dead(id, DEAD_MAX);
  }

  /** Tries those again, the oldest first, until one fails. */
  async retryDead(id: string): Promise<{ readonly delivered: number; readonly error?: string }> {
    const endpoint = await this.#endpoints.one(id);
    return new Courier(endpoint, this.#shared).retry(await this.#endpoints.dead(id, DEAD_MAX));
  }

  /** Sends an event that says nothing, now, and resolves to what the receiver made of it. */
  async try(id: string): Promise<{ readonly delivered: boolean; readonly error?: string }> {
    const endpoint = await this.#endpoints.one(id);
    const event = { id: `evt_test_${this.#shared.now()}`, type: 'webhook.test' };
    const { error } = await new Courier(endpoint, this.#shared).attempt(event);
    return error === undefined ? { delivered: true } : { delivered: false, error };
  }

  /**
   * Events behind a cursor, the oldest first, as whoever asks may see them: for receivers that missed some. One page of
   * the ledger's changes is looked at, so there may be none before the cursor's end.
   */
  async events(ledger: Ledger, after: string): Promise<EventPage> {
    checkCursor(after);
    const changes = await ledger.getChangeEvents({ timestamp_min: BigInt(after) + 1n, limit: PAGE });
    const events = changes.flatMap((change) => eventOf(this.#shared.books, change) ?? []);
    return { events, cursor: String(changes.at(-1)?.timestamp ?? after), more: changes.length === PAGE };
  }

  /** What is on its way is given up, and delivered by whoever starts next. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#couriers.keys()].map((id) => this.#end(id)));
    this.#poster.close();
  }
}

function typesOf(types: readonly string[]): EventType[] {
  const unknown = types.find((type) => !(EVENT_TYPES as readonly string[]).includes(type));
  if (unknown !== undefined) throw invalidField('types', `has ${named(unknown)}; there are ${EVENT_TYPES.join(', ')}`);
  return [...new Set(types)] as EventType[];
}

function checkCursor(text: string): void {
  if (!CURSOR.test(text)) throw invalidField('after', 'must be a cursor: nanoseconds since the epoch, as text');
}
