/**
 * Appends records one behind the other, several in flight. An append whose acknowledgement is missing is sent again
 * with the same bytes for the same place, as often as it takes: the stream stores one message there, and if that is
 * another one, this writer is no longer the leader.
 *
 *   append ──sent──> acknowledged, in order
 *              │ unknown, or refused behind one that is: once nothing is in flight, the first is settled, then the next
 *              └─> the place has our bytes: acknowledged; others, or is cut off: fenced, with all behind it
 */
import { assert, TallystickError } from 'tallystick/internal';
import type { Order } from './order.ts';
import { pause } from './pause.ts';
import type { Entry } from './record.ts';

const AGAIN_MS = 50;
/** 15 s of refusals without a message at that place: a server that was cut off answers for 10 s at most. */
const REFUSALS_MAX = 300;

export interface AppenderEvents {
  /** A quorum has it, and all before it. */
  stored(entry: Entry): void;
  /** Another message has the place of the first entry that is not stored: none of them will ever be. */
  fenced(): void;
  /** The stream answers what it must not. */
  failed(error: unknown): void;
}

interface Sent {
  readonly entry: Entry;
  state: 'sent' | 'stored' | 'open';
}

export class Appender {
  readonly #stream: Order;
  readonly #events: AppenderEvents;
  /** Those that are not told yet, in the order of their places. */
  #sent: Sent[] = [];
  #inFlight = 0;
  #settling = false;
  #ended = false;

  constructor(stream: Order, events: AppenderEvents) {
    this.#stream = stream;
    this.#events = events;
  }

  /** Entries without an outcome. */
  get open(): number {
    return this.#sent.length;
  }

  /** `entry` follows the one that was appended before it. */
  append(entry: Entry): void {
    const last = this.#sent.at(-1);
    assert(last === undefined || last.entry.sequence + 1 === entry.sequence, 'records follow one another');
    const sent: Sent = { entry, state: 'open' };
    this.#sent.push(sent);
    // Behind one that is not settled it would only be refused.
    if (!this.#settling) void this.#send(sent);
  }

  /** No more is appended, and nothing is told any more. */
  end(): void {
    this.#ended = true;
  }

  async #send(sent: Sent): Promise<void> {
    sent.state = 'sent';
    this.#inFlight++;
    try {
      const outcome = await this.#stream.append(sent.entry.bytes, sent.entry.sequence - 1);
      sent.state = outcome === 'stored' ? 'stored' : 'open';
    } catch (error) {
      this.#fail(error);
      return;
    } finally {
      this.#inFlight--;
    }
    this.#tell();
    if (this.#inFlight === 0 && this.#sent.length > 0 && !this.#settling) await this.#settle();
  }

  /** Tells of those at the head that are stored. */
  #tell(): void {
    while (!this.#ended && this.#sent[0]?.state === 'stored') this.#events.stored(this.#sent.shift()!.entry);
  }

  /** Nothing is in flight, and the first has no outcome: settles one after the other. */
  async #settle(): Promise<void> {
    this.#settling = true;
    try {
      while (!this.#ended && this.#sent.length > 0) {
        const first = this.#sent[0]!;
        if (first.state !== 'stored' && !(await this.#settleOne(first))) return;
        this.#tell();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#settling = false;
    }
  }

  /** False when another message has its place. */
  async #settleOne(sent: Sent): Promise<boolean> {
    const { entry } = sent;
    for (let refusals = 0; !this.#ended; ) {
      const outcome = await this.#stream.append(entry.bytes, entry.sequence - 1);
      const there = outcome === 'refused' ? await this.#whatIsAt(entry.sequence) : undefined;
      // A server that led before may not have heard of the one that leads; but not for long.
      if (outcome === 'refused' && ++refusals > REFUSALS_MAX && there === undefined) throw this.#shorter(entry);
      if (outcome === 'stored' || (there !== undefined && Buffer.compare(there, entry.bytes) === 0)) {
        sent.state = 'stored';
        return true;
      }
      if (there !== undefined || (outcome === 'refused' && (await this.#isCut(entry)))) {
        if (!this.#ended) this.#events.fenced();
        return false;
      }
      await pause(AGAIN_MS);
    }
    return false;
  }

  #shorter({ sequence }: Entry): TallystickError {
    return new TallystickError(
      'cluster_damaged',
      `stream ${this.#stream.name} takes no message ${sequence} and has none: it has lost some before it`,
    );
  }

  /** Others have gone on behind it for so long that the stream does not have it any more, whatever it was. */
  async #isCut({ sequence }: Entry): Promise<boolean> {
    return this.#stream.first().then(
      (first) => first > sequence,
      () => false,
    );
  }

  /** Undefined when nobody knows. */
  async #whatIsAt(sequence: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#stream.read(sequence);
    } catch {
      return undefined;
    }
  }

  #fail(error: unknown): void {
    if (!this.#ended) this.#events.failed(error);
    this.#ended = true;
  }
}
