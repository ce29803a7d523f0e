/**
 * Calls take effect in the order in which they were made, wherever they have an account in common. A call that needs
 * several rounds holds its accounts until it is done; one that needs a single round only keeps its place. A call that
 * has nothing in common with those at work never waits for them, nor for the shard that they wait for.
 */
export class Gate {
  /** By account: what the next call must wait for. */
  readonly #held = new Map<bigint, Promise<void>>();
  /** What every call must wait for. */
  #all: Promise<void> | undefined;

  /** Starts `act` at once where nothing is held, so that it keeps its place. `all`: it may touch every account. */
  run<T>(accounts: 'all' | (() => Iterable<bigint>), rounds: 'one' | 'several', act: () => Promise<T>): Promise<T> {
    if (rounds === 'one' && this.#held.size === 0 && this.#all === undefined) return act();
    const touched = accounts === 'all' ? accounts : new Set(accounts());
    const waits = this.#waits(touched);
    let started: Promise<void> | undefined;
    let answer: Promise<T>;
    if (waits.length === 0) answer = act();
    else {
      let start = (): void => {};
      started = new Promise((resolve) => {
        start = resolve;
      });
      answer = Promise.all(waits).then(() => {
        const acting = act();
        start();
        return acting;
      });
    }
    const held = rounds === 'one' ? started : settled(answer);
    if (held !== undefined) this.#hold(touched, held);
    return answer;
  }

  /** Resolves when nothing is held. */
  async idle(): Promise<void> {
    for (let waits = this.#waits('all'); waits.length > 0; waits = this.#waits('all')) await Promise.all(waits);
  }

  #waits(touched: 'all' | ReadonlySet<bigint>): Promise<void>[] {
    const waits = new Set<Promise<void>>();
    if (this.#all !== undefined) waits.add(this.#all);
    if (touched === 'all') for (const held of this.#held.values()) waits.add(held);
    else if (this.#held.size > 0) {
      for (const account of touched) {
        const held = this.#held.get(account);
        if (held !== undefined) waits.add(held);
      }
    }
    return [...waits];
  }

  #hold(touched: 'all' | ReadonlySet<bigint>, held: Promise<void>): void {
    if (touched === 'all') {
      this.#all = held;
      void held.then(() => {
        if (this.#all === held) this.#all = undefined;
      });
      return;
    }
    for (const account of touched) this.#held.set(account, held);
    void held.then(() => {
      for (const account of touched) if (this.#held.get(account) === held) this.#held.delete(account);
    });
  }
}

function settled(answer: Promise<unknown>): Promise<void> {
  return answer.then(
    () => undefined,
    () => undefined,
  );
}
