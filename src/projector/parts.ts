/**
 * All parts that hold entries, oldest first. The nth part stays the nth for ever: it begins as the generation that is
 * being filled, is sealed, and becomes a run of the same entries. So a search that was interrupted goes on with an
 * entry's number, in whatever holds it by then.
 */
import type { Part } from './part.ts';

export class Parts {
  all: readonly Part[] = [];
  /** Entries in all. */
  entries = 0;

  /** The part that holds `entry`, and its number. */
  indexOf(entry: number): number {
    const { all } = this;
    let low = 0;
    let high = all.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (all[middle]!.firstEntry <= entry) low = middle;
      else high = middle;
    }
    return low;
  }

  of(entry: number): Part {
    return this.all[this.indexOf(entry)]!;
  }
}
