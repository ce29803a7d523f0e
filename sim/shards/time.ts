/** Simulated time: events, each taken at its moment. What an event leaves to promises is done before the next. */
import { setImmediate } from 'node:timers/promises';

interface Event {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
  cancelled: boolean;
}

export class Time {
  /** Milliseconds since the beginning. */
  now = 0;
  taken = 0;
  #order = 0;
  readonly #events: Event[] = [];

  /** `act` happens in so many milliseconds; returns what takes that back. */
  after(delay: number, act: () => void): () => void {
    const event = { at: this.now + Math.max(0, delay), order: this.#order++, act, cancelled: false };
    let place = this.#events.length;
    while (place > 0 && this.#events[place - 1]!.at > event.at) place--;
    this.#events.splice(place, 0, event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Takes the next event; false if there is none. */
  async step(): Promise<boolean> {
    const event = this.#events.shift();
    if (event === undefined) return false;
    if (event.cancelled) return true;
    this.now = event.at;
    this.taken++;
    event.act();
    await setImmediate();
    return true;
  }

  /** Takes events until the promise has ended. Throws if none is left, or after too many. */
  async until<T>(promise: Promise<T>, most = 200_000): Promise<T> {
    let ended = false;
    const done = (): void => {
      ended = true;
    };
    promise.then(done, done);
    await setImmediate();
    for (let events = 0; !ended; events++) {
      if (events > most || !(await this.step())) throw new Error('nobody answers any more');
    }
    return promise;
  }
}
