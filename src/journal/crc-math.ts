/**
 * What crc32 allows because it is linear: the checksum of two pieces from theirs, without the bytes. So a batch is read once for the checksum of its body and for
 * those of the blocks that it lies in. Bytes come in whole cells.
 */
import { crc32 } from '../platform/index.ts';
import { CELL_SIZE } from './cells.ts';

/** What becomes of each bit of a checksum when 2^k cells of zeros follow, less what becomes of no bit; k = 0 to 19. */
const powers: readonly Uint32Array[] = makePowers();
/** The same for sixteen cells, by the four bytes of the checksum: one look each. */
const sixteen: readonly Uint32Array[] = [0, 1, 2, 3].map((byte) =>
  Uint32Array.from({ length: 256 }, (_, value) => apply(powers[4]!, value << (byte * 8))),
);

function makePowers(): Uint32Array[] {
  const zeros = new Uint8Array(CELL_SIZE);
  const none = crc32(zeros, 0);
  const all = [Uint32Array.from({ length: 32 }, (_, bit) => crc32(zeros, (1 << bit) >>> 0) ^ none)];
  while (all.length < 20) {
    const last = all.at(-1)!;
    all.push(last.map((column) => apply(last, column)));
  }
  return all;
}

function apply(columns: Uint32Array, value: number): number {
  let sum = 0;
  for (let rest = value >>> 0, bit = 0; rest !== 0; rest >>>= 1, bit++) if ((rest & 1) !== 0) sum ^= columns[bit]!;
  return sum >>> 0;
}

/** The checksum of what `first` is that of and, behind it, `cells` cells (below 2^20) whose own checksum is `second`. */
export function joined(first: number, second: number, cells: number): number {
  let sum = first;
  for (let rest = cells, k = 0; rest !== 0 && sum !== 0; rest >>>= 1, k++) {
    if ((rest & 1) !== 0) sum = apply(powers[k]!, sum);
  }
  return (sum ^ second) >>> 0;
}

/** The same for sixteen cells, the common case. */
export function joinedBlock(first: number, second: number): number {
  const [t0, t1, t2, t3] = sixteen as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const sum = t0[first & 255]! ^ t1[(first >>> 8) & 255]! ^ t2[(first >>> 16) & 255]! ^ t3[first >>> 24]!;
  return (sum ^ second) >>> 0;
}
