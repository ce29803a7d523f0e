/** Features in at most 64 bins each: where a tree may split, and which bin each number falls into. */
export const BINS = 64;

export interface Binned {
  readonly features: number;
  readonly rows: number;
  /** `bins[feature * rows + row]`. */
  readonly bins: Uint8Array;
  /** Of each feature: the largest number of each bin but the last, growing. */
  readonly cuts: readonly Float32Array[];
}

/** Cuts lie between numbers that occur, so that bins hold about as many rows each. */
export function binned(data: Float32Array, rows: number, features: number): Binned {
  const bins = new Uint8Array(rows * features);
  const cuts: Float32Array[] = [];
  const column = new Float32Array(rows);
  for (let feature = 0; feature < features; feature++) {
    for (let row = 0; row < rows; row++) column[row] = data[row * features + feature]!;
    const sorted = column.slice().sort();
    const chosen = new Set<number>();
    for (let bin = 1; bin < BINS; bin++) {
      const at = sorted[Math.floor((bin * rows) / BINS)]!;
      if (at < sorted[rows - 1]!) chosen.add(at);
    }
    const own = Float32Array.from(chosen);
    cuts.push(own);
    for (let row = 0; row < rows; row++) bins[feature * rows + row] = binOf(own, column[row]!);
  }
  return { features, rows, bins, cuts };
}

/** The first bin whose cut is not below `x`. */
function binOf(cuts: Float32Array, x: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x <= cuts[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
