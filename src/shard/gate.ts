/**
 * Calls take effect in the order in which they were made, on each shard. A call that needs several rounds holds its
 * shards until it is done; one that needs a single round only keeps its place. Shards that a call does not touch never
 * wait for it.
 */
export class Gate {
  /** What the next call must wait for, by shard. */
  readonly #before = new Map<number, Promise<void>>();

  /** Starts `act` at once where nobody holds one of the shards, so that it keeps its place. */
  run<T>(shards: Iterable<number>, rounds: 'one' | 'several', act: () => Promise<T>): Promise<T> {
    const touched = [...shards];
    const waits = touched.map((shard) => this.#before.get(shard)).filter((wait) => wait !== undefined);
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
    if (held !== undefined) for (const shard of touched) this.#hold(shard, held);
    return answer;
  }

  /** Resolves when nothing is held. */
  async idle(): Promise<void> {
    while (this.#before.size > 0) await Promise.all(this.#before.values());
  }

  #hold(shard: number, held: Promise<void>): void {
    this.#before.set(shard, held);
    void held.then(() => {
      if (this.#before.get(shard) === held) this.#before.delete(shard);
    });
  }
}

function settled(answer: Promise<unknown>): Promise<void> {
  return answer.then(
    () => undefined,
    () => undefined,
  );
}
