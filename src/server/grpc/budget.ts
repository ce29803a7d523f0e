/** Bytes that a server may have in its hands for clients. Who finds none left waits its turn. */
export class Budget {
  readonly #max: number;
  #used = 0;
  #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether there was room; there always is while nobody else has any. */
  take(bytes: number): boolean {
    if (this.#used > 0 && this.#used + bytes > this.#max) return false;
    this.#used += bytes;
    return true;
  }

  /** Room or not: for what has become larger than it looked. */
  charge(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const retry of waiting) retry();
  }

  /** Calls `retry` once, after the next `give`. */
  wait(retry: () => void): void {
    this.#waiting.push(retry);
  }
}
