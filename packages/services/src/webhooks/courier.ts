/**
 * Brings events to one endpoint, in their order: the next one goes when the one before has arrived, or was given up.
 * It reads the ledger's changes from its cursor on, so whatever was not delivered when a process died is delivered by
 * the next one, with the same id.
 */
import { followChanges } from 'tallystick/internal/helpers';
import type { Ledger } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import type { ServiceCounts } from '../base/counts.ts';
import type { DeadLetter, Endpoint, Endpoints } from './endpoints.ts';
import { eventOf, type PaymentEvent } from './events.ts';
import type { Attempt, Poster } from './post.ts';
import type { Reach } from './reach.ts';
import { secretOf, signedHeaders } from './signature.ts';

/** What couriers have in common. */
export interface CourierOptions {
  readonly ledger: Ledger;
  readonly books: Books;
  readonly endpoints: Endpoints;
  readonly poster: Poster;
  readonly reach: Reach;
  /** What secrets follow from. */
  readonly key: string;
  /** Attempts before an event is given up. */
  readonly attemptsMax: number;
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  /** Milliseconds between two looks at a ledger in which nothing happens. */
  readonly pollMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: (about: object, message: string) => void;
  readonly counts: ServiceCounts | undefined;
}

/** How a courier stands. */
export interface Standing {
  /** Attempts at the event that it is at; 0: it waits for one. */
  readonly attempts: number;
  readonly error?: string;
  /** When that event happened, nanoseconds since the epoch. */
  readonly since?: bigint;
}

/** Delivered events after which the cursor is written, whatever else happens. */
const DELIVERED_MAX = 64;
/** Changes that nobody is told of, after which it is written as well. */
const PASSED_MAX = 4096;
const GONE = 410;
const JITTER = 0.2;

export class Courier {
  readonly #endpoint: Endpoint;
  readonly #options: CourierOptions;
  readonly #stop = new AbortController();
  #standing: Standing = { attempts: 0 };
  #written = 0n;
  #running: Promise<void> | undefined;

  constructor(endpoint: Endpoint, options: CourierOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  get standing(): Standing {
    return this.#standing;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when nothing is on its way any more; what was delivered is written down. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#isOver; failures++) {
      try {
        await this.#follow();
      } catch (error) {
        if (this.#isOver) return;
        const { id } = this.#endpoint;
        this.#options.log({ err: error, webhook: id }, 'events cannot be read; they are asked for again');
        await this.#wait(this.#delayOf(failures));
      }
    }
  }

  get #isOver(): boolean {
    return this.#stop.signal.aborted;
  }

  async #follow(): Promise<void> {
    const { ledger, books, endpoints, pollMs } = this.#options;
    let after = await endpoints.cursor(this.#endpoint);
    this.#written = after;
    let delivered = 0;
    let passed = 0;
    const keep = async (): Promise<void> => {
      [delivered, passed] = [0, 0];
      if (after > this.#written) await endpoints.moveCursor(this.#endpoint.id, after);
      this.#written = after;
    };
    const idle = async (): Promise<void> => {
      if (delivered > 0) await keep();
      await this.#wait(pollMs);
      this.#stop.signal.throwIfAborted();
    };
    try {
      for await (const change of followChanges(ledger, { after, idle })) {
        if (this.#isOver) break;
        const event = eventOf(books, change);
        const isWanted = event !== undefined && this.#wants(event);
        if (isWanted && !(await this.#bring(event))) break;
        after = change.timestamp;
        if (isWanted) delivered++;
        else passed++;
        if (delivered >= DELIVERED_MAX || passed >= PASSED_MAX) await keep();
      }
    } finally {
      if (delivered > 0) await keep();
    }
  }

  #wants({ type }: PaymentEvent): boolean {
    const { types } = this.#endpoint;
    return types.length === 0 || types.includes(type);
  }

  /** False: the courier was stopped first. */
  async #bring(event: PaymentEvent): Promise<boolean> {
    const { attemptsMax, endpoints, log } = this.#options;
    const { id } = this.#endpoint;
    for (let attempts = 1; !this.#isOver; attempts++) {
      const attempt = await this.attempt(event);
      if (attempt.error === undefined) {
        this.#standing = { attempts: 0 };
        return true;
      }
      if (this.#isOver) break;
      const { error } = attempt;
      this.#standing = { attempts, error, since: BigInt(event.cursor) };
      if (attempt.status === GONE) return this.#pause();
      if (attempts >= attemptsMax) {
        await endpoints.bury(id, { event, attempts, error });
        this.#options.counts?.attempted('given_up');
        log({ webhook: id, event: event.id, attempts, error }, 'an event could not be delivered, and was given up');
        this.#standing = { attempts: 0, error };
        return true;
      }
      await this.#wait(Math.max(this.#delayOf(attempts - 1), attempt.retryMs ?? 0));
    }
    return false;
  }

  /** One attempt, now. */
  async attempt(event: Pick<PaymentEvent, 'id'>): Promise<Attempt> {
    const { key, now } = this.#options;
    const { id, generation, overlapUntil } = this.#endpoint;
    const secrets = [secretOf(key, id, generation)];
    if (generation > 0 && now() < overlapUntil) secrets.push(secretOf(key, id, generation - 1));
    const body = JSON.stringify(event);
    const headers = signedHeaders(secrets, { id: event.id, body, seconds: Math.floor(now() / 1000) });
    const attempt = await this.#post(headers, body);
    this.#options.counts?.attempted(attempt.error === undefined ? 'delivered' : 'failed');
    return attempt;
  }

  async #post(headers: ReturnType<typeof signedHeaders>, body: string): Promise<Attempt> {
    const { poster, reach } = this.#options;
    try {
      // The operator may allow less than when the endpoint was made.
      return await poster.post(reach.check(this.#endpoint.url, 'url'), headers, body);
    } catch (error) {
      return { status: 0, error: (error as Error).message };
    }
  }

  /** The receiver says that it is gone for ever: it is left alone until somebody resumes it. */
  async #pause(): Promise<false> {
    const paused = 'the receiver answered 410: it wants no more events';
    await this.#options.endpoints.change(this.#endpoint.id, (endpoint) => ({ ...endpoint, paused }));
    this.#options.log({ webhook: this.#endpoint.id }, paused);
    this.#stop.abort();
    return false;
  }

  /** Delivers what was given up, the oldest first, until one fails again. */
  async retry(letters: readonly DeadLetter[]): Promise<{ delivered: number; error?: string }> {
    let delivered = 0;
    for (const letter of letters) {
      const { error } = await this.attempt(letter.event);
      if (error !== undefined) return { delivered, error };
      await this.#options.endpoints.raise(this.#endpoint.id, letter);
      delivered++;
    }
    return { delivered };
  }

  #delayOf(failures: number): number {
    const { backoffMs, backoffMsMax } = this.#options;
    const delay = Math.min(backoffMs * 2 ** failures, backoffMsMax);
    // Receivers that failed together are not asked together again.
    return delay * (1 - JITTER + 2 * JITTER * Math.random());
  }

  /** Ends early when the courier is stopped. */
  #wait(ms: number): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    });
  }
}
