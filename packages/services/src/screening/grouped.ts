/**
 * Numbers in groups, one group behind the other in one array: lists by the hundred thousand would be an object each.
 */
export class Grouped {
  /** All numbers, those of a group in the order in which they came. */
  readonly items: Int32Array;
  readonly #starts: Int32Array;

  /** `groups[i]` is the group, below `count`, of `items[i]`. */
  constructor(count: number, groups: readonly number[], items: readonly number[]) {
    const starts = new Int32Array(count + 1);
    for (const group of groups) starts[group + 1]!++;
    for (let group = 0; group < count; group++) starts[group + 1]! += starts[group]!;
    const next = starts.slice(0, count);
    this.items = new Int32Array(items.length);
    for (let index = 0; index < items.length; index++) this.items[next[groups[index]!]!++] = items[index]!;
    this.#starts = starts;
  }

  /** Where a group begins; it ends where the next one does. */
  startOf(group: number): number {
    return this.#starts[group]!;
  }

  sizeOf(group: number): number {
    return this.#starts[group + 1]! - this.#starts[group]!;
  }
}
