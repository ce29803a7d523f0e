/** A small seeded generator (xorshift over two 32-bit words): the same seed gives the same stream everywhere. */
export class Random {
  #a: number;
  #b: number;

  constructor(seed: number) {
    this.#a = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x7f4a7c15) | 0;
    this.#b = (Math.imul((seed / 0x1_0000_0000) | 0, 0x85ebca6b) ^ 0x165667b1) | 0;
    if (this.#a === 0 && this.#b === 0) this.#a = 1;
    for (let i = 0; i < 8; i++) this.u32();
  }

  /** 0 .. 2^32 - 1 */
  u32(): number {
    const t = this.#a ^ (this.#a << 10);
    this.#a = this.#b;
    this.#b = this.#b ^ (this.#b >>> 13) ^ t ^ (t >>> 10);
    return Math.imul(this.#b, 0x9e3779b1) >>> 0;
  }

  /** 0 .. n - 1 */
  below(n: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * n);
  }

  /** from .. to, both included */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.u32() / 0x1_0000_0000 < probability;
  }

  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new RangeError('nothing to pick from');
    return values[this.below(values.length)] as T;
  }

  /** A bigint of `bits` random bits, a multiple of 32. */
  bits(bits: number): bigint {
    let value = 0n;
    for (let i = 0; i < bits; i += 32) value = (value << 32n) | BigInt(this.u32());
    return value;
  }
}
