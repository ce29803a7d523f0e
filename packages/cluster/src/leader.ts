/** The lead of one epoch: puts what callers ask into records, and keeps a few of them on their way to the stream. */
import { type Clock, isJournalled } from 'tallystick/internal';
import { Appender } from './appender.ts';
import { type Asked, askedPulse } from './asked.ts';
import { baseBody } from './base.ts';
import type { Batch } from './batches.ts';
import type { Order } from './order.ts';
import { partsOf } from './parts.ts';
import { askedIn, Proposals, type Taken } from './proposals.ts';
import { type Author, type Content, type Entry, entryBehind, Kind, type Place, WINDOW } from './record.ts';
import { eventsTogether, type Group } from './sharing.ts';

const LOOK_MS = 5;
/** A leader of whom nobody asks anything shows that it still leads that often. */
const QUIET_MS = 3000;
/**
 * While a record is on its way, the next one waits until it has so many bytes, or is alone: a record costs every server
 * and every node the same whether one caller is in it or all of them.
 */
const GATHER_SIZE = 64 * 1024;

/** A record on its way, and who waits for it. */
export interface Sent extends Taken {
  readonly entry: Entry;
  /** When it was sent. */
  readonly at: number;
}

export interface LeaderEvents {
  /** A quorum has it; told in order. */
  stored(sent: Sent): void;
  /** Somebody else leads. */
  fenced(): void;
  failed(error: unknown): void;
  /** Events that the engine has and is not done with. */
  open(): number;
  /** Whether pending transfers have expired. */
  isPulseDue(): boolean;
  /** How long ago a record was sent that was stored, milliseconds. */
  age(): number;
  /** The newest version of records that all nodes read. */
  reads(): number;
}

export class Leader {
  readonly #author: Author;
  readonly #clock: Clock;
  readonly #events: LeaderEvents;
  readonly #appender: Appender;
  readonly #proposals = new Proposals();
  /** What this node says besides batches. */
  #sayings: (() => Content)[] = [];
  #sent: Sent[] = [];
  /** The last record made, and the last batch. */
  #tail: Place;
  #last: Batch | undefined;
  #flushing = false;
  #pulsing = false;

  /** Goes on behind the record with which the epoch began, and behind batch `last`. */
  constructor(stream: Order, author: Author, clock: Clock, from: Place, last: Batch | undefined, events: LeaderEvents) {
    this.#author = author;
    this.#clock = clock;
    this.#tail = from;
    this.#last = last;
    this.#events = events;
    this.#appender = new Appender(stream, {
      stored: () => this.#stored(),
      fenced: () => events.fenced(),
      failed: (error) => events.failed(error),
    });
  }

  ask(asked: Asked): void {
    this.#pulse();
    this.#proposals.add(asked);
    this.flushSoon();
  }

  /** Some time has passed. */
  tick(): void {
    this.#pulse();
    const isQuiet = this.#sent.length + this.#sayings.length + this.#proposals.length === 0;
    if (isQuiet && this.#events.age() > QUIET_MS) this.say({ kind: Kind.proof });
  }

  /** Pending transfers whose time has come are ended by a batch like any other, one at a time. */
  #pulse(): void {
    if (this.#pulsing || !this.#events.isPulseDue()) return;
    this.#pulsing = true;
    this.#proposals.add(
      askedPulse(() => {
        this.#pulsing = false;
      }),
    );
    this.flushSoon();
  }

  say(content: Content): void {
    this.#sayings.push(() => content);
    this.flushSoon();
  }

  sayBase(): void {
    this.#sayings.push(() => ({ kind: Kind.base, body: baseBody(this.#last) }));
    this.flushSoon();
  }

  /** There may be room: callers of one turn share a record. */
  flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      while (this.#mayAppend() && this.#flush());
    });
  }

  /** Resolves when nothing is on its way any more, or after so long. */
  async settled(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    while (this.#sent.length + this.#proposals.length > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Appends no more. What is in no record is rejected with `reason`; what is in one is returned. */
  end(reason: unknown): readonly Sent[] {
    this.#appender.end();
    this.#proposals.drop(reason);
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  #mayAppend(): boolean {
    if (this.#sent.length === 0) return true;
    return this.#sent.length < WINDOW && (this.#sayings.length > 0 || this.#proposals.size >= GATHER_SIZE);
  }

  /** False when there is nothing to append. */
  #flush(): boolean {
    const saying = this.#sayings.shift();
    if (saying !== undefined) {
      this.#append({ groups: [], events: 0 }, saying());
      return true;
    }
    const onTheWay = this.#sent.reduce((sum, { events }) => sum + events, 0);
    const taken = this.#proposals.take(onTheWay + this.#events.open());
    if (taken === undefined) return false;
    const batches = this.#stamped(taken.groups);
    this.#last = batches.at(-1) ?? this.#last;
    this.#append(taken, batches.length === 0 ? { kind: Kind.proof } : { kind: Kind.batches, batches });
    return true;
  }

  #append(taken: Taken, content: Content): void {
    const entry = entryBehind(this.#tail, this.#author, content, this.#events.reads());
    this.#tail = entry;
    this.#sent.push({ ...taken, entry, at: performance.now() });
    this.#appender.append(entry);
  }

  /** The batches among the requests, with their places in time: every event has a nanosecond of its own. */
  #stamped(groups: readonly Group[]): Batch[] {
    let last = this.#tail.timestamp;
    return groups
      .filter(({ asked }) => isJournalled(asked[0]!.operation))
      .map((group) => {
        const now = this.#clock.wall();
        last = (now > last ? now : last + 1n) + BigInt(group.count);
        return {
          operation: group.asked[0]!.operation,
          count: group.count,
          events: eventsTogether(group),
          timestamp: last,
          parts: partsOf(group.asked),
        };
      });
  }

  #stored(): void {
    const sent = this.#sent.shift()!;
    for (const { context } of askedIn(sent)) context.enters?.('durable');
    this.#events.stored(sent);
    this.flushSoon();
  }
}
