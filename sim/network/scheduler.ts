/**
 * Simulated time: a queue of events, each taken at its moment. Everything that runs belongs to a life, one of a
 * process: it can be paused, and it can end, and then nothing of it happens any more. What a turn leaves to promises
 * and to the next tick is done before the next event.
 */

/** A process, as far as time is concerned. */
export class Life {
  readonly name: string;
  dead = false;
  paused = false;
  /** Events that came while it was paused. */
  readonly deferred: Event[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

interface Event {
  /** Milliseconds. */
  readonly at: number;
  /** The event that was scheduled first comes first among those of the same moment. */
  readonly order: number;
  readonly life: Life | undefined;
  readonly act: () => void;
  cancelled: boolean;
}

export type { Event };

const turn = setImmediate;
/** Turns that are asked for at once. */
const TURNS = 64;

export class Scheduler {
  /** Milliseconds since the beginning. */
  now = 0;
  /** Whose turn it is; undefined: the world's. */
  current: Life | undefined;
  /** Thrown by something that nobody waits for. */
  failure: unknown;
  /** Events taken so far. */
  taken = 0;
  #order = 0;
  /** Before all others of their moment: what waited for its process to go on. */
  #early = -(2 ** 50);
  /** A binary heap. */
  readonly #events: Event[] = [];

  /** `act` happens in `delay` milliseconds, in the life of `life`: of whoever asks, if left out. */
  after(delay: number, act: () => void, life: Life | undefined = this.current): Event {
    const event = { at: this.now + Math.max(0, delay), order: this.#order++, life, act, cancelled: false };
    this.#push(event);
    return event;
  }

  /**
   * The world's turn becomes that of `life`, the last thing that it does: `act` happens now, or when `life` goes on.
   */
  enter(life: Life | undefined, act: () => void): void {
    if (life?.dead === true) return;
    if (life?.paused === true) {
      life.deferred.push({ at: this.now, order: this.#order++, life, act, cancelled: false });
      return;
    }
    this.current = life;
    act();
  }

  /** As {@link after}, in nobody's life. */
  afterAll(delay: number, act: () => void): Event {
    const { current } = this;
    this.current = undefined;
    const event = this.after(delay, act);
    this.current = current;
    return event;
  }

  /**
   * At a moment to the last bit, in nobody's life: a delay that is added to what it was taken from need not come out
   * there.
   */
  atAll(at: number, act: () => void): void {
    this.#push({ at: Math.max(this.now, at), order: this.#order++, life: undefined, act, cancelled: false });
  }

  resume(life: Life): void {
    life.paused = false;
    for (const event of life.deferred.splice(0)) this.#push({ ...event, at: this.now, order: this.#early++ });
  }

  /**
   * Takes events until `done`, at most until `limit` (milliseconds since the beginning). False: the limit came first.
   */
  run(done: () => boolean, limit: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      let over = false;
      // Promises and next ticks of one turn are done with before the next one. Turns are asked for by the dozen:
      // between them, nothing of the system is looked at.
      const next = (): void => {
        if (over) return;
        try {
          if (this.failure !== undefined) throw this.failure;
          this.current = undefined;
          const reached = done();
          if (!reached && this.#take(limit)) return;
          over = true;
          resolve(reached);
        } catch (error) {
          over = true;
          reject(error);
        }
      };
      const some = (): void => {
        next();
        if (over) return;
        for (let count = 1; count < TURNS; count++) turn(next);
        turn(some);
      };
      turn(some);
    });
  }

  /** Lets the next event happen. False: none until `limit`. */
  #take(limit: number): boolean {
    for (;;) {
      const event = this.#events[0];
      if (event === undefined || event.at > limit) {
        this.now = Math.max(this.now, limit);
        return false;
      }
      this.#pop();
      if (event.cancelled || event.life?.dead === true) continue;
      if (event.life?.paused === true) {
        event.life.deferred.push(event);
        continue;
      }
      this.now = Math.max(this.now, event.at);
      this.taken++;
      this.current = event.life;
      event.act();
      return true;
    }
  }

  #push(event: Event): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(events[parent]!, event)) break;
      events[at] = events[parent]!;
      at = parent;
    }
    events[at] = event;
  }

  #pop(): void {
    const events = this.#events;
    const last = events.pop()!;
    if (events.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && before(events[child + 1]!, events[child]!)) child++;
      if (before(last, events[child]!)) break;
      events[at] = events[child]!;
      at = child;
    }
    events[at] = last;
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
