/**
 * In which order the events of one request are done, so that they end as they would one after the other: an event comes
 * in a later stage than those before it that it has something in common with. Even stages go to the shards as they are;
 * what is in an odd one is settled, all side by side.
 */
export class Stages {
  readonly #last = new Map<bigint, number>();

  /** The stage of an event that has these things in common with others. */
  place(things: Iterable<bigint>, how: 'sent' | 'settled'): number {
    const odd = how === 'settled' ? 1 : 0;
    let least = odd;
    const common = [...things];
    for (const thing of common) {
      const last = this.#last.get(thing);
      if (last === undefined) continue;
      // What is sent keeps its order on its shard; what is settled at once does not.
      const next = odd === 0 ? last : last + 1;
      if (next > least) least = next;
    }
    const stage = least % 2 === odd ? least : least + 1;
    for (const thing of common) this.#last.set(thing, stage);
    return stage;
  }
}
