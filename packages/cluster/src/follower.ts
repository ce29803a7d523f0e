/** Reads the stream for a node that does not lead, and offers it records that would make it lead. */

import type { Order } from './order.ts';
import { Reader } from './reader.ts';
import { type Entry, Kind, readEntry, sameHash } from './record.ts';

/** An offer whose answer was lost can still be stored; one of long ago cannot. */
const CLAIMS_MAX = 16;

export interface FollowerEvents {
  /** The next record. No other one comes before the promise is resolved. */
  accept(entry: Entry): Promise<void>;
  /** The stream begins behind the next record. */
  cut(): void;
  failed(error: unknown): void;
}

export class Follower {
  readonly #stream: Order;
  readonly #events: FollowerEvents;
  #reader: Reader | undefined;
  /** Hashes of the epochs that this node has tried to begin. */
  #claims: Uint8Array[] = [];

  constructor(stream: Order, events: FollowerEvents) {
    this.#stream = stream;
    this.#events = events;
  }

  /** Reads from message `sequence` on. */
  readFrom(sequence: number): void {
    this.#reader?.end();
    this.#reader = new Reader(this.#stream, sequence, {
      message: (bytes) => this.#events.accept(readEntry(bytes)),
      cut: () => this.#events.cut(),
      failed: (error) => this.#events.failed(error),
    });
  }

  /** The stream has a message with that number, as its leader says. */
  expect(sequence: number): void {
    this.#reader?.expect(sequence);
  }

  stop(): void {
    this.#reader?.end();
  }

  /**
   * Offers the stream a record behind everything that was read. Only if nobody has appended anything since does it take
   * the record; then that is read like any other.
   */
  async offer(entry: Entry): Promise<void> {
    if (entry.kind === Kind.epoch) this.#claims = [...this.#claims.slice(1 - CLAIMS_MAX), entry.hash];
    if ((await this.#stream.append(entry.bytes, entry.sequence - 1)) === 'stored') this.expect(entry.sequence);
  }

  /** Whether this node has claimed the epoch that begins there, and not a process before it. */
  isOurs({ hash }: Entry): boolean {
    return this.#claims.some((claim) => sameHash(claim, hash));
  }
}
