import type { Random } from '../../testing/model/random.ts';

/** Numbers at which decoders tend to be wrong. */
const EDGES = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];
const SIZE_MAX = 4096;

/** A changed copy of `bytes`; `other` is another input of the corpus. */
export function mutated(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let changed: Uint8Array = bytes.slice();
  for (let rounds = random.pick([1, 1, 2, 4]); rounds > 0; rounds--) changed = once(changed, other, random);
  return changed.subarray(0, SIZE_MAX);
}

function once(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  if (bytes.length === 0) return Uint8Array.from({ length: random.between(1, 16) }, () => random.below(256));
  switch (random.below(8)) {
    case 0:
      bytes[Math.min(at, bytes.length - 1)]! ^= 1 << random.below(8);
      return bytes;
    case 1:
      bytes[Math.min(at, bytes.length - 1)] = random.below(256);
      return bytes;
    case 2:
      return putEdge(bytes, random);
    case 3:
      return bytes.slice(0, at);
    case 4: {
      const end = Math.min(bytes.length, at + random.between(1, 32));
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    }
    case 5: {
      const end = Math.min(bytes.length, at + random.between(1, 64));
      return joined(bytes.subarray(0, end), bytes.subarray(at));
    }
    case 6:
      return joined(bytes.subarray(0, at), other.subarray(random.below(other.length + 1)));
    default:
      return joined(
        bytes.subarray(0, at),
        Uint8Array.from({ length: random.between(1, 8) }, () => random.below(256)),
        bytes.subarray(at),
      );
  }
}

function putEdge(bytes: Uint8Array, random: Random): Uint8Array {
  const size = random.pick([1, 2, 4, 8]);
  if (bytes.length < size) return bytes;
  const at = random.below(bytes.length - size + 1);
  const value = random.pick(EDGES) + BigInt(random.between(-1, 1));
  const little = random.chance(0.5);
  for (let index = 0; index < size; index++) {
    bytes[at + (little ? index : size - 1 - index)] = Number((value >> BigInt(8 * index)) & 0xffn);
  }
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
