/**
 * 128-bit names for things that have none: FNV-1a over UTF-16 code units, as two bytes each, finished with a mixer.
 * Deterministic on every machine and forever: ids in people's ledgers depend on it, so it must never change.
 * It guards against chance, not against an adversary who makes up texts to collide.
 */

const MASK = (1n << 128n) - 1n;
const PRIME = (1n << 88n) + 0x13bn;
const BASIS = 0x6c62272e07bb014262b821756295c58dn;

/** The hash of the parts in order, each behind its length: ['a', 'b'] and ['ab'] differ. Never 0 and never 2^128-1. */
export const hash128 = (parts: readonly string[]): bigint => new Fnv().feedAll(parts).finish([]);

/** For many hashes whose first parts are the same: `prefix(['a']).finish(['b'])` is `hash128(['a', 'b'])`. */
export const prefix = (parts: readonly string[]): { finish(rest: readonly string[]): bigint } =>
  new Fnv().feedAll(parts);

const LOW = 0x13b;
/** Bits of a limb: the prime's upper bit, 88, is where the fifth begins, and no product is longer than 32 bits. */
const BITS = 22;
const LIMB = (1 << BITS) - 1;
/** The sixth holds what is left of 128 bits. */
const LAST = (1 << (128 - 5 * BITS)) - 1;
const limbOf = (value: bigint, index: number): number => Number((value >> BigInt(index * BITS)) & BigInt(LIMB));

/** The prime is 2^88 + 0x13b: a multiplication is one by 0x13b plus a shift, in limbs that stay small integers. */
class Fnv {
  #l0: number = limbOf(BASIS, 0);
  #l1: number = limbOf(BASIS, 1);
  #l2: number = limbOf(BASIS, 2);
  #l3: number = limbOf(BASIS, 3);
  #l4: number = limbOf(BASIS, 4);
  #l5: number = limbOf(BASIS, 5);

  feedAll(parts: readonly string[]): this {
    for (const part of parts) {
      this.#feed(String(part.length));
      this.#feed(':');
      this.#feed(part);
    }
    return this;
  }

  /** The hash with `rest` behind what was fed so far, which stays as it is. */
  finish(rest: readonly string[]): bigint {
    const [l0, l1, l2, l3, l4, l5] = [this.#l0, this.#l1, this.#l2, this.#l3, this.#l4, this.#l5];
    this.feedAll(rest);
    const low = BigInt(this.#l0 + this.#l1 * 2 ** BITS);
    const middle = BigInt(this.#l2 + this.#l3 * 2 ** BITS);
    const high = BigInt(this.#l4 + this.#l5 * 2 ** BITS);
    this.#l0 = l0;
    this.#l1 = l1;
    this.#l2 = l2;
    this.#l3 = l3;
    this.#l4 = l4;
    this.#l5 = l5;
    const hash = mix((high << 88n) | (middle << 44n) | low);
    return hash === 0n || hash === MASK ? BASIS : hash;
  }

  #feed(text: string): void {
    let [l0, l1, l2, l3, l4, l5] = [this.#l0, this.#l1, this.#l2, this.#l3, this.#l4, this.#l5];
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      // Two bytes each, of which the second is mostly zero.
      for (let byte = unit & 0xff, round = 0; round < 2; round++, byte = unit >>> 8) {
        const p0 = Math.imul(l0 ^ byte, LOW);
        const p1 = Math.imul(l1, LOW) + (p0 >>> BITS);
        const p2 = Math.imul(l2, LOW) + (p1 >>> BITS);
        const p3 = Math.imul(l3, LOW) + (p2 >>> BITS);
        const p4 = Math.imul(l4, LOW) + (p3 >>> BITS) + (l0 ^ byte);
        const p5 = Math.imul(l5, LOW) + (p4 >>> BITS) + l1;
        l0 = p0 & LIMB;
        l1 = p1 & LIMB;
        l2 = p2 & LIMB;
        l3 = p3 & LIMB;
        l4 = p4 & LIMB;
        l5 = p5 & LAST;
      }
    }
    this.#l0 = l0;
    this.#l1 = l1;
    this.#l2 = l2;
    this.#l3 = l3;
    this.#l4 = l4;
    this.#l5 = l5;
  }
}

/** FNV leaves the high bits of short texts alike; two rounds of multiply and fold spread them. */
function mix(value: bigint): bigint {
  let h = value;
  h ^= h >> 64n;
  h = (h * PRIME * 0x9e3779b97f4a7c15f39cc0605cedc835n) & MASK;
  h ^= h >> 59n;
  h = (h * 0xd6e8feb86659fd93a5b8d2f3c6b7e0a9n) & MASK;
  return h ^ (h >> 64n);
}
