/** Answers that another process owes, by number. One that stays away is an error: nothing waits for ever. */

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Answers {
  readonly #waiting = new Map<number, Waiting>();
  readonly #silent: (what: string) => Error;
  readonly #limitMs: number;

  /** `silent` makes the error for an answer to `what` that did not come in `limitMs`. */
  constructor(limitMs: number, silent: (what: string) => Error) {
    this.#limitMs = limitMs;
    this.#silent = silent;
  }

  /** Resolves or rejects as {@link settle} says; rejects when nothing was said in time. */
  promised(number: number, what: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.settle(number, undefined, this.#silent(what)), this.#limitMs);
      const ended =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(late);
          then(value);
        };
      this.#waiting.set(number, { resolve: ended(resolve), reject: ended(reject) });
    });
  }

  /** An answer that nobody waits for any more is passed over. */
  settle(number: number, value: unknown, error: Error | undefined): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(error);
  }

  /** The process is gone. */
  end(error: Error): void {
    for (const number of this.#waiting.keys()) this.settle(number, undefined, error);
  }
}
