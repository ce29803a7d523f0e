/**
 * Bytes that a door may have in its hands for clients, within what all doors may have together. A client for whom there
 * is no room waits its turn. If room stays short, the server cuts off the clients that take most slowly
 * (socket-counts.ts).
 */
/** Fewer bytes than that are on their way, and may not be told of when they have gone. */
const STANDING_SIZE = 64 * 1024;

export class Budget {
  readonly max: number;
  readonly #all: Budget | undefined;
  #used = 0;
  #waiting: (() => void)[] = [];
  /** Since when a client has been waiting; 0: none is. */
  #shortSince = 0;

  /** `all`: the budget of all doors. */
  constructor(max: number, all?: Budget) {
    this.max = max;
    this.#all = all;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether there is room for so many bytes; there always is while no other client holds any. */
  fits(bytes: number): boolean {
    if (this.#used > 0 && this.#used + bytes > this.max) return false;
    return this.#all === undefined || this.#all.fits(bytes);
  }

  /**
   * Whether a client may have more while so many bytes stand that it has not taken. With half of the room used, those
   * who take what they get go first: a client that does not is heard of again when its socket drains.
   */
  welcomes(standing: number): boolean {
    return standing < STANDING_SIZE || !this.isHalfFull;
  }

  get isHalfFull(): boolean {
    return this.#used > this.max / 2 || this.#all?.isHalfFull === true;
  }

  /** Takes them if there is room. */
  take(bytes: number): boolean {
    if (!this.fits(bytes)) return false;
    this.charge(bytes);
    return true;
  }

  /** Room or not: for what has become larger than it looked. */
  charge(bytes: number): void {
    this.#used += bytes;
    this.#all?.charge(bytes);
  }

  give(bytes: number): void {
    this.#used -= bytes;
    this.#wake();
    this.#all?.give(bytes);
  }

  #wake(): void {
    if (this.#waiting.length === 0 || !this.fits(1)) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const retry of waiting) retry();
    if (this.#waiting.length === 0) this.#shortSince = 0;
  }

  /** Calls `retry` once, after room was given back. */
  wait(retry: () => void): void {
    if (this.#shortSince === 0) this.#shortSince = performance.now();
    let asked = false;
    const once = (): void => {
      if (asked) return;
      asked = true;
      retry();
    };
    this.#waiting.push(once);
    // A client that other doors keep out is called when they give room back.
    if (this.#all !== undefined) this.#all.wait(once);
  }

  /** Milliseconds for which a client has been waiting. */
  shortFor(now: number): number {
    return this.#shortSince === 0 ? 0 : now - this.#shortSince;
  }
}

/** One client's part of a budget, brought up to date as it changes. */
export class Holding {
  readonly #budget: Budget;
  #bytes = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  set(bytes: number): void {
    const more = bytes - this.#bytes;
    this.#bytes = bytes;
    if (more > 0) this.#budget.charge(more);
    else if (more < 0) this.#budget.give(-more);
  }
}
