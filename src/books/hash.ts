/**
 * 128-bit names for things that have none: FNV-1a over UTF-16 code units, as two bytes each, finished with a mixer.
 * Deterministic on every machine and forever: ids in people's ledgers depend on it, so it must never change.
 * It guards against chance, not against an adversary who makes up texts to collide.
 */

const MASK = (1n << 128n) - 1n;
const PRIME = (1n << 88n) + 0x13bn;
const BASIS = 0x6c62272e07bb014262b821756295c58dn;

/** The hash of the parts in order, each behind its length: ['a', 'b'] and ['ab'] differ. Never 0 and never 2^128-1. */
export function hash128(parts: readonly string[]): bigint {
  const limbs = new Fnv();
  for (const part of parts) limbs.feed(`${part.length}:${part}`);
  const hash = mix(limbs.value());
  return hash === 0n || hash === MASK ? BASIS : hash;
}

/** The prime is 2^88 + 0x13b: a multiplication is one by 0x13b plus a shift, done in 16-bit limbs to stay off bigint. */
class Fnv {
  readonly #limbs: Uint32Array = new Uint32Array(8);
  constructor() {
    for (let i = 0; i < 8; i++) this.#limbs[i] = Number((BASIS >> BigInt(16 * i)) & 0xffffn);
  }

  feed(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.#byte(unit & 0xff);
      this.#byte(unit >>> 8);
    }
  }

  value(): bigint {
    let value = 0n;
    for (let i = 7; i >= 0; i--) value = (value << 16n) | BigInt(this.#limbs[i]!);
    return value;
  }

  #byte(byte: number): void {
    const limbs = this.#limbs;
    limbs[0] = limbs[0]! ^ byte;
    const low0 = limbs[0]!;
    const low1 = limbs[1]!;
    const low2 = limbs[2]!;
    let carry = 0;
    for (let i = 0; i < 8; i++) {
      let product = limbs[i]! * 0x13b + carry;
      // x << 88 is five limbs and eight bits up.
      if (i === 5) product += (low0 & 0xff) << 8;
      if (i === 6) product += (low0 >>> 8) | ((low1 & 0xff) << 8);
      if (i === 7) product += (low1 >>> 8) | ((low2 & 0xff) << 8);
      limbs[i] = product & 0xffff;
      carry = Math.floor(product / 0x10000);
    }
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
