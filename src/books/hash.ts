/**
 * 128-bit names for things that have none: FNV-1a over UTF-16 code units, as two bytes each, finished with a mixer.
 * Deterministic on every machine and forever: ids in people's ledgers depend on it, so it must never change.
 * It guards against chance, not against an adversary who makes up texts to collide.
 */

const MASK = (1n << 128n) - 1n;
const PRIME = (1n << 88n) + 0x13bn;
const BASIS = 0x6c62272e07bb014262b821756295c58dn;

/** The hash of the parts in order, each behind its length: ['a', 'b'] and ['ab'] differ. Never 0 and never 2^128-1. */
export const hash128 = (parts: readonly string[]): bigint => EMPTY.finish(parts);

/** For many hashes whose first parts are the same: `prefix(['a']).finish(['b'])` is `hash128(['a', 'b'])`. */
export interface Prefix {
  finish(rest: readonly string[]): bigint;
  /** The same with more parts behind it. */
  and(parts: readonly string[]): Prefix;
}

export const prefix = (parts: readonly string[]): Prefix => EMPTY.and(parts);

const limbOf = (value: bigint, index: number): number => Number((value >> BigInt(index * 32)) & 0xffff_ffffn);
const BASIS_LIMBS = [limbOf(BASIS, 0), limbOf(BASIS, 1), limbOf(BASIS, 2), limbOf(BASIS, 3)] as const;
const LIMB = 2 ** 32;
/** The prime is 2^88 + 0x13b, and its square 630 * 2^88 + 99225 and what is above 128 bits. */
const PRIME_LOW = 0x13b;
const SQUARE_LOW = PRIME_LOW * PRIME_LOW;
const SQUARE_HIGH = 2 * PRIME_LOW;

/**
 * Four limbs of 32 bits in doubles, whose products have at most 50 bits. The second byte of most code units is zero,
 * which changes nothing before it is multiplied: the two multiplications are then one, by the square of the prime.
 */
class Fnv implements Prefix {
  #l0: number = BASIS_LIMBS[0];
  #l1: number = BASIS_LIMBS[1];
  #l2: number = BASIS_LIMBS[2];
  #l3: number = BASIS_LIMBS[3];

  #feedAll(parts: readonly string[]): void {
    for (const part of parts) {
      this.#feed(String(part.length));
      this.#feed(':');
      this.#feed(part);
    }
  }

  and(parts: readonly string[]): Fnv {
    const longer = new Fnv();
    longer.#l0 = this.#l0;
    longer.#l1 = this.#l1;
    longer.#l2 = this.#l2;
    longer.#l3 = this.#l3;
    longer.#feedAll(parts);
    return longer;
  }

  finish(rest: readonly string[]): bigint {
    const [l0, l1, l2, l3] = [this.#l0, this.#l1, this.#l2, this.#l3];
    this.#feedAll(rest);
    const low = BigInt(this.#l0 + (this.#l1 & 0xfffff) * LIMB);
    const high = BigInt((this.#l1 >>> 20) + this.#l2 * 2 ** 12);
    const hash = mix((BigInt(this.#l3) << 96n) | (high << 52n) | low);
    this.#l0 = l0;
    this.#l1 = l1;
    this.#l2 = l2;
    this.#l3 = l3;
    return hash === 0n || hash === MASK ? BASIS : hash;
  }

  #feed(text: string): void {
    let [l0, l1, l2, l3] = [this.#l0, this.#l1, this.#l2, this.#l3];
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const wide = unit > 0xff;
      const low = wide ? PRIME_LOW : SQUARE_LOW;
      const high = wide ? 1 : SQUARE_HIGH;
      for (let byte = unit & 0xff, more = wide; ; byte = unit >>> 8, more = false) {
        const x0 = (l0 ^ byte) >>> 0;
        // What the upper bit of the prime moves to bit 88: of its product, 40 bits fit.
        const upper = (x0 + (l1 & 0xff) * LIMB) * high;
        const p0 = x0 * low;
        const p1 = l1 * low + Math.floor(p0 / LIMB);
        const p2 = l2 * low + Math.floor(p1 / LIMB) + (upper & 0xff) * 2 ** 24;
        const p3 = l3 * low + Math.floor(p2 / LIMB) + Math.floor(upper / 2 ** 8);
        l0 = p0 >>> 0;
        l1 = p1 >>> 0;
        l2 = p2 >>> 0;
        l3 = p3 >>> 0;
        if (!more) break;
      }
    }
    this.#l0 = l0;
    this.#l1 = l1;
    this.#l2 = l2;
    this.#l3 = l3;
  }
}

const EMPTY = new Fnv();

/** A factor of the first round, with the prime in it: what is above 128 bits is cut off in the end anyway. */
const FIRST_FACTOR = (PRIME * 0x9e3779b97f4a7c15f39cc0605cedc835n) & MASK;
const SECOND_FACTOR = 0xd6e8feb86659fd93a5b8d2f3c6b7e0a9n;

/** FNV leaves the high bits of short texts alike; two rounds of multiply and fold spread them. */
function mix(value: bigint): bigint {
  let h = value;
  h ^= h >> 64n;
  h = (h * FIRST_FACTOR) & MASK;
  h ^= h >> 59n;
  h = (h * SECOND_FACTOR) & MASK;
  return h ^ (h >> 64n);
}
