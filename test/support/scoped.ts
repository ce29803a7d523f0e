/** A map whose writes can be taken back: while a scope is open they lie in a layer above, to be kept or thrown away. */
export class Scoped<K, V> {
  readonly #kept: Map<K, V> = new Map();
  #layer: Map<K, V> | undefined;

  get(key: K): V | undefined {
    return this.#layer?.get(key) ?? this.#kept.get(key);
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  set(key: K, value: V): void {
    (this.#layer ?? this.#kept).set(key, value);
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
