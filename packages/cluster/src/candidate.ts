/**
 * A node's way to the lead. When the lease has run out it claims an epoch of its own, and once it reads that claim in
 * the stream the epoch has begun. Then it fills the places that records of the leader before can still get, one by one:
 * of several on their way, one of those could take the place of the first, and the others would hang in the air.
 */
import type { Follower } from './follower.ts';
import type { Beat, Lease } from './lease.ts';
import { type Author, type Content, type Entry, entryBehind, Kind, type Place, WINDOW } from './record.ts';

/** An offer that has not come back for so long is made again. */
const OFFER_MS = 500;

export interface CandidateOptions {
  readonly author: Author;
  readonly follower: Follower;
  readonly lease: Lease;
  /** Behind the last record that this node has read. */
  readonly place: () => Place;
  /** Where clients find this node. */
  readonly address: () => string;
  readonly http: () => string;
  /** Somebody has read a record that this node has not: what was appended behind that place would take another's. */
  readonly isBehind: () => boolean;
  /** Whether every node that lives reads what this one would write. */
  readonly isRead: () => boolean;
  /** Everything is cleared: this node leads. */
  readonly leads: () => void;
  readonly failed: (error: unknown) => void;
}

export class Candidate {
  readonly #options: CandidateOptions;
  /** Its epoch has begun: it leads once everything up to here was read. */
  #leadsFrom: number | undefined;
  #offeredAt = Number.NEGATIVE_INFINITY;
  #resignedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: CandidateOptions) {
    this.#options = options;
  }

  /** Whether this node's epoch has begun, and there is still something to clear. */
  get isAboutToLead(): boolean {
    return this.#leadsFrom !== undefined;
  }

  /** It leaves the lead to others. */
  get resigned(): boolean {
    return performance.now() < this.#resignedUntil;
  }

  /** For so long. */
  resign(milliseconds: number): void {
    this.#resignedUntil = performance.now() + milliseconds;
    this.#leadsFrom = undefined;
  }

  /** Some time has passed, and this node follows. */
  tick(): void {
    if (performance.now() - this.#offeredAt < OFFER_MS) return;
    if (this.#leadsFrom !== undefined) this.moved();
    else if (!this.resigned && this.#mayClaim) this.#claim();
  }

  get #mayClaim(): boolean {
    const { lease, isBehind, isRead } = this.#options;
    return lease.expired && !isBehind() && isRead();
  }

  /** An epoch begins there. Whether it is this node's. */
  begins(entry: Entry): boolean {
    const { author, follower, lease, place, address, http } = this.#options;
    lease.letGo(false);
    this.#leadsFrom = follower.isOurs(entry) && !this.resigned ? entry.sequence + WINDOW - 1 : undefined;
    if (this.#leadsFrom === undefined) return false;
    const { epoch } = entry;
    const { node } = author;
    const { process } = lease;
    const found = (): Pick<Beat, 'address' | 'http'> => ({ address: address(), http: http() });
    lease.hold((): Beat => ({ epoch, node, process, sequence: place().sequence, ...found(), leaving: false }));
    return true;
  }

  /** A record was read. */
  moved(): void {
    if (this.#leadsFrom === undefined) return;
    if (this.#options.place().sequence < this.#leadsFrom) {
      this.#offer({ kind: Kind.proof });
      return;
    }
    this.#leadsFrom = undefined;
    this.#options.leads();
  }

  #claim(): void {
    this.#options.lease.renew();
    this.#offer({ kind: Kind.epoch, body: crypto.getRandomValues(new Uint8Array(16)) });
  }

  #offer(content: Content): void {
    this.#offeredAt = performance.now();
    const { author, follower, place, failed } = this.#options;
    void follower.offer(entryBehind(place(), author, content)).catch(failed);
  }
}
