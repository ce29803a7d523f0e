/**
 * The requests that are not answered: those that wait for credit or a connection, in order, and those that were sent,
 * by number.
 */
import { CELL_SIZE, type Read } from '../model/index.ts';
import type { Welcome } from '../wire/index.ts';
import type { Encoded } from './batcher.ts';
import type { Patient } from './full-lane.ts';

/** A request that is not answered. */
export interface Call extends Encoded, Patient {
  readonly operation: number;
  /** The request's number within the session. */
  readonly number: number;
  /** It may be sent again if its outcome is unknown. */
  readonly again: boolean;
  /** The server keeps its reply until we have it. */
  readonly kept: boolean;
  /** The last op that was known when it was sent first; undefined: it was not sent. */
  since: number | undefined;
  /** Its header names the caller's span. */
  readonly traced: boolean;
  /** On a connection that ended. */
  wasSent: boolean;
  /** Its time is over, and its caller has heard so. */
  givenUp: boolean;
  readonly read: Read<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls between two looks for the oldest without an answer. */
const LOOKS_EVERY = 256;

export class Calls {
  /** From `#head` on. */
  #waiting: Call[] = [];
  #head = 0;
  readonly #sent = new Map<number, Call>();
  #sentCells = 0;
  /** Those that a full lane has refused, until they wait again. */
  #resting = 0;
  /** Bytes of the calls that wait. */
  waitingBytes = 0;
  /** Calls without an answer that a full lane has refused: they do not wait in the order of their numbers. */
  #refused = 0;
  #oldest = 0;
  #lookedAt = 0;

  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  get sent(): number {
    return this.#sent.size;
  }

  get unanswered(): number {
    return this.waiting + this.sent + this.#resting;
  }

  /**
   * A number before which every call was answered; `next` is the next call's. Looked for now and then: it may be a
   * little too small.
   */
  answeredBefore(next: number): number {
    if (this.#refused > 0 || ((next - this.#lookedAt) | 0) < LOOKS_EVERY) return this.#oldest;
    this.#lookedAt = next;
    let oldest = this.#waiting[this.#head]?.number ?? next;
    for (const number of this.#sent.keys()) if (((number - oldest) | 0) < 0) oldest = number;
    this.#oldest = oldest;
    return oldest;
  }

  add(call: Call): void {
    this.#waiting.push(call);
    this.waitingBytes += call.size;
  }

  /** It was answered, but is not done with: it waits again in so many milliseconds. */
  rest(call: Call, milliseconds: number, awake: () => void): void {
    this.#resting++;
    this.#refused++;
    setTimeout(() => {
      this.#resting--;
      if (call.givenUp) this.#refused--;
      else this.add(call);
      awake();
    }, milliseconds);
  }

  /** Those that the credit lets go now, in order; they count as sent. One may go whatever its size. */
  send({ requestsMax, cellsMax }: Welcome): readonly Call[] {
    const from = this.#head;
    let to = from;
    for (; to < this.#waiting.length; to++) {
      const call = this.#waiting[to]!;
      const cells = call.size / CELL_SIZE;
      if (this.#sent.size > 0 && (this.#sent.size >= requestsMax || this.#sentCells + cells > cellsMax)) break;
      this.#sent.set(call.number, call);
      this.#sentCells += cells;
      this.waitingBytes -= call.size;
    }
    const all = this.#waiting;
    // Those that have left are let go, even if some always wait; each is moved once at most.
    if (to * 2 >= all.length) {
      this.#waiting = to === all.length ? [] : all.slice(to);
      this.#head = 0;
    } else this.#head = to;
    return from === 0 && to === all.length ? all : all.slice(from, to);
  }

  /** Takes it out of those that wait; false if it is not among them: it was sent, or rests. */
  giveUp(call: Call): boolean {
    const index = this.#waiting.indexOf(call, this.#head);
    if (index === -1) return false;
    this.#waiting.splice(index, 1);
    this.#gone(call);
    this.waitingBytes -= call.size;
    return true;
  }

  /** The call that a reply belongs to; undefined: there is none. */
  answered(number: number, operation: number): Call | undefined {
    const call = this.#sent.get(number);
    if (call === undefined || call.operation !== operation) return undefined;
    this.#sent.delete(number);
    this.#sentCells -= call.size / CELL_SIZE;
    this.#gone(call);
    return call;
  }

  #gone(call: Call): void {
    if (call.patientUntil !== undefined) this.#refused--;
  }

  /**
   * The connection is gone: what may be sent again waits again, before what was not sent yet. Returns the others, given
   * up.
   */
  lost(again: (call: Call) => boolean): Call[] {
    const kept: Call[] = [];
    const given: Call[] = [];
    for (const call of this.#sent.values()) (again(call) ? kept : given).push(call);
    for (const call of given) this.#gone(call);
    for (const call of kept) {
      call.wasSent = true;
      this.waitingBytes += call.size;
    }
    this.#sent.clear();
    this.#sentCells = 0;
    this.#waiting = kept.concat(this.#waiting.slice(this.#head));
    this.#head = 0;
    return given;
  }

  /** Gives up all that wait, and returns them. */
  drop(): Call[] {
    const given = this.#waiting.slice(this.#head);
    for (const call of given) this.#gone(call);
    this.#waiting = [];
    this.#head = 0;
    this.waitingBytes = 0;
    return given;
  }
}
