/**
 * The requests of one connection. A client may send many without waiting for answers: a few are answered at a time, the
 * others wait, and until none waits the connection is not read. A stranger's are looked at one by one, so that the
 * first refusal can drop all the others.
 */
import type { Socket } from 'node:net';
import { Meter } from '../meter.ts';

/** Requests of one connection that leave its line in one turn of the event loop: others want the thread as well. */
const LEAVING_MAX = 16;

/** Strangers' share of the requests that may wait. */
const STRANGERS_SHARE = 1 / 4;

/** Requests that wait, of all the connections of a server: each is a few kilobytes. */
export class Waiting {
  readonly all: Meter;
  /** Those of them that are strangers'. */
  readonly strangers: Meter;

  constructor(max: number) {
    this.all = new Meter(max);
    this.strangers = new Meter(max * STRANGERS_SHARE, this.all);
  }
}

/** A request, from when it is looked at to when its answer is with the kernel or its connection has gone. */
export class Turn {
  readonly #ends: (() => void)[] = [];
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  /** Calls `act` at the end, or at once if this is it. */
  atEnd(act: () => void): void {
    if (this.#ended) act();
    else this.#ends.push(act);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const act of this.#ends) act();
  }
}

export class Line {
  readonly #socket: Socket;
  readonly #inFlightMax: number;
  readonly #places: Waiting;
  readonly #turns = new Set<Turn>();
  #waiting: ((turn: Turn) => void)[] = [];
  #beginning = false;
  #stranger = true;
  #closed = false;
  /** Requests that have left the line in this turn. */
  #left = 0;

  constructor(socket: Socket, inFlightMax: number, places: Waiting) {
    this.#socket = socket;
    this.#inFlightMax = inFlightMax;
    this.#places = places;
    // Node's server reads on by itself, after every answer.
    socket.on('resume', () => {
      if (this.#waiting.length > 0) socket.pause();
    });
    socket.once('close', () => {
      this.close();
      // A response that stands behind another one does not hear of it from Node.
      for (const turn of [...this.#turns]) turn.end();
    });
  }

  /** Requests that are not answered. */
  get requests(): number {
    return this.#turns.size + this.#waiting.length;
  }

  get #meter(): Meter {
    return this.#stranger ? this.#places.strangers : this.#places.all;
  }

  get #hasRoom(): boolean {
    return this.#turns.size < (this.#stranger ? 1 : this.#inFlightMax);
  }

  /** The caller has shown who it is. */
  known(): void {
    if (!this.#stranger) return;
    this.#forget(this.#waiting.length);
    this.#stranger = false;
    this.#meter.charge(this.#waiting.length);
    this.#next();
  }

  /** Forgets the requests that wait, and those that still come. */
  close(): void {
    this.#closed = true;
    this.#forget(this.#waiting.length);
    this.#waiting = [];
  }

  /**
   * Calls `begin` when it is this request's turn, and never if the line is closed before. False if there is no room to
   * wait.
   */
  add(begin: (turn: Turn) => void): boolean {
    if (this.#closed) return true;
    if (this.#waiting.length === 0 && this.#hasRoom) {
      this.#begin(begin);
      return true;
    }
    if (!this.#meter.take(1)) return false;
    this.#waiting.push(begin);
    this.#socket.pause();
    return true;
  }

  #begin(begin: (turn: Turn) => void): void {
    const turn = new Turn();
    this.#turns.add(turn);
    turn.atEnd(() => {
      this.#turns.delete(turn);
      this.#next();
    });
    begin(turn);
  }

  #next(): void {
    // Answers that are there at once would recurse ever deeper.
    if (this.#beginning) return;
    this.#beginning = true;
    while (this.#waiting.length > 0 && this.#hasRoom && this.#mayLeave()) {
      const begin = this.#waiting.shift()!;
      this.#forget(1);
      if (this.#waiting.length === 0) this.#socket.resume();
      this.#begin(begin);
    }
    this.#beginning = false;
  }

  /** Refusals come at once: without an end a thousand requests that lie in one packet would be one turn. */
  #mayLeave(): boolean {
    if (this.#left === LEAVING_MAX) return false;
    if (this.#left++ === 0) {
      setImmediate(() => {
        this.#left = 0;
        this.#next();
      });
    }
    return true;
  }

  #forget(count: number): void {
    this.#meter.give(count);
  }
}
