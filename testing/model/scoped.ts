/**
 * V8 finds a bigint by its lowest 64 bits, and ids may differ in the highest alone: another one for each, with both in
 * its low half. Up to 128 bits.
 */
export function placeOf(id: bigint): bigint {
  return id ^ (id >> 64n);
}

/** A map whose writes can be taken back: while a scope is open they lie in a layer above, to be kept or thrown away. */
export class Scoped<V> {
  readonly #kept: Map<bigint, V> = new Map();
  #layer: Map<bigint, V> | undefined;

  get(key: bigint): V | undefined {
    const place = placeOf(key);
    return this.#layer?.get(place) ?? this.#kept.get(place);
  }

  has(key: bigint): boolean {
    return this.get(key) !== undefined;
  }

  set(key: bigint, value: V): void {
    (this.#layer ?? this.#kept).set(placeOf(key), value);
  }

  /** Every value; only while no scope is open. */
  values(): IterableIterator<V> {
    if (this.#layer) throw new Error('a scope is open');
    return this.#kept.values();
  }

  open(): void {
    if (this.#layer) throw new Error('a scope is open already');
    this.#layer = new Map();
  }

  persist(): void {
    for (const [key, value] of this.#layer ?? []) this.#kept.set(key, value);
    this.#layer = undefined;
  }

  discard(): void {
    this.#layer = undefined;
  }
}
