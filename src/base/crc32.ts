/**
 * crc32 as zlib computes it (polynomial 0xEDB88320, reflected), for where the runtime has none of its own. Eight bytes
 * a step, 2 KiB of tables a byte.
 */

const tables: readonly Uint32Array[] = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let value = 0; value < 256; value++) {
    let remainder = value;
    for (let bit = 0; bit < 8; bit++)
      remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    first[value] = remainder >>> 0;
  }
  const all = [first];
  for (let step = 1; step < 8; step++) {
    const before = all[step - 1]!;
    all.push(before.map((remainder) => (first[remainder & 255]! ^ (remainder >>> 8)) >>> 0));
  }
  return all;
}

/** The crc32 of `bytes`; `start` is the crc32 of what came before them. */
export function crc32Pure(bytes: Uint8Array, start = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let crc = ~start;
  let at = 0;
  for (const last = bytes.length - 7; at < last; at += 8) {
    const a = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t7[a & 255]! ^
      t6[(a >>> 8) & 255]! ^
      t5[(a >>> 16) & 255]! ^
      t4[a >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
