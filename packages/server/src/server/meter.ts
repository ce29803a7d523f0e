/**
 * A bounded sum with a fair line, for whatever the clients of a server share: bytes that a door has in its hands for
 * them, cells of the lanes, requests that stand behind others. Whoever finds no room waits in line, and is called when
 * it should ask again. A meter may stand within a larger one, as a door's does within that of all doors: what is taken
 * counts in both, and there is one line for all of them.
 */
import { assert } from 'tallystick/internal/base';

export class Meter {
  readonly max: number;
  readonly #all: Meter | undefined;
  #used = 0;
  /** Those who wait, in the order in which they came, each with the meter that it has asked. */
  readonly #line = new Map<() => void, Meter>();
  /** Since when a client has been waiting; 0: none is. */
  #shortSince = 0;

  /** `all`: the meter that this one is a part of. */
  constructor(max: number, all?: Meter) {
    this.max = max;
    this.#all = all;
  }

  get used(): number {
    return this.#used;
  }

  get isHalfFull(): boolean {
    return this.#used > this.max / 2 || this.#all?.isHalfFull === true;
  }

  /** Whether there is room for so much; there always is while no other client holds any. */
  fits(amount: number): boolean {
    if (this.#used > 0 && this.#used + amount > this.max) return false;
    return this.#all === undefined || this.#all.fits(amount);
  }

  /**
   * Whether one more client may take something, whatever its size. If not, `wake` is called, once, when it may ask
   * again.
   */
  has(wake: () => void): boolean {
    if (this.fits(1)) return true;
    this.wait(wake);
    return false;
  }

  /** Takes it if there is room. */
  take(amount: number): boolean {
    if (!this.fits(amount)) return false;
    this.charge(amount);
    return true;
  }

  /** Room or not: for what has become larger than it looked. */
  charge(amount: number): void {
    this.#used += amount;
    this.#all?.charge(amount);
  }

  give(amount: number): void {
    assert(amount <= this.#used, 'no more is given back than was taken');
    this.#used -= amount;
    this.#all?.give(amount);
    if (this.#line.size > 0) this.#wake();
  }

  /** Calls `wake` once, after room was given back, here or, if that was what was missing, in the larger meter. */
  wait(wake: () => void): void {
    this.#enter(wake, this);
  }

  #enter(wake: () => void, asked: Meter): void {
    if (this.#shortSince === 0) this.#shortSince = performance.now();
    this.#line.set(wake, asked);
    if (this.#all !== undefined) this.#all.#enter(wake, asked);
  }

  /** Whoever has gone is not called. */
  forget(wake: () => void): void {
    this.#leave(wake);
    this.#calm();
  }

  #leave(wake: () => void): void {
    this.#line.delete(wake);
    if (this.#all !== undefined) this.#all.#leave(wake);
  }

  /**
   * In the order of the line, as long as there is room. One that asks again has its turn when the others have had
   * theirs.
   */
  #wake(): void {
    let turns = this.#line.size;
    for (const [wake, asked] of this.#line) {
      if (turns-- === 0 || !this.fits(1)) break;
      if (asked !== this && !asked.fits(1)) continue;
      asked.#leave(wake);
      wake();
      asked.#calm();
    }
  }

  #calm(): void {
    if (this.#line.size === 0) this.#shortSince = 0;
    if (this.#all !== undefined) this.#all.#calm();
  }

  /** Milliseconds for which a client has been waiting. */
  shortFor(now: number): number {
    return this.#shortSince === 0 ? 0 : now - this.#shortSince;
  }
}

/** One client's part of a meter, brought up to date as it changes. */
export class Holding {
  readonly #meter: Meter;
  #held = 0;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  set(amount: number): void {
    const more = amount - this.#held;
    this.#held = amount;
    if (more > 0) this.#meter.charge(more);
    else if (more < 0) this.#meter.give(-more);
  }
}
