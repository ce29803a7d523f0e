/** What this node hears of the one that leads: that it lives, how far the stream is, and where callers find it. */
import { Freshness } from './freshness.ts';
import { type Beat, Lease } from './lease.ts';
import type { Order } from './order.ts';
import type { Place } from './record.ts';

export interface HearingEvents {
  /** Behind the last record that this node has read. */
  place(): Place;
  leads(): boolean;
  /** Another process says that it is this node, and leads. */
  doubled(): void;
  /** Another node leads a later epoch, and this one led until now. */
  replaced(by: Beat): void;
  /** The stream has a record with that number. */
  expect(sequence: number): void;
}

export class Hearing {
  readonly lease: Lease;
  readonly freshness: Freshness = new Freshness();
  readonly #node: number;
  readonly #events: HearingEvents;
  #beat: Beat | undefined;

  constructor(order: Order, node: number, events: HearingEvents) {
    this.#node = node;
    this.#events = events;
    this.lease = new Lease(order, (beat) => this.#hear(beat));
  }

  /** The node that leads; undefined: none, as far as this one has heard. */
  get leader(): Beat | undefined {
    return this.#beat;
  }

  /** Its HTTP door; undefined where it has none, or has not beaten for longer than a lease. */
  get leaderHttp(): string | undefined {
    const http = this.lease.expired ? '' : (this.#beat?.http ?? '');
    return http === '' ? undefined : http;
  }

  #hear(beat: Beat): void {
    const { epoch } = this.#events.place();
    if (beat.epoch < epoch || beat.process === this.lease.process) return;
    if (beat.node === this.#node) this.#events.doubled();
    else if (!this.#events.leads()) this.#follow(beat);
    else if (beat.epoch > epoch) this.#events.replaced(beat);
  }

  #follow(beat: Beat): void {
    this.#beat = beat.leaving ? undefined : beat;
    this.#events.expect(beat.sequence);
    this.freshness.hear(beat.sequence, this.#events.place().sequence, performance.now());
    if (beat.leaving) this.lease.forgo();
    else this.lease.renew();
  }
}
