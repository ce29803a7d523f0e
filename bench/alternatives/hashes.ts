/** The kernel's hashes in 32-bit halves, and two that a design made for 32-bit arithmetic would have chosen instead. */

export interface Hashes {
  /** A column hash of a u128 given as four words, lowest first; never 0. Signed, as 32-bit arithmetic is. */
  column(a: number, b: number, c: number, d: number): number;
  /** 64 mixed bits, left in `mixed`, low half first. */
  mix(a: number, b: number, c: number, d: number): void;
  readonly mixed: Int32Array;
}

const mixed = new Int32Array(2);

/** The high half of a product of two u32. */
function high(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = Math.imul(a0, b0) >>> 16;
  const cross = Math.imul(a1, b0);
  const other = Math.imul(a0, b1);
  const middle = low + (cross & 0xffff) + (other & 0xffff);
  return (Math.imul(a1, b1) + (cross >>> 16) + (other >>> 16) + (middle >>> 16)) | 0;
}

/** As src/machine/kernel/hash.ts, bit for bit. */
export const exact: Hashes = {
  mixed,
  column(a, b, c, d) {
    let xl = Math.imul(a, 0x7f4a7c15);
    let xh = (high(a, 0x7f4a7c15) + Math.imul(a, 0x9e3779b9) + Math.imul(b, 0x7f4a7c15)) | 0;
    xl ^= xh;
    if ((c | d) !== 0) {
      const sum = (xl >>> 0) + (Math.imul(c, 0x27d4eb4f) >>> 0);
      xl = sum | 0;
      xh = (xh + high(c, 0x27d4eb4f) + Math.imul(c, 0xc2b2ae3d) + Math.imul(d, 0x27d4eb4f)) | 0;
      if (sum > 0xffffffff) xh = (xh + 1) | 0;
    }
    xl ^= (xl >>> 29) | (xh << 3);
    xh ^= xh >>> 29;
    const h = (high(xl, 0x1ce4e5b9) + Math.imul(xl, 0xbf58476d) + Math.imul(xh, 0x1ce4e5b9)) | 0;
    return h === 0 ? 1 : h;
  },
  mix(a, b, c, d) {
    let xl = Math.imul(a, 0x7f4a7c15);
    let xh = (high(a, 0x7f4a7c15) + Math.imul(a, 0x9e3779b9) + Math.imul(b, 0x7f4a7c15)) | 0;
    if ((c | d) !== 0) {
      const sum = (xl >>> 0) + (Math.imul(c, 0x27d4eb4f) >>> 0);
      xl = sum | 0;
      xh = (xh + high(c, 0x27d4eb4f) + Math.imul(c, 0xc2b2ae3d) + Math.imul(d, 0x27d4eb4f)) | 0;
      if (sum > 0xffffffff) xh = (xh + 1) | 0;
    }
    xl ^= xh;
    const yl = Math.imul(xl, 0x6659fd93);
    const yh = (high(xl, 0x6659fd93) + Math.imul(xl, 0xd6e8feb8) + Math.imul(xh, 0x6659fd93)) | 0;
    mixed[0] = yl ^ yh;
    mixed[1] = yh;
  },
};

function mix32(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** 32-bit multiplications only: a fraction of the work, and columns that the kernel could not read. */
export const narrow: Hashes = {
  mixed,
  column(a, b, c, d) {
    const x = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d) ^ Math.imul(d, 0x27d4eb2f);
    const h = mix32(x);
    return h === 0 ? 1 : h;
  },
  mix(a, b, c, d) {
    const x = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d) ^ Math.imul(d, 0x27d4eb2f);
    const y = Math.imul(a, 0x165667b1) ^ Math.imul(b, 0x9e3779b1) ^ Math.imul(c, 0x85ebca77) ^ Math.imul(d, 0xc2b2ae3d);
    mixed[0] = mix32(x);
    mixed[1] = mix32(y);
  },
};
