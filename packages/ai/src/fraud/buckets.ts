/**
 * A sum over the last so many steps of time, for each account: one bucket a step, which is emptied when it comes round
 * again, and the sum of all. Numbers are integers, so the sum is exact however often something was added and taken.
 */
type Numbers = Uint32Array | Float64Array;

export class Buckets {
  readonly #count: number;
  readonly #make: (size: number) => Numbers;
  #cells: Numbers;
  #sums: Numbers;
  /** The newest step that was written. */
  #now: Int32Array = new Int32Array(0);

  /** `count`: steps. `make`: what numbers are kept in. */
  constructor(count: number, make: (size: number) => Numbers) {
    this.#count = count;
    this.#make = make;
    this.#cells = make(0);
    this.#sums = make(0);
  }

  grow(capacity: number): void {
    const cells = this.#make(capacity * this.#count);
    const sums = this.#make(capacity);
    const now = new Int32Array(capacity);
    cells.set(this.#cells);
    sums.set(this.#sums);
    now.set(this.#now);
    [this.#cells, this.#sums, this.#now] = [cells, sums, now];
  }

  /** Steps before the newest one count as that. */
  add(slot: number, step: number, more: number): void {
    if (step > this.#now[slot]!) this.#turn(slot, step);
    const at = this.#count * slot + (this.#now[slot]! % this.#count);
    this.#cells[at] = this.#cells[at]! + more;
    this.#sums[slot] = this.#sums[slot]! + more;
  }

  /** The sum over the steps up to `step`. Looking changes nothing. */
  total(slot: number, step: number): number {
    const last = this.#now[slot]!;
    if (step <= last) return this.#sums[slot]!;
    let sum = 0;
    const at = this.#count * slot;
    for (let one = Math.max(step - this.#count, -1) + 1; one <= last; one++)
      sum += this.#cells[at + (one % this.#count)]!;
    return sum;
  }

  /** What the bucket of this step has, or the newest one where that is later. */
  at(slot: number, step: number): number {
    const last = this.#now[slot]!;
    return step <= last ? this.#cells[this.#count * slot + (last % this.#count)]! : 0;
  }

  /** Numbers that make one state equal to another. */
  get words(): readonly Uint32Array[] {
    return [this.#cells, this.#sums, this.#now].map(({ buffer }) => new Uint32Array(buffer as ArrayBuffer));
  }

  /** Empties the buckets of all steps after the newest, up to `step`. */
  #turn(slot: number, step: number): void {
    const at = this.#count * slot;
    const last = this.#now[slot]!;
    if (step - last >= this.#count) {
      this.#cells.fill(0, at, at + this.#count);
      this.#sums[slot] = 0;
    } else {
      for (let one = last + 1; one <= step; one++) {
        const cell = at + (one % this.#count);
        this.#sums[slot] = this.#sums[slot]! - this.#cells[cell]!;
        this.#cells[cell] = 0;
      }
    }
    this.#now[slot] = step;
  }
}
